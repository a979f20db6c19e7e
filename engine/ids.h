// Identities of the rows in the state. All but FlowId and LinkId are handed out by the engine, one per statement.
#ifndef UNDERSTUDY_ENGINE_IDS_H_
#define UNDERSTUDY_ENGINE_IDS_H_

#include "base/strong_id.h"

namespace understudy::engine {

struct CallIdTag {};
struct LegIdTag {};
struct TransactionIdTag {};
struct TimerIdTag {};
struct BindingIdTag {};
struct FlowIdTag {};
struct LinkIdTag {};
struct SessionIdTag {};
struct ReferIdTag {};
struct SubscriptionIdTag {};
struct DeviceIdTag {};
struct NameIdTag {};

using CallId = StrongId<CallIdTag>;
using LegId = StrongId<LegIdTag>;
using TransactionId = StrongId<TransactionIdTag>;
using TimerId = StrongId<TimerIdTag>;
using BindingId = StrongId<BindingIdTag>;

// A connection of the node that is primary in the present epoch, numbered by that node. 0: no connection (UDP).
using FlowId = StrongId<FlowIdTag>;

// Likewise a client's link to that node. 0: none.
using LinkId = StrongId<LinkIdTag>;
// A client's session; outlives its links.
using SessionId = StrongId<SessionIdTag>;

// A REFER that we have sent.
using ReferId = StrongId<ReferIdTag>;

// A subscription that we have accepted.
using SubscriptionId = StrongId<SubscriptionIdTag>;

// What is known of a DN's device.
using DeviceId = StrongId<DeviceIdTag>;
// A name of servers.
using NameId = StrongId<NameIdTag>;

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_IDS_H_
