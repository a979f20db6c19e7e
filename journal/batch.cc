#include "journal/batch.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"

namespace understudy::journal {
namespace {

// Where each field of the prelude starts. docs/journal_format.md has the same table.
enum Offset : size_t {
  kMagicAt = 0,
  kVersionAt = 4,
  kFlagsAt = 6,
  kBodyBytesAt = 8,
  kEntryCountAt = 12,
  kFirstLsnAt = 16,
  kEpochAt = 24,
  kPreviousChainAt = 32,
  kChainAt = 48,
  kReservedAt = 64,
  kBodyCrcAt = 72,
  kPreludeCrcAt = 76,
};

template <class T>
T Get(const char* p) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(p[i])) << (8 * i)));
  }
  return value;
}

template <class T>
void Put(char* p, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) p[i] = static_cast<char>((value >> (8 * i)) & 0xff);
}

void PutHash(char* p, const Hash128& hash) {
  Put(p, hash.lo);
  Put(p + 8, hash.hi);
}

Hash128 GetHash(const char* p) { return Hash128{Get<uint64_t>(p), Get<uint64_t>(p + 8)}; }

absl::Status CheckPrelude(absl::string_view bytes) {
  if (bytes.size() < BatchPrelude::kBytes) {
    return absl::DataLossError(absl::StrCat("batch of ", bytes.size(), " bytes is shorter than its prelude"));
  }
  const char* p = bytes.data();
  if (Get<uint32_t>(p + kMagicAt) != BatchPrelude::kMagic) return absl::DataLossError("not a batch (magic number)");
  if (Get<uint32_t>(p + kPreludeCrcAt) != Crc32c(bytes.substr(0, kPreludeCrcAt))) {
    return absl::DataLossError("checksum of the prelude does not fit");
  }
  if (Get<uint16_t>(p + kVersionAt) != BatchPrelude::kFormatVersion) {
    return absl::DataLossError(absl::StrCat("format version ", Get<uint16_t>(p + kVersionAt), " is not known"));
  }
  if (Get<uint16_t>(p + kFlagsAt) != 0 || Get<uint64_t>(p + kReservedAt) != 0) {
    return absl::DataLossError("flags that this version does not know");
  }
  return absl::OkStatus();
}

}  // namespace

void BatchPrelude::Store(char* out) const {
  std::memset(out, 0, kBytes);
  Put<uint32_t>(out + kMagicAt, kMagic);
  Put<uint16_t>(out + kVersionAt, kFormatVersion);
  Put<uint16_t>(out + kFlagsAt, flags);
  Put<uint32_t>(out + kBodyBytesAt, body_bytes);
  Put<uint32_t>(out + kEntryCountAt, entry_count);
  Put<uint64_t>(out + kFirstLsnAt, first_lsn.value());
  Put<uint64_t>(out + kEpochAt, epoch.value());
  PutHash(out + kPreviousChainAt, previous_chain);
  PutHash(out + kChainAt, chain);
  Put<uint32_t>(out + kBodyCrcAt, body_crc);
  Put<uint32_t>(out + kPreludeCrcAt, Crc32c({out, kPreludeCrcAt}));
}

absl::StatusOr<BatchPrelude> BatchPrelude::Load(absl::string_view bytes) {
  if (absl::Status s = CheckPrelude(bytes); !s.ok()) return s;
  const char* p = bytes.data();
  BatchPrelude prelude;
  prelude.flags = Get<uint16_t>(p + kFlagsAt);
  prelude.body_bytes = Get<uint32_t>(p + kBodyBytesAt);
  prelude.entry_count = Get<uint32_t>(p + kEntryCountAt);
  prelude.first_lsn = Lsn(Get<uint64_t>(p + kFirstLsnAt));
  prelude.epoch = Epoch(Get<uint64_t>(p + kEpochAt));
  prelude.previous_chain = GetHash(p + kPreviousChainAt);
  prelude.chain = GetHash(p + kChainAt);
  prelude.body_crc = Get<uint32_t>(p + kBodyCrcAt);
  if (bytes.size() > kMaxBatchBytes || bytes.size() - kBytes != prelude.body_bytes || prelude.body_bytes % 8 != 0) {
    return absl::DataLossError("length of the body does not fit");
  }
  if (prelude.entry_count == 0 || prelude.entry_count > kMaxBatchEntries) {
    return absl::DataLossError(absl::StrCat(prelude.entry_count, " entries in a batch"));
  }
  if (prelude.first_lsn.empty() || prelude.first_lsn.value() > UINT64_MAX - kMaxBatchEntries) {
    return absl::DataLossError(absl::StrCat("first lsn ", prelude.first_lsn.value()));
  }
  return prelude;
}

Hash128 GenesisChain(uint64_t cluster_id) {
  SipHasher128 hasher{HashKey{}};
  hasher.Update("understudy journal");
  hasher.AddU64(cluster_id);
  return hasher.Finish();
}

Hash128 NextChain(const Hash128& previous, absl::string_view body) { return SipHash128(previous.AsKey(), body); }

absl::StatusOr<EncodedBatch> EncodedBatch::FromBytes(absl::string_view bytes) {
  absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load(bytes);
  if (!prelude.ok()) return prelude.status();
  std::shared_ptr<uint64_t[]> words = std::make_shared<uint64_t[]>((bytes.size() + 7) / 8);
  std::memcpy(words.get(), bytes.data(), bytes.size());
  EncodedBatch batch;
  batch.words_ = std::move(words);
  batch.size_ = bytes.size();
  batch.prelude_ = *prelude;
  return batch;
}

}  // namespace understudy::journal
