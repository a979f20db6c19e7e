// SUBSCRIBE (RFC 6665), and the NOTIFYs that follow it.
//
// An Extension or a Trunk may subscribe to the packages of event_package.h about any DN but a Trunk; to its contacts
// only it itself or a Trunk. One NOTIFY at a time waits for its answer: what changes meanwhile is in the next one. One
// that was not taken for now is said again, as it is then, after Retry-After or 32 s, when something changes, or when
// its subscriber registers.
#ifndef UNDERSTUDY_ENGINE_EVENTS_SUBSCRIBE_H_
#define UNDERSTUDY_ENGINE_EVENTS_SUBSCRIBE_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// Outside a dialog, from a DN that we know; and inside the dialog of a subscription.
void OnSubscribe(Context& context, const SipReceived& request);
void OnSubscribeAgain(Context& context, Subscription& subscription, const SipReceived& request);

void OnSubscriptionTimer(Context& context, const Timer& timer);
void OnNotifyAgainTimer(Context& context, const Timer& timer);
// The answer to a NOTIFY, or 408 and the like where there was none.
void OnEventNotifyFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);
// A phone of that DN has registered: what its subscriptions have not been told, because it was not there, they are.
void TellReturned(Context& context, absl::string_view number);

// What that package tells of the DN is different now; its subscribers hear it at the end of the entry. Of calls nobody
// need say it.
void NoteChange(Context& context, EventPackage package, absl::string_view number);
// A contact of that DN has ended: who subscribes to package reg hears how.
void NoteEnded(Context& context, absl::string_view number, const EndedContact& ended);
// At the end of an entry: NOTIFYs of what has changed, of the calls that it has touched, too.
void TellSubscribers(Context& context);
// After a change of the configuration: subscriptions about DNs, or of DNs, that are no more.
void EndSubscriptionsOfRemovedDns(Context& context);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_SUBSCRIBE_H_
