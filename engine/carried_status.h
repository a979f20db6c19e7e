// Which status of a final response goes from one leg to the other.
//
// A status is carried as it came, but for those that are meant for us alone. The reports of a call keep what came.
#ifndef UNDERSTUDY_ENGINE_CARRIED_STATUS_H_
#define UNDERSTUDY_ENGINE_CARRIED_STATUS_H_

#include "absl/strings/string_view.h"
#include "sip/message.h"

namespace understudy::engine {

// 403 for 401 and 407: whoever wants credentials of us cannot have the other party's, which end here, so
// "authorization will not help" (21.4.4). In a dialog it fails the request alone (RFC 5057 5.1).
// 480 for 430, which is between an edge and the registrar: one of a phone's flows has failed (RFC 5626 11.1), and the
// caller knows of none.
// 500 for 503 and for a transport error, which counts as one (8.1.3.1): a phone that is down does not make the server
// unavailable, and the next call may go elsewhere (16.7 step 6).
int CarriedStatus(int status);

// The reason phrase to go with it: that of `response`, or empty (the usual one) when its status is not carried.
absl::string_view CarriedReason(const sip::Message& response);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CARRIED_STATUS_H_
