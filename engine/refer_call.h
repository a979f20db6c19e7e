// A call that a client begins, by REFER: the phone is told to call, and what it begins is an ordinary call that answers
// the client's request (t-library.md: 7.1, option refer-enabled).
//
//   us                                        the phone
//   REFER (Refer-To: the number here, with a token)  -->
//                                        <--  202
//                                        <--  INVITE with the token: the call
//                                        <--  NOTIFY of what becomes of it, answered and read (RFC 3515)
//
// The token names the REFER. It counts once, for an INVITE of that DN to that number: with any other one, an INVITE is
// what it would be without.
#ifndef UNDERSTUDY_ENGINE_REFER_CALL_H_
#define UNDERSTUDY_ENGINE_REFER_CALL_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/cti/party.h"
#include "engine/dial_plan.h"
#include "engine/input.h"

namespace understudy::engine {

// The phone of `originator` is told to call `dialled`. `request` waits for what comes of it.
void SendRefer(Context& context, const Destination& originator, absl::string_view dialled, PendingRequest request);

// Whether that DN's phone has been told to call, and has not yet.
bool IsToldToCall(const State& state, absl::string_view number);

// The request that an INVITE of `originator` to `dialled` answers, which waits no longer; it has made `leg`. nullopt:
// none.
absl::optional<PendingRequest> TakeReferred(Context& context, const sip::Message& invite, const Dn& originator,
                                            absl::string_view dialled, LegId leg);

// The final response to a REFER, or what stands for it.
void OnReferFinal(Context& context, const ClientTransaction& ended, int status);
// NOTIFY of the subscription that a REFER has implied.
void OnReferNotify(Context& context, SentRefer& refer, const SipReceived& request);
void OnReferTimer(Context& context, const Timer& timer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REFER_CALL_H_
