#include "engine/transfer/state_difference.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::engine {
namespace {

constexpr char kSent = 1;
constexpr char kKnown = 2;
constexpr char kEnd = 3;
constexpr size_t kDigestBytes = 16;
constexpr size_t kEndBytes = 8 + 8 + kDigestBytes;
// A digest there and back costs as much as a small object.
constexpr size_t kWorthAsking = 48;

bool IsWorthAsking(const StateObject& object) {
  return object.bytes.size() >= kWorthAsking || object.kind == ObjectKind::kCall;
}

void PutNumber(uint64_t value, std::string* out) {
  for (int i = 0; i < 8; ++i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

uint64_t GetNumber(absl::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  return value;
}

void PutDigest(const Hash128& digest, std::string* out) {
  PutNumber(digest.lo, out);
  PutNumber(digest.hi, out);
}

Hash128 GetDigest(absl::string_view bytes, size_t at) { return {GetNumber(bytes, at), GetNumber(bytes, at + 8)}; }

// Collects records into chunks.
class DifferenceWriter {
 public:
  DifferenceWriter(absl::Span<const Hash128> known, absl::FunctionRef<absl::Status(const DifferenceChunk&)> sink)
      : known_(known), sink_(sink) {}

  void Add(const StateObject& object) {
    if (!status_.ok()) return;
    if (object.bytes.size() > kMaxObjectBytes) {
      status_ = absl::ResourceExhaustedError(absl::StrCat("an object of kind ", static_cast<int>(object.kind), " has ",
                                                          object.bytes.size(), " bytes; the limit is ",
                                                          kMaxObjectBytes));
      return;
    }
    const Hash128 digest = DigestObject(object);
    AddDigest(digest, &totals_.digest);
    ++totals_.objects;
    totals_.state_bytes += kSavedPrefixBytes + object.bytes.size();
    const bool is_known = IsWorthAsking(object) && std::binary_search(known_.begin(), known_.end(), digest);
    record_.clear();
    record_.push_back(is_known ? kKnown : kSent);
    if (is_known) {
      PutDigest(digest, &record_);
    } else {
      AppendSaved(object, &record_);
    }
    PutRecord();
    if (object.kind == ObjectKind::kCall) ++(is_known ? calls_skipped_ : calls_sent_);
    if (calls_sent_ == kMostCallsInChunk) Flush();
  }

  absl::StatusOr<DifferenceTotals> Finish() {
    record_.assign(1, kEnd);
    PutNumber(totals_.objects, &record_);
    PutNumber(totals_.state_bytes, &record_);
    PutDigest(totals_.digest, &record_);
    PutRecord();
    Flush();
    if (!status_.ok()) return status_;
    return totals_;
  }

 private:
  void PutRecord() {
    if (chunk_.size() + record_.size() > kMaxDifferenceChunk) Flush();
    absl::string_view rest = record_;
    while (rest.size() > kMaxDifferenceChunk) {
      chunk_.assign(rest.data(), kMaxDifferenceChunk);
      rest.remove_prefix(kMaxDifferenceChunk);
      Flush();
    }
    chunk_.append(rest.data(), rest.size());
  }

  void Flush() {
    if (chunk_.empty()) return;
    if (status_.ok()) status_ = sink_({chunk_, calls_sent_, calls_skipped_});
    totals_.bytes_sent += chunk_.size();
    totals_.calls_sent += std::exchange(calls_sent_, 0);
    totals_.calls_skipped += std::exchange(calls_skipped_, 0);
    chunk_.clear();
  }

  const absl::Span<const Hash128> known_;
  const absl::FunctionRef<absl::Status(const DifferenceChunk&)> sink_;
  std::string record_;
  std::string chunk_;
  uint32_t calls_sent_ = 0;
  uint32_t calls_skipped_ = 0;
  DifferenceTotals totals_;
  absl::Status status_;
};

}  // namespace

std::string EncodeDigests(absl::Span<const Hash128> digests) {
  std::string out;
  out.reserve(digests.size() * kDigestBytes);
  for (const Hash128& digest : digests) PutDigest(digest, &out);
  return out;
}

absl::StatusOr<std::vector<Hash128>> DecodeDigests(absl::string_view bytes) {
  const size_t count = bytes.size() / kDigestBytes;
  if (bytes.size() % kDigestBytes != 0) {
    return absl::InvalidArgumentError(absl::StrCat("digests: ", bytes.size(), " bytes are no multiple of 16"));
  }
  if (count > kMaxKnownDigests) {
    return absl::InvalidArgumentError(absl::StrCat("digests: ", count, " are more than ", kMaxKnownDigests));
  }
  std::vector<Hash128> digests;
  digests.reserve(count);
  for (size_t at = 0; at < bytes.size(); at += kDigestBytes) {
    digests.push_back(GetDigest(bytes, at));
    const size_t n = digests.size();
    if (n < 2 || digests[n - 2] < digests[n - 1]) continue;
    return absl::InvalidArgumentError(absl::StrCat("digests: number ", n, " is not above the one before it"));
  }
  return digests;
}

absl::Status ObjectPool::AddSaved(std::string saved) {
  auto kept = std::make_unique<const std::string>(std::move(saved));
  absl::string_view rest = *kept;
  StateObject object;
  while (!rest.empty()) {
    if (!TakeSaved(&rest, &object)) {
      return absl::InvalidArgumentError(absl::StrCat("saved objects are cut off at byte ", kept->size() - rest.size()));
    }
  }
  rest = *kept;
  while (!rest.empty()) {
    const char* const begin = rest.data();
    TakeSaved(&rest, &object);
    if (!IsWorthAsking(object) || objects_.size() == kMaxKnownDigests) continue;
    const Hash128 digest = DigestObject(object);
    const absl::string_view whole(begin, kSavedPrefixBytes + object.bytes.size());
    if (index_.Insert(digest, whole)) objects_.push_back(digest);
  }
  bytes_ += kept->size();
  saved_.push_back(std::move(kept));
  return absl::OkStatus();
}

absl::string_view ObjectPool::Find(const Hash128& digest) const {
  const absl::string_view* found = index_.Find(digest);
  return found == nullptr ? absl::string_view() : *found;
}

std::vector<Hash128> ObjectPool::Digests() const {
  std::vector<Hash128> sorted = objects_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

absl::StatusOr<DifferenceTotals> WriteDifference(const State& state, absl::Span<const Hash128> known,
                                                 absl::FunctionRef<absl::Status(const DifferenceChunk&)> sink) {
  DifferenceWriter writer(known, sink);
  VisitObjects(state, [&writer](const StateObject& object) { writer.Add(object); });
  return writer.Finish();
}

DifferenceReader::DifferenceReader(ObjectPool pool, const Limits& limits) : limits_(limits), pool_(std::move(pool)) {}

absl::Status DifferenceReader::Wrong(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat("state transfer: object ", totals_.objects + 1, ": ", what));
}

absl::Status DifferenceReader::Fail(absl::Status status) {
  failure_ = std::move(status);
  pending_.clear();
  return failure_;
}

absl::Status DifferenceReader::Add(absl::string_view bytes) {
  if (!failure_.ok()) return failure_;
  totals_.bytes_sent += bytes.size();
  const bool carries = !pending_.empty();
  if (carries) pending_.append(bytes.data(), bytes.size());
  absl::string_view rest = carries ? absl::string_view(pending_) : bytes;
  for (bool took = true; took && !rest.empty();) {
    if (absl::Status s = Take(&rest, &took); !s.ok()) return Fail(std::move(s));
  }
  if (carries) {
    pending_.erase(0, pending_.size() - rest.size());
  } else {
    pending_.assign(rest.data(), rest.size());
  }
  return absl::OkStatus();
}

absl::Status DifferenceReader::Take(absl::string_view* bytes, bool* took) {
  if (complete_) return Wrong("bytes after the end");
  absl::string_view rest = bytes->substr(1);
  absl::Status status;
  switch ((*bytes)[0]) {
    case kSent:
      status = TakeSent(&rest, took);
      break;
    case kKnown:
      status = TakeKnown(&rest, took);
      break;
    case kEnd:
      status = TakeEnd(&rest, took);
      break;
    default:
      return Wrong(absl::StrCat("no record begins with ", static_cast<uint8_t>((*bytes)[0])));
  }
  if (*took) *bytes = rest;
  return status;
}

absl::Status DifferenceReader::TakeSent(absl::string_view* bytes, bool* took) {
  *took = bytes->size() >= kSavedPrefixBytes;
  if (!*took) return absl::OkStatus();
  const uint64_t size = GetNumber(*bytes, kSavedPrefixBytes - 8) >> 32;
  if (size > limits_.max_object_bytes) {
    return Wrong(absl::StrCat(size, " bytes, at most ", limits_.max_object_bytes, " are allowed"));
  }
  const char* const begin = bytes->data();
  StateObject object;
  *took = TakeSaved(bytes, &object);
  if (!*took) return absl::OkStatus();
  if (object.kind == ObjectKind::kCall) ++totals_.calls_sent;
  AddDigest(DigestObject(object), &totals_.digest);
  return Append({begin, kSavedPrefixBytes + object.bytes.size()});
}

absl::Status DifferenceReader::TakeKnown(absl::string_view* bytes, bool* took) {
  *took = bytes->size() >= kDigestBytes;
  if (!*took) return absl::OkStatus();
  const Hash128 digest = GetDigest(*bytes, 0);
  bytes->remove_prefix(kDigestBytes);
  const absl::string_view saved = pool_.Find(digest);
  if (saved.empty()) return Wrong(absl::StrCat("refers to ", digest.ToHex(), ", which is not here"));
  if (static_cast<ObjectKind>(saved[0]) == ObjectKind::kCall) ++totals_.calls_skipped;
  AddDigest(digest, &totals_.digest);
  return Append(saved);
}

absl::Status DifferenceReader::Append(absl::string_view saved) {
  if (state_.size() + saved.size() > limits_.max_state_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("state transfer: object ", totals_.objects + 1,
                                                     ": the state has more than ", limits_.max_state_bytes, " bytes"));
  }
  state_.append(saved.data(), saved.size());
  ++totals_.objects;
  totals_.state_bytes = state_.size();
  return absl::OkStatus();
}

absl::Status DifferenceReader::TakeEnd(absl::string_view* bytes, bool* took) {
  *took = bytes->size() >= kEndBytes;
  if (!*took) return absl::OkStatus();
  const uint64_t objects = GetNumber(*bytes, 0);
  const uint64_t size = GetNumber(*bytes, 8);
  const Hash128 digest = GetDigest(*bytes, 16);
  bytes->remove_prefix(kEndBytes);
  if (objects != totals_.objects || size != totals_.state_bytes) {
    return Wrong(absl::StrCat("the end says ", objects, " objects in ", size, " bytes; there are ", totals_.objects,
                              " in ", totals_.state_bytes));
  }
  if (digest != totals_.digest) {
    return Wrong(absl::StrCat("the end says digest ", digest.ToHex(), "; it is ", totals_.digest.ToHex()));
  }
  complete_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::string> DifferenceReader::TakeState() {
  if (!failure_.ok()) return failure_;
  if (!complete_) return absl::FailedPreconditionError("state transfer: the end has not come");
  return std::move(state_);
}

ObjectPool DifferenceReader::TakePool() {
  std::string fresh;
  absl::string_view rest = state_;
  StateObject object;
  while (!rest.empty()) {
    const char* const begin = rest.data();
    TakeSaved(&rest, &object);
    if (!IsWorthAsking(object) || !pool_.Find(DigestObject(object)).empty()) continue;
    fresh.append(begin, kSavedPrefixBytes + object.bytes.size());
  }
  if (pool_.bytes() + fresh.size() > limits_.max_state_bytes) pool_ = ObjectPool();
  pool_.AddSaved(std::move(fresh)).IgnoreError();
  return std::move(pool_);
}

}  // namespace understudy::engine
