#include "journal/batch_builder.h"

#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"
#include "capnp/message.h"
#include "capnp/serialize.h"
#include "journal/batch.capnp.h"

namespace understudy::journal {
namespace {

constexpr size_t kMaxPayloadBytes = size_t{4} << 20;
constexpr size_t kRootWords = 1;
constexpr size_t kBatchPointerWords = 4;
constexpr size_t kHeaderWords = 16;
constexpr size_t kListTagWords = 1;
constexpr size_t kEntryWords = 5;

void WriteHeader(const BatchHeader& in, format::Header::Builder out) {
  out.setClusterId(in.cluster_id);
  out.setStoreId(in.store_id);
  out.setStartNumber(in.start_number);
  out.setEpoch(in.epoch.value());
  out.setFirstLsn(in.first_lsn.value());
  out.setLastLsn(in.last_lsn.value());
  out.setEngineTime(in.engine_time.nanoseconds());
  out.setWallTime(in.wall_time.nanoseconds());
  out.setBootIdLo(in.boot_id.lo);
  out.setBootIdHi(in.boot_id.hi);
  out.setBootTime(in.boot_time_ns);
  out.setReleasedUpTo(in.released_up_to.value());
  out.setSchemaVersion(in.schema_version);
  out.setFeatureLevel(in.feature_level);
  out.setDigestLsn(in.digest_lsn.value());
  out.setDigestLo(in.digest.lo);
  out.setDigestHi(in.digest.hi);
}

}  // namespace

void BatchBuilder::Add(const EntryRecord& record) {
  if (rows_.empty()) first_lsn_ = record.lsn;
  US_CHECK_EQ(record.lsn.value(), first_lsn_.value() + rows_.size());
  US_CHECK_LT(rows_.size(), kMaxBatchEntries);
  US_CHECK_LE(record.payload.size(), kMaxPayloadBytes);
  US_CHECK_LE(record.calls.size(), size_t{UINT16_MAX});
  Row row;
  row.engine_time = record.engine_time.nanoseconds();
  row.wall_time = record.wall_time.nanoseconds();
  row.effects_hash = record.effects_hash;
  row.payload_offset = static_cast<uint32_t>(payloads_.size());
  row.payload_size = static_cast<uint32_t>(record.payload.size());
  row.calls_offset = static_cast<uint32_t>(calls_.size());
  row.calls_count = static_cast<uint16_t>(record.calls.size());
  row.kind = record.kind;
  rows_.push_back(row);
  payloads_.append(record.payload.data(), record.payload.size());
  payloads_.append((8 - payloads_.size() % 8) % 8, '\0');
  calls_.insert(calls_.end(), record.calls.begin(), record.calls.end());
}

size_t BatchBuilder::BodyWords() const {
  return kRootWords + kBatchPointerWords + kHeaderWords + kListTagWords + kEntryWords * rows_.size() +
         payloads_.size() / 8 + calls_.size();
}

size_t BatchBuilder::EncodedBytes() const { return BatchPrelude::kBytes + 8 * BodyWords(); }

bool BatchBuilder::Full(size_t payload_bytes) const {
  constexpr size_t kSlack = 8 * (UINT16_MAX + kEntryWords + 1);
  return rows_.size() >= kMaxBatchEntries || EncodedBytes() + payload_bytes + kSlack > kMaxBatchBytes;
}

void BatchBuilder::WriteBody(const BatchHeader& header, uint64_t* words, size_t count) const {
  ::capnp::FlatMessageBuilder message(kj::arrayPtr(reinterpret_cast<::capnp::word*>(words), count));
  format::Batch::Builder batch = message.initRoot<format::Batch>();
  WriteHeader(header, batch.initHeader());
  auto entries = batch.initEntries(static_cast<unsigned>(rows_.size()));
  unsigned i = 0;
  for (const Row& row : rows_) {
    format::Entry::Builder entry = entries[i++];
    entry.setEngineTime(row.engine_time);
    entry.setWallTime(row.wall_time);
    entry.setEffectsHash(row.effects_hash);
    entry.setPayloadOffset(row.payload_offset);
    entry.setPayloadSize(row.payload_size);
    entry.setCallsOffset(row.calls_offset);
    entry.setCallsCount(row.calls_count);
    entry.setKind(row.kind);
  }
  auto payloads = batch.initPayloads(static_cast<unsigned>(payloads_.size()));
  if (!payloads_.empty()) std::memcpy(payloads.begin(), payloads_.data(), payloads_.size());
  auto calls = batch.initCalls(static_cast<unsigned>(calls_.size()));
  for (size_t c = 0; c < calls_.size(); ++c) calls.set(static_cast<unsigned>(c), calls_[c]);
  message.requireFilled();
}

EncodedBatch BatchBuilder::Finish(BatchHeader header, const Hash128& previous_chain) {
  US_CHECK(!rows_.empty());
  header.first_lsn = first_lsn_;
  header.last_lsn = Lsn(first_lsn_.value() + rows_.size() - 1);
  const size_t body_words = BodyWords();
  const size_t size = BatchPrelude::kBytes + 8 * body_words;
  US_CHECK_LE(size, kMaxBatchBytes);
  std::shared_ptr<uint64_t[]> words = std::make_shared<uint64_t[]>(size / 8);
  WriteBody(header, words.get() + BatchPrelude::kBytes / 8, body_words);

  EncodedBatch batch;
  batch.size_ = size;
  batch.words_ = words;
  BatchPrelude& prelude = batch.prelude_;
  prelude.body_bytes = static_cast<uint32_t>(8 * body_words);
  prelude.entry_count = static_cast<uint32_t>(rows_.size());
  prelude.first_lsn = header.first_lsn;
  prelude.epoch = header.epoch;
  prelude.previous_chain = previous_chain;
  prelude.chain = NextChain(previous_chain, batch.body());
  prelude.body_crc = Crc32c(batch.body());
  prelude.Store(reinterpret_cast<char*>(words.get()));

  rows_.clear();
  payloads_.clear();
  calls_.clear();
  return batch;
}

}  // namespace understudy::journal
