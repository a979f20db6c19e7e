// Refer-To and Referred-By of a request (RFC 3515 2.1, RFC 3892 3): whom to call, and who wants it.
//
//   ReferTo refer_to;
//   if (const ReferToFault fault = ReadReferTo(message, &refer_to); fault != ReferToFault::kNone) ...
//
// Of the header fields that the URI wants in the INVITE only Replaces is taken (RFC 3261 19.1.5: the rest would let
// anybody write into our requests).
#ifndef UNDERSTUDY_SIP_REFER_TO_H_
#define UNDERSTUDY_SIP_REFER_TO_H_

#include <cstddef>
#include <string>

#include "sip/message.h"
#include "sip/name_addr.h"
#include "sip/uri.h"

namespace understudy::sip {

struct ReferTo {
  Uri uri;               // sip:
  std::string replaces;  // value for a header field Replaces, unescaped; "": the URI has none
};

enum class ReferToFault {
  kNone,
  kNotOne,     // none, or more than one (RFC 3515 2.4.2)
  kMalformed,  // no name-addr, no URI, or a Replaces that is none
  kScheme,     // not sip:
  kMethod,     // anything but an INVITE is wanted
};

// `message` must outlive `out`.
ReferToFault ReadReferTo(const Message& message, ReferTo* out);

// Octets of Referred-By; what is longer is malformed.
inline constexpr size_t kMostReferredBy = 1024;

// False: malformed, or more than one. Without the field `out` is empty.
bool ReadReferredBy(const Message& message, NameAddr* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_REFER_TO_H_
