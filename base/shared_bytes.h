// Immutable bytes with a count of owners: the state keeps a message for its retransmission while the outbox
// keeps the same message for its release, and neither copies it.
//
// One allocation a value. Copies are cheap. The count is not atomic: all owners live on one thread.
// Compares by content.
#ifndef UNDERSTUDY_BASE_SHARED_BYTES_H_
#define UNDERSTUDY_BASE_SHARED_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/check.h"

namespace understudy {

class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(absl::string_view bytes) {
    if (bytes.empty()) return;
    block_ = static_cast<Block*>(std::malloc(sizeof(Block) + bytes.size()));
    US_CHECK(block_ != nullptr);
    block_->owners = 1;
    block_->size = static_cast<uint32_t>(bytes.size());
    std::memcpy(block_ + 1, bytes.data(), bytes.size());
  }
  SharedBytes(const SharedBytes& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->owners;
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() {
    if (block_ != nullptr) Release(block_);
  }

  absl::string_view view() const {
    if (block_ == nullptr) return {};
    return {reinterpret_cast<const char*>(block_ + 1), block_->size};
  }
  bool empty() const { return block_ == nullptr; }
  size_t size() const { return block_ == nullptr ? 0 : block_->size; }

  friend bool operator==(const SharedBytes& a, const SharedBytes& b) {
    return a.block_ == b.block_ || a.view() == b.view();
  }

 private:
  struct Block {
    uint32_t owners;
    uint32_t size;
  };
  // Not inlined: g++ 12 cannot follow the count, and warns of a use after free.
  [[gnu::noinline]] static void Release(Block* block) {
    if (--block->owners == 0) std::free(block);
  }
  Block* block_ = nullptr;
};

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_SHARED_BYTES_H_
