// A request from the network: which handler it belongs to (RFC 3261 8.2, 12.2.2, 17.2.3).
#ifndef UNDERSTUDY_ENGINE_REQUEST_H_
#define UNDERSTUDY_ENGINE_REQUEST_H_

#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

void OnRequest(Context& context, const SipReceived& request);

// Refuses a request for which nothing else is to be done: begins its transaction and ends it with `status`.
void Refuse(Context& context, const SipReceived& request, int status, sip::HeaderName extra = sip::HeaderName::kUnknown,
            absl::string_view value = {});

// The same, with a reason phrase that says what is wrong.
void RefuseSaying(Context& context, const SipReceived& request, int status, absl::string_view reason);

// The leg whose dialog the message is in, by the tag of ours and then by all that names a dialog; nullptr: none.
Leg* FindDialog(State& state, absl::string_view our_tag, absl::string_view their_tag, absl::string_view call_id);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REQUEST_H_
