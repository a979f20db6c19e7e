// A session description with every stream inactive: the one change that the engine makes to what parties say of their
// sessions (RFC 3264 8.4). Pure.
//
//   HeldSession(leg.session.view(), 1)     // ports and formats stay, a=inactive everywhere
#ifndef UNDERSTUDY_ENGINE_HELD_SESSION_H_
#define UNDERSTUDY_ENGINE_HELD_SESSION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace understudy::engine {

// `rewrites` is added to the version in o=, for who gets it may have had this session before (RFC 3264 8). What does
// not parse comes back as it is.
std::string HeldSession(absl::string_view session, uint32_t rewrites);

// Whether who says so wants to hear nothing (sip/sdp.h: IsHold). False: it does not parse.
bool IsHeld(absl::string_view session);

// Only the version is another.
std::string LaterSession(absl::string_view session, uint32_t rewrites);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_HELD_SESSION_H_
