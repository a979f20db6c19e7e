// Sending NOTIFYs.
#ifndef UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_
#define UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"

namespace understudy::engine {

// What a message in the subscription's dialog is written from; it is of no call. Its number is the subscriber's, so
// that it goes where that has registered since (leg_message.h).
Leg LegOf(const Subscription& subscription);

// Says what is so now, all of it or what is different, unless nothing is; waits if another NOTIFY is not answered yet,
// or as long as the subscriber wants none.
void NotifyNow(Context& context, Subscription& subscription);
// The last NOTIFY: `reason` as in Subscription-State (RFC 6665 4.1.3). The row is gone.
void NotifyEnd(Context& context, Subscription& subscription, absl::string_view reason);
// The row is gone, and nothing is said of it.
void Forget(Context& context, Subscription& subscription);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_
