// Cuts a stream of bytes into frames, many a read, without a copy for most and without an allocation for any once the
// buffer has its size.
//
//   absl::Span<char> space = reader.Space();
//   reader.Commit(recv(fd, space.data(), space.size(), 0));
//   while (reader.Next(&frame) == FrameReader::Outcome::kFrame) Use(frame);
//
// The buffer grows as bytes come, not as lengths claim. One thread.
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_READER_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace understudy::link {

class FrameReader {
 public:
  struct Frame {
    uint16_t type = 0;
    absl::string_view payload;  // starts on an 8-byte boundary; valid until the next call of Space
  };
  enum class Outcome { kFrame, kNeedMore, kBroken };

  FrameReader();

  // Where the next bytes go: 64 KiB or more.
  absl::Span<char> Space();
  void Commit(size_t n);

  // kBroken: this is no stream of frames; error() says why, now and for ever.
  Outcome Next(Frame* frame);
  const absl::Status& error() const { return error_; }

  // Bytes of frames not yet given.
  size_t buffered() const { return end_ - start_; }

 private:
  Outcome Break(const absl::Status& why);
  void MakeRoom();

  std::unique_ptr<uint64_t[]> words_;
  char* bytes_ = nullptr;
  size_t capacity_ = 0;
  size_t start_ = 0;
  size_t end_ = 0;
  absl::Status error_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_READER_H_
