// Parts of the engine's state as JSON values, for people and programs. Secrets are masked.
#ifndef UNDERSTUDY_TOOLS_STATE_VIEW_H_
#define UNDERSTUDY_TOOLS_STATE_VIEW_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "engine/effect.h"
#include "engine/state.h"
#include "tools/calls/call_name.h"

namespace understudy::tools {

struct ShowRequest {
  enum class What { kCall, kDn, kCalls, kRegistrations, kTransactions, kSessions, kSession, kSubscriptions, kEffects };
  What what = What::kCalls;
  CallName call;         // kCall
  uint64_t session = 0;  // kSession
  std::string number;    // kDn
};

// "call" and a call's name, "session" and an id, "dn" and a number, or "calls", "registrations", "transactions",
// "sessions", "subscriptions", "effects". InvalidArgument, with what is allowed.
absl::StatusOr<ShowRequest> ParseShow(absl::string_view what, absl::string_view which);

// An object, or an array of flat objects. `effects`: of the last entry. NotFound, with what to do: no such call, DN or
// session at this moment.
absl::StatusOr<boost::json::value> ShowState(const engine::State& state, const engine::Effects& effects,
                                             const ShowRequest& request);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_STATE_VIEW_H_
