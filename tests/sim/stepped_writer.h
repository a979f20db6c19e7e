// Writes batches on virtual time, with the production code's queue and group commit and no thread: a group is appended
// at once when the disk is idle, and is durable when the disk says so. What is submitted meanwhile is the next group.
//
//   DiskPace pace(&events, chance, {});
//   SteppedWriter writer(&pace, user, store, mark, options, on_group);
//   writer.Submit(batch);
//   events.RunUntil(...);                        // on_group is called from an event, never from within Submit
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_STEPPED_WRITER_H_
#define UNDERSTUDY_TESTS_SIM_STEPPED_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/batch.h"
#include "journal/commit/batch_writer.h"
#include "journal/commit/group_commit.h"
#include "journal/commit/group_queue.h"
#include "journal/durable_mark.h"
#include "journal/log_store.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// From an append to the end of its sync: mostly near the shorter.
struct SyncTimes {
  Duration shortest = Duration::Microseconds(100);
  Duration longest = Duration::Milliseconds(4);
};

// How fast a disk is at the moment.
class DiskPace {
 public:
  DiskPace(EventQueue* events, Chance chance, const SyncTimes& times)
      : events_(events), chance_(chance), times_(times) {}

  // Until so much later syncs take `factor` times as long; or none ends.
  void Slow(uint64_t factor, Duration length);
  void Freeze(Duration length) { frozen_until_ = events_->now() + length; }
  bool frozen() const { return events_->now() < frozen_until_; }
  Duration frozen_until() const { return frozen_until_; }

  Duration DrawSync();
  EventQueue* events() const { return events_; }

 private:
  EventQueue* const events_;
  Chance chance_;
  const SyncTimes times_;
  uint64_t factor_ = 1;
  Duration slow_until_;
  Duration frozen_until_;
};

class SteppedWriter;

// The process that uses a disk, as far as the disk is concerned.
struct DiskUser {
  bool dead = false;
  std::function<bool()> stopped;     // nothing that it does happens any more, though it is not dead yet; may be null
  SteppedWriter* writer = nullptr;  // the one that there is
};

class SteppedWriter : public journal::BatchWriter {
 public:
  // `pace`, `store`, `mark` and whatever `options` names outlive it.
  SteppedWriter(DiskPace* pace, std::shared_ptr<DiskUser> user, journal::LogStore* store, journal::DurableMark* mark,
                const journal::WriterOptions& options, std::function<void(const journal::DurableGroup&)> on_group);
  ~SteppedWriter() override;  // stops
  SteppedWriter(const SteppedWriter&) = delete;
  SteppedWriter& operator=(const SteppedWriter&) = delete;

  absl::Status Submit(journal::EncodedBatch batch) override;
  absl::Status SubmitPromise(Epoch epoch) override;
  // At once, whatever the disk's pace: the node stands still meanwhile. Of a dead user: does nothing.
  absl::Status Stop() override;

  // A group has been appended and is not durable yet.
  bool group_in_flight() const { return in_flight_; }
  // Syncs that group, as far as that happens, and tells nobody.
  void SyncUnheard();

 private:
  absl::Status CheckOpen() const;
  void BeginNext();
  void Begin();
  void Finish();
  void Report(journal::DurableGroup report);
  void SyncMark();
  void Schedule(EventId* event, Duration time, void (SteppedWriter::*step)());
  Duration now() const { return pace_->events()->now(); }
  bool unheard() const { return user_->dead || (user_->stopped != nullptr && user_->stopped()); }

  DiskPace* const pace_;
  const std::shared_ptr<DiskUser> user_;
  const journal::WriterOptions options_;
  const std::function<void(const journal::DurableGroup&)> on_group_;
  journal::GroupQueue queue_;
  journal::GroupCommit commit_;
  journal::Group group_;
  bool in_flight_ = false;
  bool stopped_ = false;
  absl::Status failure_;
  Duration group_started_;
  Duration disk_checked_;
  EventId next_step_ = 0;
  EventId mark_step_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_STEPPED_WRITER_H_
