// Any octets to a WebSocket, cut into pieces by the first octets: it finds the same messages in the same order and says
// the same whatever the cuts, gives no message larger than its limit, and stops for good at its end.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "daemon/net/websocket_stream.h"

namespace understudy::net {
namespace {

constexpr size_t kCuts = 4;

struct Seen {
  std::vector<std::string> messages;
  std::string output;
  bool open = false;
  WebsocketStream::Event end = WebsocketStream::Event::kNeedMore;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// The lengths of the pieces repeat.
Seen Read(absl::string_view octets, const std::vector<size_t>& lengths, const WebsocketOptions& options) {
  WebsocketStream stream(&options);
  Seen seen;
  for (size_t i = 0; !octets.empty() && seen.end == WebsocketStream::Event::kNeedMore; ++i) {
    const absl::string_view piece = octets.substr(0, lengths[i % lengths.size()]);
    octets.remove_prefix(piece.size());
    stream.Feed(piece);
    absl::string_view message;
    WebsocketStream::Event event;
    while (WebsocketStream::GoesOn(event = stream.Next(&message))) {
      if (event != WebsocketStream::Event::kMessage) continue;
      US_CHECK_LE(message.size(), options.message_octets);
      seen.messages.emplace_back(message);
    }
    seen.end = event;
    seen.output += stream.TakeOutput();
  }
  seen.open = stream.open();
  return seen;
}

void FuzzWebsocket(absl::string_view cuts, absl::string_view octets) {
  WebsocketOptions options;
  options.message_octets = 1000;
  std::vector<size_t> lengths;
  for (char cut : cuts) lengths.push_back(1 + static_cast<uint8_t>(cut));
  const Seen whole = Read(octets, {octets.size() + 1}, options);
  US_CHECK(Read(octets, lengths, options) == whole);
  US_CHECK(Read(octets, {1}, options) == whole);
}

}  // namespace
}  // namespace understudy::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size <= understudy::net::kCuts) return 0;
  understudy::net::FuzzWebsocket(bytes.substr(0, understudy::net::kCuts), bytes.substr(understudy::net::kCuts));
  return 0;
}
