// CSeq (RFC 3261 20.16) and RAck (RFC 3262 7.2).
#ifndef UNDERSTUDY_SIP_CSEQ_H_
#define UNDERSTUDY_SIP_CSEQ_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sip/method.h"

namespace understudy::sip {

struct CSeq {
  uint32_t number = 0;  // below 2^31 (RFC 3261 8.1.1.5)
  Method method = Method::kUnknown;
  absl::string_view method_text;
};

struct RAck {
  uint32_t rseq = 0;  // the RSeq that is acknowledged, 1 to 2^32 - 1
  CSeq cseq;
};

// False: malformed or out of range.
bool ParseCSeq(absl::string_view text, CSeq* out);
bool ParseRAck(absl::string_view text, RAck* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_CSEQ_H_
