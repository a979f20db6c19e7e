#include "journal/batch_view.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "kj/exception.h"

namespace understudy::journal {
namespace {

absl::string_view AsView(::capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

// A list of 64 bit numbers lies in the segment as it lies in memory; a list of anything else is not taken.
bool AsWords(::capnp::List<uint64_t>::Reader list, absl::Span<const uint64_t>* out) {
  ::capnp::AnyList::Reader any(list);
  const auto raw = any.getRawBytes();
  if (raw.size() != size_t{8} * list.size()) return false;
  *out = {reinterpret_cast<const uint64_t*>(static_cast<const void*>(raw.begin())), list.size()};
  return true;
}

}  // namespace

absl::Status BatchView::Parse(absl::string_view bytes) {
  size_ = 0;
  absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load(bytes);
  if (!prelude.ok()) return prelude.status();
  const absl::string_view body = bytes.substr(BatchPrelude::kBytes);
  if (Crc32c(body) != prelude->body_crc) return absl::DataLossError("checksum of the body does not fit");
  if (NextChain(prelude->previous_chain, body) != prelude->chain) {
    return absl::DataLossError("the batch does not have the chain hash that it claims");
  }
  prelude_ = *prelude;
  return Read(body);
}

absl::Status BatchView::Parse(absl::string_view bytes, const Hash128& previous_chain) {
  if (absl::Status s = Parse(bytes); !s.ok()) return s;
  if (prelude_.previous_chain == previous_chain) return absl::OkStatus();
  size_ = 0;
  return absl::DataLossError("the batch does not follow the one before it (chain hash)");
}

absl::Status BatchView::ParseTrusted(absl::string_view bytes) {
  size_ = 0;
  absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load(bytes);
  if (!prelude.ok()) return prelude.status();
  prelude_ = *prelude;
  return Read(bytes.substr(BatchPrelude::kBytes));
}

absl::string_view BatchView::Aligned(absl::string_view body) {
  if (reinterpret_cast<uintptr_t>(body.data()) % alignof(uint64_t) == 0) return body;
  aligned_.resize(body.size() / 8);
  std::memcpy(aligned_.data(), body.data(), body.size());
  return {reinterpret_cast<const char*>(aligned_.data()), body.size()};
}

absl::Status BatchView::Read(absl::string_view body) try {
  body = Aligned(body);
  const size_t words = body.size() / 8;
  segment_ = kj::arrayPtr(static_cast<const ::capnp::word*>(static_cast<const void*>(body.data())), words);
  ::capnp::ReaderOptions limits;
  limits.traversalLimitInWords = 2 * words + 16;
  limits.nestingLimit = 4;
  reader_.emplace(kj::arrayPtr(&segment_, 1), limits);
  format::Batch::Reader batch = reader_->getRoot<format::Batch>();
  if (absl::Status s = ReadHeader(batch.getHeader()); !s.ok()) return s;
  entries_ = batch.getEntries();
  payloads_ = AsView(batch.getPayloads());
  if (!AsWords(batch.getCalls(), &calls_)) return absl::DataLossError("list of calls has another type");
  if (absl::Status s = CheckEntries(); !s.ok()) return s;
  size_ = prelude_.entry_count;
  return absl::OkStatus();
} catch (const kj::Exception& e) {
  return absl::DataLossError(absl::StrCat("body is not a batch: ", e.getDescription().cStr()));
}

absl::Status BatchView::ReadHeader(format::Header::Reader in) {
  header_.cluster_id = in.getClusterId();
  header_.store_id = in.getStoreId();
  header_.start_number = in.getStartNumber();
  header_.epoch = Epoch(in.getEpoch());
  header_.first_lsn = Lsn(in.getFirstLsn());
  header_.last_lsn = Lsn(in.getLastLsn());
  header_.engine_time = EngineTime::FromNanoseconds(in.getEngineTime());
  header_.wall_time = WallTime::FromNanoseconds(in.getWallTime());
  header_.boot_id = Hash128{in.getBootIdLo(), in.getBootIdHi()};
  header_.boot_time_ns = in.getBootTime();
  header_.released_up_to = Lsn(in.getReleasedUpTo());
  header_.schema_version = in.getSchemaVersion();
  header_.feature_level = in.getFeatureLevel();
  header_.digest_lsn = Lsn(in.getDigestLsn());
  header_.digest = Hash128{in.getDigestLo(), in.getDigestHi()};
  if (header_.epoch != prelude_.epoch || header_.first_lsn != prelude_.first_lsn ||
      header_.last_lsn != prelude_.last_lsn()) {
    return absl::DataLossError("header and prelude contradict each other");
  }
  return absl::OkStatus();
}

absl::Status BatchView::CheckEntries() const {
  if (entries_.size() != prelude_.entry_count) return absl::DataLossError("count of entries does not fit");
  for (const format::Entry::Reader entry : entries_) {
    const uint64_t payload_end = uint64_t{entry.getPayloadOffset()} + entry.getPayloadSize();
    const uint64_t calls_end = uint64_t{entry.getCallsOffset()} + entry.getCallsCount();
    if (entry.getPayloadOffset() % 8 != 0 || payload_end > payloads_.size() || calls_end > calls_.size()) {
      return absl::DataLossError("an entry points outside its batch");
    }
  }
  return absl::OkStatus();
}

EntryRecord BatchView::operator[](size_t i) const {
  US_CHECK_LT(i, size_);
  const format::Entry::Reader entry = entries_[static_cast<unsigned>(i)];
  EntryRecord record;
  record.lsn = Lsn(prelude_.first_lsn.value() + i);
  record.engine_time = EngineTime::FromNanoseconds(entry.getEngineTime());
  record.wall_time = WallTime::FromNanoseconds(entry.getWallTime());
  record.effects_hash = entry.getEffectsHash();
  record.kind = entry.getKind();
  record.payload = payloads_.substr(entry.getPayloadOffset(), entry.getPayloadSize());
  record.calls = calls_.subspan(entry.getCallsOffset(), entry.getCallsCount());
  return record;
}

}  // namespace understudy::journal
