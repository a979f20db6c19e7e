// Who calls, and where a number leads.
#ifndef UNDERSTUDY_ENGINE_DIAL_PLAN_H_
#define UNDERSTUDY_ENGINE_DIAL_PLAN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/hop.h"
#include "engine/input.h"
#include "engine/state.h"

namespace understudy::engine {

// The DN that a request comes from: the Trunk whose contact is its source, otherwise the DN that its From names.
// nullptr: nobody we know.
const Dn* FindOriginator(const State& state, const SipReceived& request);

// The user part of a Request-URI, unescaped.
std::string Dialled(const sip::Message& request);

struct Destination {
  int status = 0;       // 0: reachable; otherwise the final response that says why not
  std::string number;   // DN of the party: the Trunk's for a call through a Trunk
  std::string dialled;  // user part that goes out, escaped
  std::string request_uri;
  Hop hop;
  Duration no_answer_timeout;
};

// The DN of that number; without one, the Trunk with the longest prefix of it. 404: neither; 480: nobody registered;
// 482: it would come back to us.
Destination FindDestination(const State& state, absl::string_view dialled);

// Whether a request that we have sent, and that still waits for its answer, comes back: one of its Vias is that
// request's. It may have got another Request-URI on its way (a spiral, 16.3); as our own requests begin with our Via
// alone, a loop over two of our numbers looks like that too, so both end here.
bool ComesBack(const State& state, const sip::Message& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_DIAL_PLAN_H_
