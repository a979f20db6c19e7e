// The node without its sockets: journal, state, sequencer, outbox, snapshots and retention, in the order that the
// commit rule wants. Everything but the group commit happens on the thread that calls.
//
//   auto core = Core::Start(options, wanted, &sink).value();
//   core->Append(input); ...                  // during a turn
//   core->EndTurn();                          // hands the batch to the journal thread
//   ... on a wake-up: core->TakeCommits();    // releases effects to the sink
#ifndef UNDERSTUDY_DAEMON_CORE_CORE_H_
#define UNDERSTUDY_DAEMON_CORE_CORE_H_

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "daemon/core/clock.h"
#include "daemon/core/last_alive.h"
#include "daemon/core/outbox.h"
#include "daemon/core/restore.h"
#include "daemon/core/sequencer.h"
#include "daemon/core/snapshot_child.h"
#include "engine/configuration.h"
#include "journal/disk_reserve.h"
#include "journal/journal_writer.h"
#include "journal/recovery.h"
#include "journal/retention.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

struct CoreOptions {
  std::shared_ptr<rocksdb::FileSystem> file_system;  // null: the machine's own
  std::string directory;
  std::shared_ptr<journal::JournalLock> lock;  // of the directory, if the caller holds it; null: taken here
  uint64_t cluster_id = 0;
  const Clock* clock = nullptr;  // outlives the core
  HashKey random;                // fresh chance for this process: store id, identifier key
  Duration release_age = Duration::Seconds(2);
  Duration snapshot_interval = Duration::Seconds(600);
  journal::RetentionLimits retention;
  Duration group_interval;  // see JournalWriter
  Duration mark_interval;
  bool sync = true;
  bool keep_reserve = true;    // a preallocated file against a full disk
  bool fork_snapshots = true;  // false: written in this process and on this thread, for tests
  size_t memtable_bytes = 0;     // of the log; 0: the default
};

// What the commits since the last look were like.
struct CommitReport {
  absl::Status status;  // not OK: final, nothing more is acknowledged
  uint64_t groups = 0;
  uint64_t batches = 0;  // in them
  uint64_t bytes = 0;
  Duration longest;                 // of the groups, append and sync
  std::vector<Duration> latencies;  // a group each, from the oldest submit to durable
  bool disk_low = false;
};

class Core {
 public:
  // Recovers, replays, begins a new epoch, accounts for the time nobody served, and brings the state's configuration
  // to `wanted`. The entries of the start are in the first batch: call EndTurn. `sink` outlives the core; `wake` is
  // called on the journal thread when TakeCommits has something to take.
  static absl::StatusOr<std::unique_ptr<Core>> Start(const CoreOptions& options, const engine::Configuration& wanted,
                                                     EffectSink* sink, std::function<void()> wake);
  ~Core();

  void Append(engine::Input input);
  // Timers and gaps; call at least twice a second.
  void Tick();
  // Hands what was appended to the journal thread. Starts and ends snapshots. What was released since the last EndTurn
  // may not have left yet: send it before the next one.
  void EndTurn();
  // Releases what has been committed.
  CommitReport TakeCommits();
  // Appends the difference between `wanted` and the state's configuration; false: there is none.
  bool Reconfigure(const engine::Configuration& wanted);

  // Commits and releases everything; nothing is accepted afterwards. The first error.
  absl::Status Drain();
  // After Drain: takes a snapshot if asked, and closes. The first error.
  absl::Status Close(bool snapshot);
  // Both.
  absl::Status Stop(bool snapshot);

  const engine::State& state() const { return sequencer_->state(); }
  const Outbox& outbox() const { return outbox_; }
  const Sequencer& sequencer() const { return *sequencer_; }
  const Restored& restored() const { return restored_; }
  const journal::RecoveryReport& recovery() const { return recovery_; }
  absl::optional<Duration> NextAlarm() const { return sequencer_->NextAlarm(); }
  Lsn durable() const { return durable_; }
  Lsn newest_snapshot() const { return newest_snapshot_; }
  // Before this start.
  Duration unserved() const { return unserved_; }
  // Where the log begins: older entries have been dropped.
  Lsn first_lsn() const { return store_->Range().first; }
  // Batches submitted and not yet durable.
  bool commit_in_flight() const { return submitted_ > durable_; }
  // So much waits for the disk that nothing should be appended that can be repeated later.
  bool backlogged() const { return waiting_bytes_ > kMostWaitingBytes; }
  uint64_t waiting_bytes() const { return waiting_bytes_; }
  uint64_t waiting_batches() const { return waiting_batches_; }
  // Snapshots and retention that went wrong since the start, and how the last one did.
  uint64_t snapshot_failures() const { return snapshot_failures_; }
  const absl::Status& last_snapshot_failure() const { return last_snapshot_failure_; }
  bool disk_low() const { return disk_low_; }

 private:
  // While so many batches wait for the disk, what is appended collects in one more.
  static constexpr uint64_t kMostWaitingBatches = 256;
  static constexpr uint64_t kMostWaitingBytes = uint64_t{16} << 20;

  // What a look at the directory, apart from the hot path, came to: the snapshot that was adopted, if one was.
  using Upkeep = absl::optional<journal::SnapshotInfo>;
  // At a start.
  struct Absence {
    Duration since_entry;  // no batch for so long
    Duration unserved;     // of it, nobody was there for so long
  };

  Core(const CoreOptions& options, EffectSink* sink, std::function<void()> wake);

  absl::Status Open();
  void Begin(const engine::Configuration& wanted);
  Absence AbsenceNow() const;
  void HoldUncertain(Duration since_entry);
  void NoteAlive();
  void MakeRoom();
  void Submit();
  void OnGroup(const journal::DurableGroup& group);
  void SnapshotStep();
  void AwaitChild();
  absl::Status WriteSnapshotHere();
  absl::Status TakeSnapshotHere();
  absl::Status RoomForSnapshot() const;
  journal::SnapshotInfo InfoNow() const;
  journal::RetentionInput RetentionNow() const;
  // Adopts the snapshot at `adopt`, and drops what the log need not keep.
  static absl::StatusOr<Upkeep> DoUpkeep(journal::LogStore* store, journal::SnapshotStore* snapshots,
                                         journal::RetentionInput retention, absl::optional<Lsn> adopt);
  void BeginUpkeep(absl::optional<Lsn> adopt);
  void EndUpkeep();
  void TakeUpkeep(const absl::StatusOr<Upkeep>& upkeep);
  void NoteSnapshotFailure(const absl::Status& status);

  const CoreOptions options_;
  const std::function<void()> wake_;
  Outbox outbox_;
  journal::RecoveryReport recovery_;
  std::shared_ptr<journal::JournalLock> lock_;
  std::unique_ptr<journal::LogStore> store_;
  std::unique_ptr<journal::DurableMark> mark_;
  std::unique_ptr<journal::DiskReserve> reserve_;
  journal::SnapshotStore snapshots_;
  Restored restored_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<journal::JournalWriter> writer_;
  LastAlive alive_;
  Duration next_alive_;
  Duration unserved_;
  SnapshotChild child_;
  std::future<absl::StatusOr<Upkeep>> upkeep_;
  Duration next_snapshot_;
  Lsn newest_snapshot_;
  uint64_t newest_snapshot_bytes_ = 0;
  uint64_t snapshot_failures_ = 0;
  absl::Status last_snapshot_failure_;
  Lsn left_;  // effects up to there have been sent: released before the end of the last turn
  Lsn submitted_;
  Lsn durable_;
  uint64_t waiting_batches_ = 0;
  uint64_t waiting_bytes_ = 0;
  bool disk_low_ = false;
  bool retention_due_ = false;  // the disk has become low
  absl::Status failure_;

  std::mutex mutex_;
  CommitReport pending_;  // guarded by mutex_, as pending_lsn_ and woken_
  Lsn pending_lsn_;
  bool woken_ = false;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_CORE_H_
