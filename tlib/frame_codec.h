// Frames as bytes, and back (tlib/frame.capnp).
#ifndef UNDERSTUDY_TLIB_FRAME_CODEC_H_
#define UNDERSTUDY_TLIB_FRAME_CODEC_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tlib/frame.h"

namespace understudy::tlib {

inline constexpr size_t kMostNameOctets = 255;   // of Hello and Welcome
inline constexpr size_t kMostTextOctets = 1024;  // of Goodbye

// With its length in front. A text beyond kMostNameOctets or kMostTextOctets is cut, one that is none becomes one
// (tlib/text.h). CHECKs that it is within kMaxFrame: no message is so long (kMostMessageOctets).
void AppendFrame(const Frame& frame, std::string* out);

// Without the length. The message of an EventFrame is not looked into (DecodeMessage). InvalidArgument: damaged,
// unknown, or beyond a limit; the text says what and where.
absl::StatusOr<Frame> DecodeFrame(absl::string_view segment);

// Cuts a stream into frames. Holds at most one unfinished frame.
//
//   reader.Push(octets);
//   for (;;) { auto frame = reader.Next(); if (!frame.ok()) close; if (!frame->has_value()) break; ... }
class FrameReader {
 public:
  explicit FrameReader(size_t most_octets = kMaxFrame) : most_octets_(most_octets) {}

  void Push(absl::string_view octets);
  // nullopt: more octets are needed. An error ends the stream: ResourceExhausted for one too large (before its octets
  // are here), InvalidArgument for one that DecodeFrame refuses.
  absl::StatusOr<absl::optional<Frame>> Next();
  size_t pending() const { return pending_.size() - at_; }

 private:
  const size_t most_octets_;
  std::string pending_;
  size_t at_ = 0;
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_FRAME_CODEC_H_
