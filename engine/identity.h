// Who is said to speak: P-Asserted-Identity (RFC 3325) and the privacy that its owner asks for (RFC 3323).
//
// A DN with enforce-trusted is in the trust domain. What others assert is not believed, and what is asserted goes to
// others only where its owner has not asked for privacy: `Privacy: id`. P-Preferred-Identity is for the first server
// and ends here. The server asserts nothing itself.
#ifndef UNDERSTUDY_ENGINE_IDENTITY_H_
#define UNDERSTUDY_ENGINE_IDENTITY_H_

#include "absl/strings/string_view.h"
#include "engine/carried_headers.h"
#include "engine/state.h"
#include "sip/message.h"

namespace understudy::engine {

// Of a message of DN `from` that is carried to DN `to`.
Asserted AssertedBetween(const State& state, const sip::Message& message, absl::string_view from, absl::string_view to);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_IDENTITY_H_
