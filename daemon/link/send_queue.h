// Bytes that wait to be sent, as the pieces that one system call takes.
//
//   queue.Append(bytes);                     // copied into blocks that are used again
//   queue.AppendShared(owner, batch.bytes()) // not copied: `owner` keeps the bytes until they have left
//   iovec vectors[64];
//   size_t n = queue.Gather(absl::MakeSpan(vectors));
//   queue.Consume(sendmsg(...));
//
// No allocation once it has been as long as it gets. One thread.
#ifndef UNDERSTUDY_DAEMON_LINK_SEND_QUEUE_H_
#define UNDERSTUDY_DAEMON_LINK_SEND_QUEUE_H_

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace understudy::link {

class SendQueue {
 public:
  void Append(absl::string_view bytes);
  void AppendShared(std::shared_ptr<const void> owner, absl::string_view bytes);

  size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

  // The first pieces, as many as there are or `out` takes.
  size_t Gather(absl::Span<iovec> out) const;
  // The first piece; the queue is not empty.
  absl::string_view Front() const;

  // `n` bytes have left.
  void Consume(size_t n);

  void Clear() { Consume(bytes_); }

 private:
  static constexpr size_t kBlockBytes = 64 << 10;
  static constexpr size_t kMostIdleBlocks = 64;

  struct Block {
    char bytes[kBlockBytes];
    size_t used = 0;
  };
  struct Piece {
    const char* data;
    size_t size;
    std::shared_ptr<const void> owner;
  };

  void NextBlock();
  void Emptied();

  std::vector<Piece> pieces_;
  size_t first_ = 0;       // of pieces_ that has not left
  size_t first_sent_ = 0;  // bytes of it that have
  size_t bytes_ = 0;
  std::vector<std::shared_ptr<Block>> blocks_;  // a ring in the order of use
  size_t filling_ = 0;                          // index of the one that is being filled
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_SEND_QUEUE_H_
