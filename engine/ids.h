// Identities of the rows in the state. All but FlowId are handed out by the engine, one per statement.
#ifndef UNDERSTUDY_ENGINE_IDS_H_
#define UNDERSTUDY_ENGINE_IDS_H_

#include "base/strong_id.h"

namespace understudy::engine {

struct CallIdTag {};
struct TransactionIdTag {};
struct TimerIdTag {};
struct BindingIdTag {};
struct FlowIdTag {};

using CallId = StrongId<CallIdTag>;
using TransactionId = StrongId<TransactionIdTag>;
using TimerId = StrongId<TimerIdTag>;
using BindingId = StrongId<BindingIdTag>;

// A connection of the node that is primary in the present epoch, numbered by that node. 0: no connection (UDP).
using FlowId = StrongId<FlowIdTag>;

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_IDS_H_
