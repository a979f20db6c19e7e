// Which requests must be signed, and with whose password. RFC 3261 22.1.
//
// What begins something is signed by the DN it comes from: REGISTER by the DN it is for, others by their originator.
// ACK and CANCEL cannot be challenged, and what is in a dialog has shown by its tags who sends it. The front end checks
// the password and puts the verdict into the entry; Apply looks at the verdict alone.
#ifndef UNDERSTUDY_ENGINE_AUTHENTICATION_H_
#define UNDERSTUDY_ENGINE_AUTHENTICATION_H_

#include "engine/input.h"
#include "engine/state.h"

namespace understudy::engine {

// The DN whose password `request` must be signed with; nullptr: none.
const Dn* AuthenticationOwed(const State& state, const SipReceived& request);

// It must be signed, and was not, or with another's password.
bool LacksAuthentication(const State& state, const SipReceived& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_AUTHENTICATION_H_
