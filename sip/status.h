// Status codes in words.
#ifndef UNDERSTUDY_SIP_STATUS_H_
#define UNDERSTUDY_SIP_STATUS_H_

#include "absl/strings/string_view.h"

namespace understudy::sip {

// The reason phrase that the RFCs register for `status` (100 to 699). A code without one of its own gets
// the phrase of its class (x00, RFC 3261 8.1.3.2). The text is static; "Unknown" outside 100 to 699.
absl::string_view ReasonPhrase(int status);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_STATUS_H_
