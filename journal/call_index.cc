#include "journal/call_index.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"

namespace understudy::journal {
namespace {

// A block: first lsn, last lsn, count, then (call, lsn) pairs in order, then a checksum of all before it.
constexpr size_t kHeadWords = 3;
constexpr size_t kCrcBytes = 8;

void PutWord(std::string* out, uint64_t word) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>((word >> (8 * i)) & 0xff);
  out->append(bytes, sizeof bytes);
}

uint64_t GetWord(absl::string_view in, size_t index) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(in[8 * index + i])) << (8 * i);
  }
  return word;
}

}  // namespace

void CallIndexBuilder::Add(Lsn lsn, absl::Span<const uint64_t> calls) {
  if (entries_++ == 0) first_ = lsn;
  last_ = lsn;
  for (const uint64_t call : calls) pairs_.push_back({call, lsn.value()});
}

void CallIndexBuilder::TakeBlock(std::string* block) {
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  block->clear();
  block->reserve(8 * (kHeadWords + 2 * pairs_.size()) + kCrcBytes);
  for (const uint64_t word : {first_.value(), last_.value(), uint64_t{pairs_.size()}}) PutWord(block, word);
  for (const Pair& pair : pairs_) {
    PutWord(block, pair.call);
    PutWord(block, pair.lsn);
  }
  PutWord(block, Crc32c(*block));
  Clear();
}

void CallIndexBuilder::Clear() {
  entries_ = 0;
  first_ = last_ = Lsn();
  pairs_.clear();
}

bool FindInBlock(absl::string_view block, uint64_t call, std::vector<Lsn>* lsns, Lsn* last) {
  if (block.size() < 8 * kHeadWords + kCrcBytes || block.size() % 8 != 0) return false;
  const absl::string_view body = block.substr(0, block.size() - kCrcBytes);
  if (GetWord(block, body.size() / 8) != Crc32c(body)) return false;
  const uint64_t count = GetWord(body, 2);
  if (body.size() / 8 != kHeadWords + 2 * count) return false;
  *last = Lsn(GetWord(body, 1));
  size_t low = 0;
  for (size_t high = count; low < high;) {
    const size_t middle = (low + high) / 2;
    if (GetWord(body, kHeadWords + 2 * middle) < call) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low < count && GetWord(body, kHeadWords + 2 * low) == call; ++low) {
    lsns->push_back(Lsn(GetWord(body, kHeadWords + 2 * low + 1)));
  }
  return true;
}

}  // namespace understudy::journal
