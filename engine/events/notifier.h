// Sending NOTIFYs.
#ifndef UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_
#define UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"

namespace understudy::engine {

// Says what is so now, all of it or what is different, unless nothing is; waits if another NOTIFY is not answered yet.
void NotifyNow(Context& context, Subscription& subscription);
// The last NOTIFY: `reason` as in Subscription-State (RFC 6665 4.1.3). The row is gone.
void NotifyEnd(Context& context, Subscription& subscription, absl::string_view reason);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_NOTIFIER_H_
