#include "daemon/core/replica.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/readable_version.h"
#include "engine/apply.h"
#include "engine/effect_hash.h"
#include "engine/input_codec.h"

namespace understudy::daemon {

absl::Status Replica::ApplyEntry(const journal::EntryRecord& record, Epoch epoch) {
  if (record.lsn != state_.lsn.Next()) {
    return absl::DataLossError(absl::StrCat("entry ", state_.lsn.Next().value(), " is missing"));
  }
  engine::Entry entry;
  entry.lsn = record.lsn;
  entry.epoch = epoch;
  entry.engine_time = record.engine_time;
  entry.wall_time = record.wall_time;
  if (absl::Status s = engine::DecodeInput(record.payload, &entry.input); !s.ok()) return s;
  if (entry.engine_time < state_.engine_time || epoch < state_.epoch) {
    return absl::DataLossError(absl::StrCat("entry ", record.lsn.value(), " goes back in time"));
  }
  engine::Apply(&state_, entry, &effects_);
  ++applied_;
  if (engine::HashEffects(effects_) == record.effects_hash) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("replay of lsn ", record.lsn.value(),
                   " does not give the effects that were recorded: start the version that wrote this journal"));
}

absl::Status Replica::Apply(const journal::BatchView& batch, absl::optional<Duration> stamped) {
  const journal::BatchHeader& header = batch.header();
  const std::string what = absl::StrCat("lsn ", header.first_lsn.value());
  if (absl::Status s = CheckReadable(what, header.schema_version, header.feature_level); !s.ok()) return s;
  last_header_ = batch.header();
  for (size_t i = 0; i < batch.size(); ++i) {
    const journal::EntryRecord record = batch[i];
    if (record.lsn <= state_.lsn) continue;
    if (absl::Status s = ApplyEntry(record, batch.header().epoch); !s.ok()) return s;
    if (effects_.list.empty()) continue;
    const UncertainEffects::Entry entry{record.engine_time, record.wall_time, batch.header().epoch};
    uncertain_.push_back({record.lsn, stamped, entry, {}});
    uncertain_.back().effects.list = std::move(effects_.list);
  }
  NoteReleased(batch.header().released_up_to);
  return absl::OkStatus();
}

Duration Replica::BeforeTheLast(const UncertainEffects::Entry& entry) const {
  const Duration by_engine = state_.engine_time - entry.engine_time;
  if (entry.epoch == last_header_->epoch) return by_engine;
  return std::max(by_engine, last_header_->wall_time - entry.wall_time);
}

void Replica::NoteReleased(Lsn lsn) {
  released_ = std::max(released_, std::min(lsn, state_.lsn));
  while (!uncertain_.empty() && uncertain_.front().lsn <= released_) uncertain_.pop_front();
}

}  // namespace understudy::daemon
