// Frames to and from what a connection carries: the stream of tlib/frame_codec.h, or one JSON text a frame.
//
//   WireReader reader(connection->wire());
//   reader.Push(octets);
//   for (;;) { auto frame = reader.Next(); if (!frame.ok()) close; if (!frame->has_value()) break; ... }
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_WIRE_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_WIRE_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "daemon/cti/client_connection.h"
#include "tlib/frame.h"
#include "tlib/frame_codec.h"

namespace understudy::daemon {

class WireReader {
 public:
  explicit WireReader(ClientWire wire) : wire_(wire) {}

  void Push(absl::string_view octets);
  // nullopt: more is needed. An error ends it: ResourceExhausted for what is too large, InvalidArgument for no frame.
  absl::StatusOr<absl::optional<tlib::Frame>> Next();
  // Octets of an unfinished frame.
  size_t pending() const { return frames_.pending(); }

 private:
  const ClientWire wire_;
  tlib::FrameReader frames_;
  std::deque<std::string> texts_;
};

// As the wire has it; appended.
void AppendToWire(ClientWire wire, const tlib::Frame& frame, std::string* out);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_WIRE_H_
