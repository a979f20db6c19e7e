#include "daemon/link/send_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace understudy::link {

void SendQueue::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_[filling_]->used == kBlockBytes) NextBlock();
    Block* block = blocks_[filling_].get();
    char* to = block->bytes + block->used;
    const size_t n = std::min(bytes.size(), kBlockBytes - block->used);
    std::memcpy(to, bytes.data(), n);
    block->used += n;
    bytes_ += n;
    bytes.remove_prefix(n);
    const bool continues = first_ < pieces_.size() && pieces_.back().data + pieces_.back().size == to &&
                           pieces_.back().owner == blocks_[filling_];
    if (continues) {
      pieces_.back().size += n;
    } else {
      pieces_.push_back({to, n, blocks_[filling_]});
    }
  }
}

void SendQueue::AppendShared(std::shared_ptr<const void> owner, absl::string_view bytes) {
  if (bytes.empty()) return;
  bytes_ += bytes.size();
  pieces_.push_back({bytes.data(), bytes.size(), std::move(owner)});
}

// Blocks are emptied in the order in which they were filled: if the next one is still in use, all others are.
void SendQueue::NextBlock() {
  const size_t next = blocks_.empty() ? 0 : (filling_ + 1) % blocks_.size();
  if (!blocks_.empty() && blocks_[next].use_count() == 1) {
    filling_ = next;
    blocks_[filling_]->used = 0;
    return;
  }
  filling_ = blocks_.empty() ? 0 : filling_ + 1;
  blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(filling_), std::make_shared<Block>());
}

size_t SendQueue::Gather(absl::Span<iovec> out) const {
  const size_t n = std::min(out.size(), pieces_.size() - first_);
  for (size_t i = 0; i < n; ++i) {
    const Piece& piece = pieces_[first_ + i];
    const size_t sent = i == 0 ? first_sent_ : 0;
    out[i] = {const_cast<char*>(piece.data + sent), piece.size - sent};
  }
  return n;
}

absl::string_view SendQueue::Front() const {
  US_CHECK(!empty());
  return absl::string_view(pieces_[first_].data, pieces_[first_].size).substr(first_sent_);
}

void SendQueue::Consume(size_t n) {
  US_CHECK_LE(n, bytes_);
  bytes_ -= n;
  first_sent_ += n;
  while (first_ < pieces_.size() && first_sent_ >= pieces_[first_].size) {
    first_sent_ -= pieces_[first_].size;
    pieces_[first_++].owner.reset();
  }
  if (bytes_ == 0) return Emptied();
  if (first_ < pieces_.size() / 2) return;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first_));
  first_ = 0;
}

void SendQueue::Emptied() {
  pieces_.clear();
  first_ = 0;
  if (blocks_.size() > kMostIdleBlocks) {
    blocks_.resize(kMostIdleBlocks);
    filling_ = 0;
  }
  if (!blocks_.empty()) blocks_[filling_]->used = 0;
}

}  // namespace understudy::link
