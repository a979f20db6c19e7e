#include "sip/method.h"

#include <cstddef>

namespace understudy::sip {
namespace {

constexpr absl::string_view kNames[kMethodCount] = {
    "",       "INVITE", "ACK",     "BYE",    "CANCEL",    "OPTIONS", "REGISTER", "PRACK",
    "UPDATE", "INFO",   "MESSAGE", "NOTIFY", "SUBSCRIBE", "REFER",   "PUBLISH",
};

// The only method that may be meant, by length and first letter.
Method Candidate(absl::string_view name) {
  switch (name.size()) {
    case 3:
      return name[0] == 'A' ? Method::kAck : Method::kBye;
    case 4:
      return Method::kInfo;
    case 5:
      return name[0] == 'P' ? Method::kPrack : Method::kRefer;
    case 6:
      if (name[0] == 'I') return Method::kInvite;
      if (name[0] == 'C') return Method::kCancel;
      return name[0] == 'U' ? Method::kUpdate : Method::kNotify;
    case 7:
      if (name[0] == 'O') return Method::kOptions;
      return name[0] == 'M' ? Method::kMessage : Method::kPublish;
    case 8:
      return Method::kRegister;
    case 9:
      return Method::kSubscribe;
    default:
      return Method::kUnknown;
  }
}

}  // namespace

absl::string_view MethodName(Method method) {
  return kNames[static_cast<size_t>(method)];
}

Method MethodFromName(absl::string_view name) {
  const Method candidate = Candidate(name);
  return MethodName(candidate) == name ? candidate : Method::kUnknown;
}

}  // namespace understudy::sip
