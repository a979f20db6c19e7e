// Requests that are answered without anything being kept of them: no transaction, no entry (RFC 3261 8.2.7).
//
// They come from strangers, or belong to nothing that is here; whoever makes them up must not cost us state. The front
// end asks here first (engine/admission.h); Apply asks the same, so that it refuses them too when they do reach it.
#ifndef UNDERSTUDY_ENGINE_STATELESS_H_
#define UNDERSTUDY_ENGINE_STATELESS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/input.h"
#include "engine/state.h"
#include "sip/header_name.h"

namespace understudy::engine {

// Our leg of the dialog that a message is in, by our tag and then by all that names a dialog; nullptr: none.
const Leg* FindLeg(const State& state, absl::string_view our_tag, absl::string_view their_tag,
                   absl::string_view call_id);
// The REFER that a NOTIFY is about, whose UAS may have been another than the one that has taken it (RFC 6665 4.4.1); or
// nullptr.
const SentRefer* FindRefer(const State& state, absl::string_view our_tag, absl::string_view call_id);

// The subscription that a SUBSCRIBE in its dialog is about; or nullptr.
const Subscription* FindSubscription(const State& state, const sip::Message& subscribe);

// The final response to a request, not an ACK, that matches no transaction; 0: it is none of these.
//   400  REGISTER of what is no SIP URI, Replaces where it must not stand (RFC 3891 section 3), a malformed
//        Target-Dialog
//   403  INVITE, MESSAGE or SUBSCRIBE from nobody we know, REGISTER for a number that does not register, REFER without
//        a call
//   404  REGISTER for a number that is not here
//   405  methods that are not served outside a dialog, 501 those that are not known
//   416  REGISTER with a Request-URI that is not sip:, or sips: where TLS did not bring it
//   420  REGISTER with an option that is not supported
//   481  in a dialog that is not here, or a CANCEL of nothing
int RefusalOf(const State& state, const SipReceived& request);
// What is to be said of it in the place of the status's own phrase; "": nothing.
absl::string_view ReasonOfRefusal(const State& state, const sip::Message& request, int status);

// What OPTIONS outside a dialog is answered: what an INVITE would be, were it not for the party's own will (11.2).
int OptionsStatus(const State& state, const SipReceived& request);

// What any request outside a dialog is refused for, before it is looked at (8.2.2.1, 8.2.2.3): 416, 420; 0: nothing.
// `served`: an option that may be required (UnsupportedOptions).
int RefusalOfForm(const SipReceived& request, absl::string_view served = {});

// The header field that a response with that status owes: Allow with 405 and 501 (8.2.1), Unsupported with 420.
struct OwedHeader {
  sip::HeaderName name = sip::HeaderName::kUnknown;  // none
  std::string value;
};
OwedHeader OwedWith(int status, const sip::Message& request, absl::string_view served = {});

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_STATELESS_H_
