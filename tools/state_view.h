// Parts of the engine's state as JSON values, for people and programs. Secrets are masked.
#ifndef UNDERSTUDY_TOOLS_STATE_VIEW_H_
#define UNDERSTUDY_TOOLS_STATE_VIEW_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "engine/state.h"

namespace understudy::tools {

struct ShowRequest {
  enum class What { kCall, kDn, kCalls, kRegistrations, kTransactions };
  What what = What::kCalls;
  uint64_t call = 0;   // kCall
  std::string number;  // kDn
};

// "call" and an id, "dn" and a number, or "calls", "registrations", "transactions". InvalidArgument, with what is
// allowed.
absl::StatusOr<ShowRequest> ParseShow(absl::string_view what, absl::string_view which);

// An object, or an array of flat objects. NotFound, with what to do: no such call or DN at this moment.
absl::StatusOr<boost::json::value> ShowState(const engine::State& state, const ShowRequest& request);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_STATE_VIEW_H_
