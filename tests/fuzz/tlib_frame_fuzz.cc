// Any octets as what a client's link carries: a stream of frames, a message, a message as JSON. Each is an error, or a
// value that is the same value after encoding and decoding again; and any message is judged by the rules of requests.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "tlib/frame_codec.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"
#include "tlib/request_rules.h"

namespace understudy::tlib {
namespace {

void TryMessage(const Message& message) {
  const SharedBytes bytes = EncodeMessage(message);
  absl::StatusOr<Message> decoded = DecodeMessage(bytes.view());
  US_CHECK(decoded.ok());
  US_CHECK(*decoded == message);
  US_CHECK(EncodeMessage(*decoded) == bytes);
  absl::StatusOr<Message> read = FromJson(ToJson(message));
  US_CHECK(read.ok());
  US_CHECK(*read == message);
  CheckRequest(message);
}

void TryFrame(const Frame& frame) {
  std::string bytes;
  AppendFrame(frame, &bytes);
  FrameReader reader;
  reader.Push(bytes);
  absl::StatusOr<absl::optional<Frame>> again = reader.Next();
  US_CHECK(again.ok());
  US_CHECK(again->has_value());
  US_CHECK(**again == frame);
  US_CHECK_EQ(reader.pending(), 0u);
  if (const auto* request = std::get_if<RequestFrame>(&frame)) TryMessage(request->message);
}

// Counts the frames up to the first error, or the end.
size_t TakeFrames(FrameReader* reader) {
  for (size_t count = 0;; ++count) {
    absl::StatusOr<absl::optional<Frame>> frame = reader->Next();
    if (!frame.ok() || !frame->has_value()) return count;
    TryFrame(**frame);
  }
}

// What comes of a stream does not depend on where it was cut.
void TryStream(absl::string_view stream) {
  FrameReader whole;
  whole.Push(stream);
  FrameReader pieces;
  pieces.Push(stream.substr(0, stream.size() / 2));
  size_t count = TakeFrames(&pieces);
  pieces.Push(stream.substr(stream.size() / 2));
  count += TakeFrames(&pieces);
  US_CHECK_EQ(count, TakeFrames(&whole));
}

}  // namespace
}  // namespace understudy::tlib

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlib = understudy::tlib;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  tlib::TryStream(bytes);
  if (absl::StatusOr<tlib::Frame> frame = tlib::DecodeFrame(bytes); frame.ok()) tlib::TryFrame(*frame);
  if (absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(bytes); message.ok()) tlib::TryMessage(*message);
  if (absl::StatusOr<tlib::Message> message = tlib::FromJson(bytes); message.ok()) tlib::TryMessage(*message);
  return 0;
}
