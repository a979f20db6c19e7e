// T-Library messages, sessions and effects as JSON values, for people and programs. No token and no password is shown.
#ifndef UNDERSTUDY_TOOLS_EVENT_VIEW_H_
#define UNDERSTUDY_TOOLS_EVENT_VIEW_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "boost/json.hpp"
#include "engine/effect.h"
#include "engine/state.h"

namespace understudy::tools {

// With the names of the reference, as one line of JSON.
std::string EventText(const SharedBytes& message, absl::optional<int64_t> reference_id);

// {"number":4,"message":{...}}, as EventText has it.
boost::json::object EventRow(uint64_t number, const SharedBytes& message, absl::optional<int64_t> reference_id);

// A flat object for each session.
boost::json::array AllSessions(const engine::State& state);

// A session, and every event that waits for its client's acknowledgement.
boost::json::object SessionView(const engine::Session& session);

// What one entry did, in order; events whole.
boost::json::array EffectsView(const engine::Effects& effects);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_EVENT_VIEW_H_
