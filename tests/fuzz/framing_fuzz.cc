// Any octets as a stream, cut into pieces by the first octets: the framer finds the same messages and pings in the
// same order whatever the cuts, holds no more than its bound, and stops for good at the first error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/framing.h"

namespace understudy::sip {
namespace {

constexpr size_t kCuts = 4;

struct Seen {
  StreamFramer::Event event;
  std::string message;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// Takes events until the framer needs more. False after an error.
bool Drain(StreamFramer* framer, std::vector<Seen>* seen) {
  for (;;) {
    StreamFramer::Frame frame;
    const StreamFramer::Event event = framer->Next(&frame);
    if (event == StreamFramer::Event::kNeedMore) return true;
    if (event == StreamFramer::Event::kError) {
      US_CHECK(frame.error != ParseErrorKind::kNone);
      US_CHECK(framer->Next(&frame) == StreamFramer::Event::kError);
      seen->push_back({event, std::string()});  // how much of the broken message is there depends on the cuts
      return false;
    }
    seen->push_back({event, std::string(frame.message)});
  }
}

// The lengths of the pieces repeat.
std::vector<Seen> Frames(absl::string_view stream, const std::vector<size_t>& lengths, const ParseLimits& limits) {
  StreamFramer framer(limits);
  std::vector<Seen> seen;
  for (size_t i = 0; !stream.empty(); ++i) {
    const absl::string_view piece = stream.substr(0, lengths[i % lengths.size()]);
    stream.remove_prefix(piece.size());
    US_CHECK(framer.Feed(piece));
    if (!Drain(&framer, &seen)) return seen;
    US_CHECK_LE(framer.buffered(), limits.message_octets + StreamFramer::kMaxFeed);
  }
  return seen;
}

void FuzzStream(absl::string_view cuts, absl::string_view stream) {
  ParseLimits limits;
  limits.message_octets = 4096;
  std::vector<size_t> lengths;
  for (char cut : cuts) lengths.push_back(1 + static_cast<uint8_t>(cut));
  const std::vector<Seen> whole = Frames(stream, {StreamFramer::kMaxFeed}, limits);
  US_CHECK(Frames(stream, lengths, limits) == whole);
  US_CHECK(Frames(stream, {1}, limits) == whole);
}

}  // namespace
}  // namespace understudy::sip

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size <= understudy::sip::kCuts) return 0;
  understudy::sip::FuzzStream(bytes.substr(0, understudy::sip::kCuts), bytes.substr(understudy::sip::kCuts));
  return 0;
}
