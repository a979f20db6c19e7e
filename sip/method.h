// The methods that the server knows by name. RFC 3261 7.1: a method is a case-sensitive token, so anything
// else is kUnknown and keeps its text beside it.
#ifndef UNDERSTUDY_SIP_METHOD_H_
#define UNDERSTUDY_SIP_METHOD_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy::sip {

enum class Method : uint8_t {
  kUnknown,
  kInvite,
  kAck,
  kBye,
  kCancel,
  kOptions,
  kRegister,
  kPrack,      // RFC 3262
  kUpdate,     // RFC 3311
  kInfo,       // RFC 6086
  kMessage,    // RFC 3428
  kNotify,     // RFC 6665
  kSubscribe,  // RFC 6665
  kRefer,      // RFC 3515
  kPublish,    // RFC 3903
};

inline constexpr int kMethodCount = 15;

// "INVITE" and so on; empty for kUnknown. The text is static.
absl::string_view MethodName(Method method);

// kUnknown for every text that is not exactly one of the names.
Method MethodFromName(absl::string_view name);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_METHOD_H_
