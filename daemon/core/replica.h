// The state as it follows a journal that somebody else writes, or wrote: entry by entry, comparing what each one does
// with what was recorded when it was first applied. For restarts, and for the backup.
//
//   Replica replica(std::move(state));
//   if (absl::Status s = replica.Apply(batch, clock.SinceBoot()); !s.ok()) -> this node has diverged, or the log has
//
// One thread.
#ifndef UNDERSTUDY_DAEMON_CORE_REPLICA_H_
#define UNDERSTUDY_DAEMON_CORE_REPLICA_H_

#include <cstdint>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "engine/effect.h"
#include "engine/state.h"
#include "journal/batch.h"
#include "journal/batch_view.h"
#include "journal/entry.h"

namespace understudy::daemon {

// Effects of an entry whose release is uncertain: after the last known released lsn.
struct UncertainEffects {
  Lsn lsn;
  absl::optional<Duration> stamped;  // CLOCK_BOOTTIME, as near as is known; nullopt: unknown yet
  struct Entry {
    EngineTime engine_time;
    WallTime wall_time;
    Epoch epoch;
  };
  absl::optional<Entry> entry;  // nullopt: this process stamped it
  engine::Effects effects;
};

class Replica {
 public:
  Replica() = default;
  explicit Replica(engine::State state) : state_(std::move(state)) {}

  // Applies the entries that the state does not have yet. `stamped`: when they were, on this machine's clock; nullopt:
  // unknown yet. DataLoss: an entry is damaged or missing. FailedPrecondition: its effects are not those that
  // were recorded, or a later version wrote it; `state()` is then of no use.
  absl::Status Apply(const journal::BatchView& batch, absl::optional<Duration> stamped);

  // How much older than the last entry that was applied. Within a reign engine time is exact. Between two it may have
  // gone on by less than was true, so that nothing ends too early: wall clocks count as well, and the longer time.
  Duration BeforeTheLast(const UncertainEffects::Entry& entry) const;

  // Whoever wrote this journal has released the effects of entries up to `lsn`: they are uncertain no longer.
  void NoteReleased(Lsn lsn);

  const engine::State& state() const { return state_; }
  engine::State TakeState() { return std::move(state_); }
  const absl::optional<journal::BatchHeader>& last_header() const { return last_header_; }
  std::deque<UncertainEffects>& uncertain() { return uncertain_; }
  std::deque<UncertainEffects> TakeUncertain() { return std::move(uncertain_); }
  Lsn released() const { return released_; }
  uint64_t applied() const { return applied_; }

 private:
  absl::Status ApplyEntry(const journal::EntryRecord& record, Epoch epoch);

  engine::State state_;
  absl::optional<journal::BatchHeader> last_header_;
  std::deque<UncertainEffects> uncertain_;
  Lsn released_;
  uint64_t applied_ = 0;
  engine::Effects effects_;  // of the entry at hand
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_REPLICA_H_
