#include "daemon/core/sequencer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/effect_hash.h"

namespace understudy::daemon {

Sequencer::Sequencer(const Clock* clock, Outbox* outbox, engine::State state, const Reign& reign,
                     const Hash128& chain)
    : clock_(clock),
      outbox_(outbox),
      state_(std::move(state)),
      reign_(reign),
      chain_(chain),
      base_engine_time_(state_.engine_time),
      base_monotonic_(clock->Monotonic()),
      last_look_(base_monotonic_) {
  US_CHECK_GT(reign_.epoch, state_.epoch);
}

void Sequencer::NoticeStall(Duration monotonic) {
  const Duration since = monotonic - last_look_;
  last_look_ = monotonic;
  if (since < kStall || state_.epoch != reign_.epoch) return;
  // Engine time has run during the stall; the entry stands at its end, so that nothing fires inside it.
  ++service_gaps_;
  Apply(engine::ServiceGap{since}, Now(monotonic), monotonic);
}

void Sequencer::Append(engine::Input input) {
  const Duration monotonic = clock_->Monotonic();
  NoticeStall(monotonic);
  Apply(std::move(input), Now(monotonic), monotonic);
}

void Sequencer::AppendServiceGap(Duration gap) {
  const Duration monotonic = clock_->Monotonic();
  last_look_ = monotonic;
  base_engine_time_ = base_engine_time_ + gap;
  ++service_gaps_;
  Apply(engine::ServiceGap{gap}, Now(monotonic), monotonic);
}

void Sequencer::Tick() {
  const Duration monotonic = clock_->Monotonic();
  NoticeStall(monotonic);
  const absl::optional<EngineTime> deadline = state_.NextDeadline();
  if (deadline && *deadline <= Now(monotonic)) Apply(engine::ClockAdvanced{}, Now(monotonic), monotonic);
}

absl::optional<Duration> Sequencer::NextAlarm() const {
  const absl::optional<EngineTime> deadline = state_.NextDeadline();
  if (!deadline) return absl::nullopt;
  return base_monotonic_ + (*deadline - base_engine_time_);
}

void Sequencer::Apply(engine::Input input, EngineTime engine_time, Duration monotonic) {
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = reign_.epoch;
  entry.engine_time = std::max(engine_time, state_.engine_time);
  entry.wall_time = clock_->Wall();
  entry.input = std::move(input);
  engine::Apply(&state_, entry, &effects_);

  journal::EntryRecord record;
  record.lsn = entry.lsn;
  record.engine_time = entry.engine_time;
  record.wall_time = entry.wall_time;
  record.effects_hash = engine::HashEffects(effects_);
  record.kind = engine::InputKind(entry.input);
  record.payload = encoder_.Encode(entry.input);
  static_assert(sizeof(engine::CallId) == sizeof(uint64_t));
  record.calls = {reinterpret_cast<const uint64_t*>(effects_.calls.data()), effects_.calls.size()};
  builder_.Add(record);
  ++appended_;
  outbox_->Hold(entry.lsn, monotonic, &effects_);
}

journal::EncodedBatch Sequencer::TakeBatch() {
  if (builder_.empty()) return {};
  journal::BatchHeader header;
  header.cluster_id = reign_.cluster_id;
  header.store_id = reign_.store_id;
  header.start_number = reign_.start_number;
  header.epoch = reign_.epoch;
  header.engine_time = state_.engine_time;
  header.wall_time = state_.wall_time;
  header.boot_id = clock_->BootId();
  header.boot_time_ns = clock_->SinceBoot().nanoseconds();
  header.released_up_to = outbox_->released();
  if (digest_) {
    header.digest_lsn = digest_->first;
    header.digest = digest_->second;
    digest_.reset();
  }
  journal::EncodedBatch batch = builder_.Finish(header, chain_);
  chain_ = batch.chain();
  return batch;
}

void Sequencer::NoteDigest(Lsn lsn, const Hash128& digest) { digest_ = std::make_pair(lsn, digest); }

}  // namespace understudy::daemon
