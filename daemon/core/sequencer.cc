#include "daemon/core/sequencer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/effect_hash.h"

namespace understudy::daemon {
namespace {

// What a record can name; tools find the others by reading on.
constexpr size_t kMostCalls = UINT16_MAX;
// A large configuration is the largest entry.
constexpr size_t kLargestPayload = size_t{4} << 20;
// One call may add the input and a ServiceGap before it.
constexpr size_t kEntriesAtOnce = 2;

}  // namespace

Sequencer::Sequencer(const Clock* clock, Outbox* outbox, engine::State state, const Reign& reign, const Hash128& chain)
    : clock_(clock),
      outbox_(outbox),
      state_(std::move(state)),
      reign_(reign),
      chain_(chain),
      base_engine_time_(state_.engine_time),
      base_boot_(clock->SinceBoot()),
      last_look_(base_boot_) {
  US_CHECK_GT(reign_.epoch, state_.epoch);
}

void Sequencer::NoticeStall(Duration boot) {
  const Duration since = boot - last_look_;
  last_look_ = boot;
  if (since < kStall || state_.epoch != reign_.epoch) return;
  // Engine time has run during the stall; the entry stands at its end, so that nothing fires inside it.
  AppendGap(since, boot);
}

void Sequencer::AppendGap(Duration gap, Duration boot) {
  ++service_gaps_.count;
  service_gaps_.total = service_gaps_.total + gap;
  Apply(engine::ServiceGap{gap}, boot);
}

void Sequencer::Append(engine::Input input) {
  const Duration boot = clock_->SinceBoot();
  NoticeStall(boot);
  Apply(std::move(input), boot);
}

void Sequencer::AppendServiceGap(Duration gap, Duration since_entry) {
  const Duration boot = clock_->SinceBoot();
  last_look_ = boot;
  base_engine_time_ = base_engine_time_ + since_entry;
  AppendGap(gap, boot);
}

void Sequencer::Tick() {
  const Duration boot = clock_->SinceBoot();
  NoticeStall(boot);
  const absl::optional<EngineTime> deadline = state_.NextDeadline();
  if (deadline && *deadline <= At(boot)) Apply(engine::ClockAdvanced{}, boot);
}

absl::optional<Duration> Sequencer::NextAlarm() const {
  const absl::optional<EngineTime> deadline = state_.NextDeadline();
  if (!deadline) return absl::nullopt;
  return base_boot_ + (*deadline - base_engine_time_);
}

void Sequencer::Apply(engine::Input input, Duration boot) {
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = reign_.epoch;
  entry.engine_time = std::max(At(boot), state_.engine_time);
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
  const size_t calls = std::min(effects_.calls.size(), kMostCalls);
  record.calls = {reinterpret_cast<const uint64_t*>(effects_.calls.data()), calls};
  builder_.Add(record);
  ++appended_;
  outbox_->Hold(entry.lsn, boot, &effects_);
}

bool Sequencer::batch_full() const {
  return builder_.entry_count() + kEntriesAtOnce > journal::kMaxBatchEntries || builder_.Full(kLargestPayload);
}

journal::EncodedBatch Sequencer::TakeBatch(Lsn left) {
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
  header.released_up_to = left;
  header.feature_level = state_.feature_level;
  if (digest_) {
    header.digest_lsn = digest_->first;
    header.digest = digest_->second;
    digest_.reset();
  }
  journal::EncodedBatch batch = builder_.Finish(header, chain_);
  chain_ = batch.chain();
  return batch;
}

void Sequencer::NoteDigest(Lsn lsn, const Hash128& digest) {
  digest_ = std::make_pair(lsn, digest);
}

}  // namespace understudy::daemon
