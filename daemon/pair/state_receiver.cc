#include "daemon/pair/state_receiver.h"

#include <utility>

#include "engine/snapshot.h"
#include "journal/batch_view.h"
#include "journal/snapshot_format.h"
#include "replication/messages.h"

namespace understudy::daemon {
namespace {

constexpr size_t kDigestsInFrame = size_t{1} << 20;  // bytes

}  // namespace

void StateReceiver::Begin(link::PeerLink* link, const engine::State& own) {
  engine::ObjectPool pool = std::move(kept_);
  kept_ = engine::ObjectPool();
  std::string saved;
  engine::SaveState(own, &saved);
  pool.AddSaved(std::move(saved)).IgnoreError();  // our own bytes; at worst more is sent than need be
  const std::string digests = engine::EncodeDigests(pool.Digests());
  const auto type = static_cast<uint16_t>(replication::FrameType::kKnown);
  for (size_t at = 0; at < digests.size(); at += kDigestsInFrame) {
    link->Send(type, absl::string_view(digests).substr(at, kDigestsInFrame));
  }
  link->Send(type, "");
  reader_ = std::make_unique<engine::DifferenceReader>(std::move(pool));
}

void StateReceiver::Interrupt() {
  if (reader_ == nullptr) return;
  kept_ = reader_->TakePool();
  reader_.reset();
}

absl::Status StateReceiver::TakeChunk(absl::string_view payload) {
  if (reader_ == nullptr) return absl::InvalidArgumentError("a part of a state that nobody asked for");
  return reader_->Add(payload);
}

absl::StatusOr<FilledState> StateReceiver::TakeEnd(absl::string_view payload) {
  if (reader_ == nullptr) return absl::InvalidArgumentError("the end of a state that nobody asked for");
  replication::StateEnd end;
  if (absl::Status s = Decode(payload, &end); !s.ok()) return s;
  FilledState filled;
  if (!journal::DecodeSnapshotHead(end.snapshot, &filled.info)) {
    return absl::InvalidArgumentError("the end of the state has no head of a snapshot");
  }
  absl::StatusOr<journal::EncodedBatch> batch = journal::EncodedBatch::FromBytes(end.batch);
  if (!batch.ok()) return batch.status();
  journal::BatchView view;
  if (absl::Status s = view.Parse(batch->bytes()); !s.ok()) return s;
  if (view.header().cluster_id != filled.info.cluster_id || batch->last_lsn() != filled.info.lsn ||
      batch->chain() != filled.info.chain || batch->epoch() != filled.info.epoch) {
    return absl::DataLossError("the state's last batch is not the one it ends with");
  }
  if (reader_->totals().digest != end.digest || reader_->totals().state_bytes != end.bytes) {
    return absl::DataLossError("the state's end and what came before it do not belong together");
  }
  filled.bytes_received = reader_->totals().bytes_sent;
  absl::StatusOr<std::string> bytes = reader_->TakeState();
  if (!bytes.ok()) return bytes.status();
  reader_.reset();
  filled.info.digest = end.digest;
  filled.info.bytes = end.bytes;
  filled.bytes = *std::move(bytes);
  filled.batch = *std::move(batch);
  filled.counts = std::move(end.counts);
  filled.calls_sent = end.calls_sent;
  filled.calls_known = end.calls_known;
  return filled;
}

}  // namespace understudy::daemon
