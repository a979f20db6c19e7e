#include "daemon/overload/work.h"

#include "sip/header_name.h"
#include "sip/method.h"

namespace understudy::daemon {

using sip::Method;

absl::string_view WorkName(Work work) {
  switch (work) {
    case Work::kInvite:
      return "INVITE";
    case Work::kRegister:
      return "REGISTER";
    case Work::kSubscribe:
      return "SUBSCRIBE";
    case Work::kMessage:
      return "MESSAGE";
    case Work::kOptions:
      return "OPTIONS";
    case Work::kOther:
      return "other";
    case Work::kMakeCall:
      return "RequestMakeCall";
  }
  return "?";
}

absl::optional<Work> WorkOf(const sip::Message& message) {
  if (!message.is_request() || !message.to_tag().empty()) return absl::nullopt;
  switch (message.method()) {
    case Method::kAck:
    case Method::kCancel:
      return absl::nullopt;
    case Method::kInvite:
      if (message.Has(sip::HeaderName::kReplaces)) return absl::nullopt;
      return Work::kInvite;
    case Method::kRegister:
      return Work::kRegister;
    case Method::kSubscribe:
      return Work::kSubscribe;
    case Method::kMessage:
      return Work::kMessage;
    case Method::kOptions:
      return Work::kOptions;
    default:
      return Work::kOther;
  }
}

}  // namespace understudy::daemon
