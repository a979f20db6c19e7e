#include "tests/sim/checks/call_audit.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/sip_ids.h"

namespace understudy::sim {
namespace {

// A belief may be ahead of the state, or behind it, by what is on its way.
constexpr Duration kOnItsWay = Duration::Seconds(2);

absl::optional<engine::CallId> CallOf(const CallBelief& belief) {
  const absl::optional<engine::TagId> tag = engine::ParseTag(belief.server_tag);
  if (!tag) return absl::nullopt;
  return tag->call;
}

}  // namespace

std::string CallAudit::Run(const engine::State& state, const Workload& workload, Duration now, Duration served) {
  ++runs_;
  std::set<engine::CallId> somebodys;
  std::string wrong;
  for (const std::unique_ptr<Agent>& agent : workload.agents()) {
    for (const CallBelief& belief : agent->Calls(Duration())) {
      const absl::optional<engine::CallId> id = CallOf(belief);
      if (!id) continue;
      somebodys.insert(*id);
      const bool established = belief.state == CallBelief::State::kEstablished && now - belief.since > kOnItsWay;
      const bool may_end = workload.book().MayEnd(belief.call, belief.side);
      if (!established || may_end || served < kOnItsWay || state.calls.Find(*id) != nullptr) continue;
      wrong = absl::StrCat(agent->name(), " has held call ", belief.call, " (Call-ID ", belief.sip_call_id,
                           ") for established since ", belief.since.milliseconds(),
                           " ms, and the server does not know it");
    }
  }
  for (const auto& [id, call] : state.calls.rows()) {
    if (somebodys.contains(id)) continue;
    Doubt& doubt = nobodys_.try_emplace(id, Doubt{now, 0}).first->second;
    doubt.seen = runs_;
    if (now - doubt.since <= kNobodys) continue;
    wrong = absl::StrCat("call ", id.value(), " (", call->leg(0).number, " to ", call->leg(1).number,
                         ") is in the server's state, and has been nobody's since ", doubt.since.milliseconds(), " ms");
  }
  std::erase_if(nobodys_, [&](const auto& row) { return row.second.seen != runs_; });
  return wrong;
}

std::string CallAudit::AtEnd(const engine::State& state, const Workload& workload, Duration now) {
  const std::vector<std::string> unfinished = workload.Unfinished();
  if (!unfinished.empty()) return absl::StrCat("after everything was hung up: ", unfinished.front());
  if (state.calls.size() > 0) {
    return absl::StrCat(state.calls.size(), " calls are left in the server's state after everything was hung up, call ",
                        state.calls.rows().begin()->first.value(), " first");
  }
  for (const std::unique_ptr<Agent>& agent : workload.agents()) {
    for (const RegistrationBelief& belief : agent->Registrations()) {
      if (belief.until <= now || state.registrar.Latest(belief.number) != nullptr) continue;
      return absl::StrCat(agent->name(), " is registered as ", belief.number, ", and the server does not know it");
    }
  }
  return "";
}

}  // namespace understudy::sim
