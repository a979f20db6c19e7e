// Transactions and timers of the state by the names that the RFCs give them.
#ifndef UNDERSTUDY_TOOLS_TRANSACTION_VIEW_H_
#define UNDERSTUDY_TOOLS_TRANSACTION_VIEW_H_

#include <string>

#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "engine/state.h"

namespace understudy::tools {

// "12 INVITE Proceeding".
boost::json::string OneTransaction(const engine::State& state, engine::TransactionId id);

// A flat object for each live transaction.
boost::json::array AllTransactions(const engine::State& state);

absl::string_view TimerKindName(engine::TimerKind kind);

// The leg whose timer it is, or whose transaction's; nullptr: of none.
const engine::Leg* LegOf(const engine::State& state, const engine::Timer& timer);

// Whether it is a timer of the call, or of one of its legs.
bool BelongsToCall(const engine::State& state, const engine::Timer& timer, engine::CallId call);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_TRANSACTION_VIEW_H_
