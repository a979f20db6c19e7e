#include "tests/sim/checks/party_audit.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "engine/call.h"
#include "engine/leg.h"

namespace understudy::sim {
namespace {

using engine::Call;
using engine::Leg;
using engine::Party;
using engine::State;

bool IsLive(const Leg& leg) {
  return leg.phase != Leg::Phase::kReleased && leg.phase != Leg::Phase::kNone;
}

std::string NameOf(const Call& call, const Party& party) {
  return absl::StrCat("party ", party.id, " (", party.number, ") of call ", call.id.value());
}

std::string Look(const State& state, const Call& call, const Party& party) {
  const Leg* const leg = state.legs.Find(party.leg);
  if (leg == nullptr) return absl::StrCat(NameOf(call, party), " has no leg");
  if (leg->call != call.id) return absl::StrCat(NameOf(call, party), " has its leg in another call");
  if (!IsLive(*leg)) return absl::StrCat(NameOf(call, party), " has a leg that is over");
  return "";
}

// One that was invited is a party when something has been told of it. One that has handed its call over by REFER is
// none any more, and hangs up or is hung up on within seconds (engine/refer.h). Of several phones that ring for one
// number one leg has the party (engine/branches/branches.h).
std::string LookAtLegs(const State& state, const Call& call) {
  for (const engine::LegId id : call.legs) {
    const Leg* const leg = state.legs.Find(id);
    if (leg == nullptr || call.facts.FindParty(id) != nullptr) continue;
    if (leg->referral.step == engine::Referral::Step::kDone) continue;
    const bool rings_beside = !leg->branching.set.empty() && !leg->branching.leads;
    if (rings_beside && leg->phase == Leg::Phase::kAlerting) continue;
    const bool talks = leg->phase == Leg::Phase::kAlerting || leg->phase == Leg::Phase::kConfirmed;
    if (talks) return absl::StrCat("leg ", id.value(), " of call ", call.id.value(), " lives, and has no party");
  }
  return "";
}

std::string Look(const State& state, const Call& call) {
  if (!call.facts.known()) return "";
  if (call.facts.parties.empty()) return absl::StrCat("call ", call.id.value(), " is known, and has no party");
  if (state.parties.FindCall(call.facts.conn_id) != call.id) {
    return absl::StrCat("call ", call.id.value(), " is not found by its ConnID");
  }
  std::set<std::string> numbers;
  for (const Party& party : call.facts.parties) {
    if (std::string wrong = Look(state, call, party); !wrong.empty()) return wrong;
    if (!party.external() && !numbers.insert(party.number).second) {
      return absl::StrCat(party.number, " is in call ", call.id.value(), " twice");
    }
  }
  return LookAtLegs(state, call);
}

}  // namespace

std::string AuditParties(const State& state) {
  for (const auto& [id, call] : state.calls.rows()) {
    if (std::string wrong = Look(state, *call); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace understudy::sim
