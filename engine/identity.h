// Who is said to speak: P-Asserted-Identity (RFC 3325) and the privacy that its owner asks for (RFC 3323).
//
// A DN with enforce-trusted is in the trust domain. What others assert is not believed, and what is asserted goes to
// others only where its owner has not asked for privacy: `Privacy: id`. P-Preferred-Identity is for the first server
// and ends here. The server asserts nothing itself but the cpn of a Trunk, which is its own number there.
#ifndef UNDERSTUDY_ENGINE_IDENTITY_H_
#define UNDERSTUDY_ENGINE_IDENTITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/carried_headers.h"
#include "engine/context.h"
#include "engine/leg.h"
#include "sip/message.h"
#include "sip/writer.h"

namespace understudy::engine {

// Of a message of DN `from` that is carried to DN `to`.
Asserted AssertedBetween(const State& state, const sip::Message& message, absl::string_view from, absl::string_view to);

// Of a request of DN `from` that begins something with DN `to`. Writes what is asserted instead where `cpn` stands for
// the caller.
Asserted AssertOf(Context& context, const sip::Message& message, absl::string_view from, absl::string_view to,
                  absl::string_view cpn, sip::MessageWriter* writer);
// Of a message of DN `from` that is carried to `to` inside their conversation: where it would assert something, and a
// cpn stands for who calls, that is written instead.
Asserted AssertWithin(Context& context, const sip::Message& message, absl::string_view from, const Leg& to,
                      sip::MessageWriter* writer);
// The same of an INVITE of our own.
void AssertCpn(Context& context, const Leg& to, sip::MessageWriter* writer);

// Whom the INVITE of DN `from` asserts, as far as that is believed, and what is written of it when the call goes on by
// another Trunk: `invite` is what the Trunk of before was sent, which has learnt less, perhaps.
std::string AssertedBy(const State& state, const sip::Message& message, absl::string_view from);
void AssertAgain(Context& context, const sip::Message& invite, const Leg& to, sip::MessageWriter* writer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_IDENTITY_H_
