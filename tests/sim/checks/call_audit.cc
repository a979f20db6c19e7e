#include "tests/sim/checks/call_audit.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/sip_ids.h"

namespace understudy::sim {
namespace {

// A belief may be ahead of the state, or behind it, by what is on its way.
constexpr Duration kOnItsWay = Duration::Seconds(2);

std::string NameOf(const engine::State& state, const engine::Call& call) {
  const engine::Leg& caller = *state.LegAt(call, 0);
  return absl::StrCat("call ", call.id.value(), " (", caller.number, " to ", state.LegAt(call, 1)->number, ", Call-ID ",
                      caller.dialog.call_id, ")");
}

bool IsAbandoned(const engine::State& state, const engine::Call& call, const CallBook& book) {
  const uint32_t number = book.CallOf(state.LegAt(call, 0)->dialog.call_id);
  return number != 0 && book.IsAbandoned(number);
}

// Of registrations nothing is ever on its way: what the phone has heard of is in the state for as long as was said, by
// a clock that may be ahead a little.
std::string RegistrationLost(const engine::State& state, const Workload& workload, Duration now) {
  for (const std::unique_ptr<Agent>& agent : workload.agents()) {
    for (const RegistrationBelief& belief : agent->Registrations()) {
      const std::vector<const engine::Binding*> bindings = state.registrar.BindingsOf(belief.number);
      const bool known = std::any_of(bindings.begin(), bindings.end(), [&](const engine::Binding* binding) {
        return binding->contact == belief.contact;
      });
      if (known || belief.until <= now + CallAudit::kClockSlack || workload.book().HasLostTime(belief.since)) continue;
      return absl::StrCat(agent->name(), " is registered as ", belief.number, " with ", belief.contact, " until ",
                          belief.until.milliseconds(), " ms, and the server does not know it");
    }
  }
  return "";
}

}  // namespace

std::string CallAudit::LitForNothing(const engine::State& state, const Workload& workload) {
  for (const std::string& number : workload.LitLamps()) {
    const auto& legs = state.legs.rows();
    const bool called =
        std::any_of(legs.begin(), legs.end(), [&](const auto& row) { return row.second->number == number; });
    if (!called) return absl::StrCat("the lamp of ", number, " is lit, and the server has no call of it");
  }
  return "";
}

std::string CallAudit::Run(const engine::State& state, const Workload& workload, Duration now, Duration served) {
  std::string wrong = CallLost(state, workload, now, served);
  if (wrong.empty()) wrong = RegistrationLost(state, workload, now);
  const std::string nobodys = CallOfNobody(state, workload, now);
  return wrong.empty() ? nobodys : wrong;
}

std::string CallAudit::CallLost(const engine::State& state, const Workload& workload, Duration now, Duration served) {
  somebodys_.clear();
  std::string wrong;
  for (const std::unique_ptr<Agent>& agent : workload.agents()) {
    for (const CallBelief& belief : agent->Calls(Duration())) {
      const absl::optional<engine::TagId> tag = engine::ParseTag(belief.server_tag);
      if (!tag) continue;
      const engine::Leg* leg = state.legs.Find(tag->leg);
      if (leg != nullptr) somebodys_.insert(leg->call);
      const bool established = belief.state == CallBelief::State::kEstablished && now - belief.since > kOnItsWay;
      const bool planned = belief.call != 0;  // the others clients end as they like
      if (!planned || !established || served < kOnItsWay || leg != nullptr) continue;
      if (workload.book().MayEnd(belief.call, belief.side)) continue;
      wrong =
          absl::StrCat(agent->name(), " has held call ", belief.call, " (Call-ID ", belief.sip_call_id,
                       ") for established since ", belief.since.milliseconds(), " ms, and the server does not know it");
    }
  }
  return wrong;
}

std::string CallAudit::CallOfNobody(const engine::State& state, const Workload& workload, Duration now) {
  ++runs_;
  std::string wrong;
  for (const auto& [id, call] : state.calls.rows()) {
    if (somebodys_.contains(id)) continue;
    Doubt& doubt = nobodys_.try_emplace(id, Doubt{now, 0}).first->second;
    doubt.seen = runs_;
    if (now - doubt.since <= kNobodys || IsAbandoned(state, *call, workload.book())) continue;
    wrong = absl::StrCat(NameOf(state, *call), " is in the server's state, and has been nobody's since ",
                         doubt.since.milliseconds(), " ms");
  }
  std::erase_if(nobodys_, [&](const auto& row) { return row.second.seen != runs_; });
  return wrong;
}

std::string CallAudit::AtEnd(const engine::State& state, const Workload& workload, Duration now) {
  const std::vector<std::string> unfinished = workload.Unfinished();
  if (!unfinished.empty()) return absl::StrCat("after everything was hung up: ", unfinished.front());
  for (const auto& [id, call] : state.calls.rows()) {
    if (IsAbandoned(state, *call, workload.book())) continue;
    return absl::StrCat(NameOf(state, *call), " is left in the server's state after everything was hung up");
  }
  const std::string lit = LitForNothing(state, workload);
  return lit.empty() ? RegistrationLost(state, workload, now) : lit;
}

}  // namespace understudy::sim
