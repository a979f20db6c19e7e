#include "daemon/cti/client_wire.h"

#include <utility>

#include "daemon/cti/frame_json.h"

namespace understudy::daemon {

void WireReader::Push(absl::string_view octets) {
  if (wire_ == ClientWire::kFrames) return frames_.Push(octets);
  texts_.emplace_back(octets);
}

absl::StatusOr<absl::optional<tlib::Frame>> WireReader::Next() {
  if (wire_ == ClientWire::kFrames) return frames_.Next();
  if (texts_.empty()) return absl::optional<tlib::Frame>();
  const std::string text = std::move(texts_.front());
  texts_.pop_front();
  absl::StatusOr<tlib::Frame> frame = FrameFromJson(text);
  if (!frame.ok()) return frame.status();
  return absl::optional<tlib::Frame>(*std::move(frame));
}

void AppendToWire(ClientWire wire, const tlib::Frame& frame, std::string* out) {
  if (wire == ClientWire::kFrames) return tlib::AppendFrame(frame, out);
  out->append(FrameToJson(frame));
}

}  // namespace understudy::daemon
