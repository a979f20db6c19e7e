// The index from call to lsn, for the tools. It is built beside the hot path: pairs are collected and become
// one sorted block about every 2,000 entries, so an entry costs a few nanoseconds and no key of its own. What
// has not reached a block yet is found by reading the last entries.
#ifndef UNDERSTUDY_JOURNAL_CALL_INDEX_H_
#define UNDERSTUDY_JOURNAL_CALL_INDEX_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/ids.h"

namespace understudy::journal {

class CallIndexBuilder {
 public:
  static constexpr size_t kEntriesPerBlock = 2048;

  void Add(Lsn lsn, absl::Span<const uint64_t> calls);
  bool BlockIsFull() const { return entries_ >= kEntriesPerBlock; }
  bool empty() const { return entries_ == 0; }
  Lsn first_lsn() const { return first_; }
  // The block of everything added, in `*block`; then starts over.
  void TakeBlock(std::string* block);
  void Clear();

 private:
  struct Pair {
    uint64_t call;
    uint64_t lsn;
    friend auto operator<=>(const Pair&, const Pair&) = default;
  };

  size_t entries_ = 0;
  Lsn first_;
  Lsn last_;
  std::vector<Pair> pairs_;
};

// Appends the lsns of `call` in `block` to `*lsns`, in order, and sets `*last` to the last lsn that the block
// covers. False when the block is damaged.
bool FindInBlock(absl::string_view block, uint64_t call, std::vector<Lsn>* lsns, Lsn* last);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_CALL_INDEX_H_
