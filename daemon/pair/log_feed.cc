#include "daemon/pair/log_feed.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "replication/messages.h"

namespace understudy::daemon {

void LogFeed::Begin(std::shared_ptr<link::PeerLink> link, Lsn first) {
  link_ = std::move(link);
  next_ = first;
}

void LogFeed::Send(const journal::EncodedBatch& batch) {
  auto owner = std::make_shared<journal::EncodedBatch>(batch);
  const absl::string_view bytes = owner->bytes();
  link_->SendShared(static_cast<uint16_t>(replication::FrameType::kAppend), std::move(owner), bytes);
  next_ = batch.last_lsn().Next();
  sent_bytes_ += bytes.size();
  ++sent_batches_;
}

void LogFeed::OnBatch(const journal::EncodedBatch& batch) {
  last_ = batch;
  recent_.push_back(batch);
  recent_bytes_ += batch.bytes().size();
  if (link_ != nullptr && next_ == batch.first_lsn()) Send(batch);
}

void LogFeed::Forget() {
  recent_.clear();
  recent_bytes_ = 0;
  last_ = journal::EncodedBatch();
}

absl::optional<Hash128> LogFeed::ChainAt(Lsn last) const {
  for (const journal::EncodedBatch& batch : recent_) {
    if (batch.last_lsn() == last) return batch.chain();
  }
  return absl::nullopt;
}

void LogFeed::Trim(Lsn durable) {
  while (!recent_.empty() && recent_bytes_ > kMostRecent && recent_.front().last_lsn() <= durable) {
    recent_bytes_ -= recent_.front().bytes().size();
    recent_.pop_front();
  }
}

absl::Status LogFeed::PumpStore(const Core& core, size_t* budget) {
  const Lsn until = recent_.empty() ? core.durable() : recent_.front().first_lsn().Previous();
  if (next_ > until) return absl::OkStatus();
  const journal::LogRange range = core.log().Range();
  if (range.empty() || next_ < range.first) {
    return absl::NotFoundError(absl::StrCat("the log begins with lsn ", range.first.value(), ", the peer needs ",
                                            next_.value()));
  }
  std::unique_ptr<journal::LogIterator> iterator = core.log().NewIterator();
  for (iterator->Seek(next_); iterator->Valid() && next_ <= until && *budget > 0; iterator->Next()) {
    absl::StatusOr<journal::EncodedBatch> batch = journal::EncodedBatch::FromBytes(iterator->bytes());
    if (!batch.ok()) return batch.status();
    if (batch->first_lsn() != next_) {
      return absl::DataLossError(absl::StrCat("the log's batch at lsn ", next_.value(), " begins with ",
                                              batch->first_lsn().value()));
    }
    if (Crc32c(batch->body()) != batch->prelude().body_crc) {
      return absl::DataLossError(absl::StrCat("the log's batch at lsn ", next_.value(), " is damaged"));
    }
    Send(*batch);
    *budget -= std::min(*budget, batch->bytes().size());
  }
  return iterator->status();
}

absl::Status LogFeed::Pump(const Core& core) {
  Trim(core.durable());
  if (link_ == nullptr || link_->queued_bytes() > kMostQueued) return absl::OkStatus();
  if (!last_.empty() && next_ > last_.last_lsn()) return absl::OkStatus();
  size_t budget = kMostAtOnce;
  if (absl::Status s = PumpStore(core, &budget); !s.ok()) return s;
  for (const journal::EncodedBatch& batch : recent_) {
    if (budget == 0) break;
    if (batch.first_lsn() != next_) continue;
    budget -= std::min(budget, batch.bytes().size());
    Send(batch);
  }
  return absl::OkStatus();
}

}  // namespace understudy::daemon
