// Writing messages of a leg: what belongs to its dialog is written here, the rest is carried by the caller.
#ifndef UNDERSTUDY_ENGINE_LEG_MESSAGE_H_
#define UNDERSTUDY_ENGINE_LEG_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/dial_plan.h"
#include "sip/dialog.h"
#include "sip/writer.h"

namespace understudy::engine {

inline constexpr int kMaxForwards = 70;

// Writes our Via with that branch: the pair's service address (18.1.1, RFC 3581).
void WriteVia(Context& context, const Hop& hop, absl::string_view branch, sip::MessageWriter* writer);

// Writes our Contact on that leg: the service address, with the number of the party on its peer.
void WriteContact(Context& context, const Leg& leg, sip::MessageWriter* writer);

// Begins the text of a request inside the leg's dialog: request line, Via, Max-Forwards, Route, From, To, Call-ID
// and CSeq (12.2.1.1). It leaves by `hop`. `display` precedes the From URI when it is not empty.
sip::MessageWriter BeginLegRequest(Context& context, const Leg& leg, const Hop& hop, absl::string_view method,
                                   absl::string_view branch, uint32_t cseq, int max_forwards,
                                   absl::string_view display = {});

// Makes the request in `context.text` leave by `hop` instead: its first Via under `branch`, and our Contact.
void PointMessageAt(Context& context, const Hop& hop, absl::string_view branch);

// Where requests inside the leg's dialog go: the connection the party uses while it lives, otherwise the address of
// the first route or of the remote target, otherwise where the party was last heard. Without an address: to the name in
// it, which SendRequest looks up.
Hop LegHop(Context& context, const Leg& leg);
// The same for an ACK, which cannot wait: what is known of the name by now, or where the party was last heard.
Hop AckHop(Context& context, const Leg& leg);
// The dialog has come by a target: a name in it is looked up before it is needed.
void AskForTarget(Context& context, const Leg& leg);

// Whether it names nobody: anonymous.invalid (RFC 3323).
bool IsAnonymous(absl::string_view uri);
// That number at our address; without a number, the address alone.
std::string UriHere(const State& state, absl::string_view number);

// The caller's URI as the destination sees it: its own user part at the pair's address, but an identity that is
// not a number here (anonymous.invalid, RFC 3323) stays as it is.
std::string CallerUri(const State& state, const sip::Message& request);
// The same where a cpn of the destination stands for the caller, unless that one is anonymous.
std::string FromUri(const State& state, const Destination& destination, absl::string_view caller);

// The dialog that a request carrying `request` to `destination` begins, as its UAC.
sip::Dialog BeginDialogTo(const State& state, const sip::Message& request, const Destination& destination,
                          absl::string_view sip_call_id, absl::string_view tag);

// Hop-by-hop decrement for a carried request; -1: none left (16.3, 483).
int NextMaxForwards(const sip::Message& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_MESSAGE_H_
