#include "daemon/pair/state_sender.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/pair/resync_proof.h"
#include "engine/transfer/state_difference.h"
#include "journal/snapshot_format.h"
#include "replication/messages.h"

namespace understudy::daemon {
namespace {

using replication::FrameType;

constexpr Duration kSecond = Duration::Seconds(1);

}  // namespace

void StateSender::Begin(std::shared_ptr<link::PeerLink> link) {
  End();
  link_ = std::move(link);
}

void StateSender::End() {
  reading_.reset();
  link_.reset();
  known_.clear();
  batch_ = journal::EncodedBatch();
}

absl::Status StateSender::TakeKnown(absl::string_view payload, Core* core, const journal::EncodedBatch& last_batch) {
  if (link_ == nullptr || reading_ != nullptr) return absl::InvalidArgumentError("digests that nobody asked for");
  if (known_.size() + payload.size() > engine::kMaxKnownDigests * sizeof(Hash128)) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", engine::kMaxKnownDigests, " digests"));
  }
  absl::StrAppend(&known_, payload);
  if (!payload.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<Hash128>> known = engine::DecodeDigests(known_);
  if (!known.ok()) return known.status();
  known_.clear();
  if (last_batch.empty() || last_batch.last_lsn() != core->state().lsn) {
    return absl::UnavailableError("the state is not at the end of a batch");
  }
  batch_ = last_batch;
  auto reading = source_->Difference(*known, core->InfoNow(), core->state(), [this] { Pump().IgnoreError(); });
  if (!reading.ok()) return reading.status();
  reading_ = *std::move(reading);
  mark_ = core->state().lsn;
  calls_sent_ = bytes_sent_ = 0;
  ++transfers_;
  second_began_ = clock_->Monotonic();
  calls_in_second_ = 0;
  return absl::OkStatus();
}

bool StateSender::MayGoOn() {
  if (link_->queued_bytes() > kMostQueued) return false;
  const Duration now = clock_->Monotonic();
  if (now - second_began_ >= kSecond) {
    second_began_ = now;
    calls_in_second_ = 0;
  }
  return calls_a_second_ == 0 || calls_in_second_ < calls_a_second_;
}

absl::Status StateSender::Pump() {
  while (reading_ != nullptr) {
    if (!MayGoOn()) {
      reading_->Pause();
      return absl::OkStatus();
    }
    absl::StatusOr<absl::optional<StateItem>> item = reading_->Read();
    if (!item.ok()) {
      link_->Close(item.status());
      End();
      return item.status();
    }
    if (item->has_value()) {
      Forward(**std::move(item));
    } else if (reading_->running()) {
      reading_->Resume();
      return absl::OkStatus();
    } else {
      reading_.reset();
    }
  }
  return absl::OkStatus();
}

void StateSender::Forward(StateItem item) {
  if (const auto* chunk = std::get_if<StateChunk>(&item)) {
    calls_in_second_ += chunk->calls_sent;
    calls_sent_ += chunk->calls_sent;
    bytes_sent_ += chunk->bytes.size();
    return link_->Send(static_cast<uint16_t>(FrameType::kStateChunk), chunk->bytes);
  }
  const StateTrailer& trailer = std::get<StateTrailer>(item);
  replication::StateEnd end;
  end.snapshot = journal::EncodeSnapshotHead(trailer.info);
  end.digest = trailer.info.digest;
  end.bytes = trailer.info.bytes;
  end.counts = Numbers(trailer.counts);
  end.batch = std::string(batch_.bytes());
  end.calls_sent = trailer.totals.calls_sent;
  end.calls_known = trailer.totals.calls_skipped;
  link_->Send(static_cast<uint16_t>(FrameType::kStateEnd), replication::Encode(end));
}

}  // namespace understudy::daemon
