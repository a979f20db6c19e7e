#include "daemon/cti/client_wire.h"

#include "base/check.h"

namespace understudy::daemon {

void WireReader::Push(absl::string_view octets) {
  frames_.Push(octets);
}

absl::StatusOr<absl::optional<tlib::Frame>> WireReader::Next() {
  US_CHECK(wire_ == ClientWire::kFrames);
  return frames_.Next();
}

void AppendToWire(ClientWire wire, const tlib::Frame& frame, std::string* out) {
  US_CHECK(wire == ClientWire::kFrames);
  tlib::AppendFrame(frame, out);
}

}  // namespace understudy::daemon
