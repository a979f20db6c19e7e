// Who is said to speak: P-Asserted-Identity (RFC 3325) and the privacy that its owner asks for (RFC 3323).
//
// A DN with enforce-trusted is in the trust domain. What others assert is not believed, and what is asserted goes to
// others only where its owner has not asked for privacy: `Privacy: id`. P-Preferred-Identity is for the first server
// and ends here. The server asserts nothing itself but the cpn of a Trunk, which is its own number there.
#ifndef UNDERSTUDY_ENGINE_IDENTITY_H_
#define UNDERSTUDY_ENGINE_IDENTITY_H_

#include "absl/strings/string_view.h"
#include "engine/carried_headers.h"
#include "engine/context.h"
#include "engine/leg.h"
#include "sip/message.h"
#include "sip/writer.h"

namespace understudy::engine {

// Of a message of DN `from` that is carried to DN `to`.
Asserted AssertedBetween(const State& state, const sip::Message& message, absl::string_view from, absl::string_view to);

// Of an INVITE that goes out on `to`, which carries that of DN `from`. Writes what is asserted instead where `to` goes
// through a Trunk with a cpn.
Asserted AssertOf(Context& context, const sip::Message& message, absl::string_view from, const Leg& to,
                  sip::MessageWriter* writer);
// The same of a request that makes no leg.
Asserted AssertOf(Context& context, const sip::Message& message, absl::string_view from, absl::string_view to,
                  absl::string_view cpn, sip::MessageWriter* writer);
// Of a message of DN `from` that is carried to `to` inside their conversation: where it would assert something, and a
// cpn stands for who calls, that is written instead.
Asserted AssertWithin(Context& context, const sip::Message& message, absl::string_view from, const Leg& to,
                      sip::MessageWriter* writer);
// Whether an INVITE's is such: then what the INVITE asserts is no word of the caller's.
bool HasCpn(const State& state, const Leg& to);
// The same of an INVITE of our own.
void AssertCpn(Context& context, const Leg& to, sip::MessageWriter* writer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_IDENTITY_H_
