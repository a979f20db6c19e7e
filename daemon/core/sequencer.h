// Turns inputs into entries: stamps them, applies them at once, and collects them into batches for the journal.
// The engine runs ahead of the commit; the outbox holds what it says.
//
// Looks at CLOCK_BOOTTIME, which never steps and goes on while the machine sleeps: sleep is time that nobody served.
// One thread.
#ifndef UNDERSTUDY_DAEMON_CORE_SEQUENCER_H_
#define UNDERSTUDY_DAEMON_CORE_SEQUENCER_H_

#include <cstdint>
#include <utility>

#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/outbox.h"
#include "engine/apply.h"
#include "engine/input_codec.h"
#include "journal/batch.h"
#include "journal/batch_builder.h"

namespace understudy::daemon {

// What this process is to the journal.
struct Reign {
  uint64_t cluster_id = 0;
  uint64_t store_id = 0;
  uint64_t start_number = 0;
  Epoch epoch;
};

// Times that nobody served, and how long that was in all.
struct ServiceGaps {
  uint64_t count = 0;
  Duration total;
};

class Sequencer {
 public:
  // Nobody looked at the clock for longer than this: the process was stopped, and the time counts as unserved.
  static constexpr Duration kStall = Duration::Seconds(1);

  // `clock` and `outbox` outlive the sequencer. Begins after the state's last entry, whose batch ended with `chain`;
  // engine time goes on from the state's.
  Sequencer(const Clock* clock, Outbox* outbox, engine::State state, const Reign& reign, const Hash128& chain);

  // Stamps, applies and collects. A gap since the last look at the clock becomes an entry of its own first.
  void Append(engine::Input input);

  // Before this process: engine time moves by what has passed since the last entry, and an entry says how much of that
  // nobody served.
  void AppendServiceGap(Duration gap, Duration since_entry);

  // Looks at the clock: appends a gap or ClockAdvanced where due. Call it at least twice in kStall.
  void Tick();

  // When Tick has something to do next, on CLOCK_BOOTTIME; nullopt: nothing.
  absl::optional<Duration> NextAlarm() const;

  // The batch of everything appended since the last one; empty when there is nothing. `left`: effects of entries up to
  // there have left, and need not be released again after a crash.
  journal::EncodedBatch TakeBatch(Lsn left);
  bool has_batch() const { return !builder_.empty(); }
  // What one Append or Tick adds may not fit: take the batch now.
  bool batch_full() const;

  // Goes into the header of a later batch.
  void NoteDigest(Lsn lsn, const Hash128& digest);

  const engine::State& state() const { return state_; }
  EngineTime EngineNow() const { return At(clock_->SinceBoot()); }
  // Of no use afterwards.
  engine::State TakeState() { return std::move(state_); }
  const Hash128& chain() const { return chain_; }
  const Reign& reign() const { return reign_; }
  uint64_t appended() const { return appended_; }
  const ServiceGaps& service_gaps() const { return service_gaps_; }

 private:
  EngineTime At(Duration boot) const { return base_engine_time_ + (boot - base_boot_); }
  void NoticeStall(Duration boot);
  void AppendGap(Duration gap, Duration boot);
  void Apply(engine::Input input, Duration boot);

  const Clock* const clock_;
  Outbox* const outbox_;
  engine::State state_;
  const Reign reign_;
  Hash128 chain_;
  EngineTime base_engine_time_;
  Duration base_boot_;
  Duration last_look_;
  engine::Effects effects_;
  engine::InputEncoder encoder_;
  journal::BatchBuilder builder_;
  absl::optional<std::pair<Lsn, Hash128>> digest_;
  uint64_t appended_ = 0;
  ServiceGaps service_gaps_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_SEQUENCER_H_
