// Who calls, and where a number leads.
#ifndef UNDERSTUDY_ENGINE_DIAL_PLAN_H_
#define UNDERSTUDY_ENGINE_DIAL_PLAN_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/hop.h"
#include "engine/input.h"
#include "engine/state.h"
#include "engine/trunks/trunk_choice.h"

namespace understudy::engine {

// The DN that a request comes from: the Trunk whose contact is its source, otherwise the DN that its From names.
// nullptr: nobody we know.
const Dn* FindOriginator(const State& state, const SipReceived& request);

// The user part of a Request-URI, unescaped.
std::string Dialled(const sip::Message& request);
// Likewise of any URI; "": it has none.
std::string NumberOfUri(absl::string_view uri);

struct Destination {
  int status = 0;       // 0: reachable; otherwise the final response that says why not
  std::string number;   // DN of the party: the Trunk's for a call through a Trunk
  std::string dialled;  // user part that goes out, escaped
  std::string request_uri;
  std::vector<std::string> path;  // proxies on the way (RFC 3327)
  Hop hop;                        // without an address where `host` is a name
  BindingId binding;              // the registered contact that it is; none: it is another place
  std::string host;               // of the contact, with its port
  Duration no_answer_timeout;
  std::string device;                     // DN of the Trunk or softswitch on the way; "": there is none
  std::string wanted;                     // the number that was looked for
  std::string cpn;                        // the number that calls; "": the caller's own
  std::vector<std::string> forwarded_by;  // DNs that have sent the call on to here, the last one first
  bool alone = false;                     // of the DN's contacts this one rings and no other
};

// The DN of that number; without one, a Trunk with a prefix of it (engine/trunks/trunk_choice.h). 404: neither; 480:
// nobody registered, or out of service; 482: it would come back to us; 503: its Trunks or softswitches are all out of
// service, full, or at rest.
Destination FindDestination(const State& state, absl::string_view dialled, Place place = Place::kNone);

// Another way for a call to `wanted` that is to reach `number`, a DN or a Trunk, but by none of the devices `tried`.
// 404: there is none.
Destination FindAlternative(const State& state, absl::string_view number, absl::string_view wanted,
                            absl::Span<const std::string> tried);

// Where messages to the device itself go, without a number: to all contacts of an Extension. Empty: nowhere.
std::vector<Destination> FindDevices(const State& state, const Dn& dn);

// The same for a call, which goes where the DN forwards calls to, and from there on, ten times at most (then 482).
// 486: the DN wants no calls. Forwarding comes first.
Destination FindCallDestination(const State& state, absl::string_view dialled);

// Whether a request can go there: to a browser only while it is connected, and never to ourselves.
bool IsReachable(const State& state, const Binding& binding);
// The registered contacts of a DN that can be reached: in the order in which they are called. `over_tls`: only those to
// which the next hop is encrypted.
std::vector<const Binding*> ContactsOf(const State& state, const Dn& dn, bool over_tls = false);
// That registered contact of the DN: by its connection, flow or Path; otherwise by its name, where the DN's are looked
// up and no request-uri stands in its place.
Destination DestinationAt(const State& state, const Dn& dn, const Binding& binding);
// The phone that `leg` is with, where the DN has several; unchanged, where it is none of them.
void StayAtPhone(const State& state, const Leg& leg, Destination* destination);

// A request for a sips URI goes to the first contact that is reached over TLS; unchanged, where the DN has none.
void TurnToTls(const State& state, Destination* destination);
// Whether the INVITE of `caller`, which waits for its answer, was for a sips URI.
inline bool WantsTls(const Leg& caller) {
  return caller.dialog.secure && !caller.server_invite.empty();
}
// Whether a request for a sips URI would go there over a hop that is not encrypted (26.2.2, RFC 5630 section 3.1.3):
// then 480, and why.
bool BreaksSips(const sip::Message& request, const Destination& destination);
inline constexpr absl::string_view kSipsNotAllowed = "380 understudy \"SIPS Not Allowed\"";

// The To of a request that goes there.
std::string ToUri(const Destination& destination);

// Whether a request that still waits for its answer comes back to be sent once more where it has been sent already
// (16.3): one of its Vias is that of a waiting request of ours. As our own requests begin with our Via alone, the Vias
// of the request that such a one carries on count too, and so forth. A DN that rings at its contacts has been called
// whichever of them it comes from (RFC 5393 section 4). Under another number it is a spiral, and goes through;
// Max-Forwards ends what goes on and on.
bool ComesBack(const State& state, const sip::Message& request, const Destination& destination);
// The same of a request that has been taken.
bool ComesBack(const State& state, const ServerTransaction& request, const Destination& destination);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_DIAL_PLAN_H_
