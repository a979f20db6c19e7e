#include "daemon/net/traffic.h"

namespace understudy::net {

absl::string_view SendFailureName(SendFailure why) {
  switch (why) {
    case SendFailure::kFlowGone:
      return "flow-gone";
    case SendFailure::kNoListener:
      return "no-listener";
    case SendFailure::kQueueFull:
      return "queue-full";
    case SendFailure::kUnreachable:
      return "unreachable";
    case SendFailure::kTooLarge:
      return "too-large";
    case SendFailure::kConnectFailed:
      return "connect-failed";
  }
  return "?";
}

absl::string_view FlowEndName(FlowEnd why) {
  switch (why) {
    case FlowEnd::kPeerClosed:
      return "peer-closed";
    case FlowEnd::kPeerReset:
      return "peer-reset";
    case FlowEnd::kIdle:
      return "idle";
    case FlowEnd::kUnframeable:
      return "unframeable";
    case FlowEnd::kHalfMessage:
      return "half-message";
    case FlowEnd::kStalled:
      return "stalled";
    case FlowEnd::kConnectFailed:
      return "connect-failed";
    case FlowEnd::kOurs:
      return "ours";
    case FlowEnd::kSilent:
      return "silent";
    case FlowEnd::kQuarantined:
      return "quarantined";
    case FlowEnd::kTlsFailed:
      return "tls-failed";
    case FlowEnd::kTlsSilent:
      return "tls-silent";
    case FlowEnd::kNoWebsocket:
      return "no-websocket";
    case FlowEnd::kShutOut:
      return "shut-out";
  }
  return "?";
}

}  // namespace understudy::net
