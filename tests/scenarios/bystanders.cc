#include "tests/scenarios/bystanders.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/sip_ids.h"

namespace understudy::tests {
namespace {

using engine::Call;
using engine::Leg;
using engine::LegId;
using engine::Party;
using engine::State;

// The leg that a message is of by our tag.
const Leg* LegOf(const State& state, const sip::Message& message) {
  const absl::optional<engine::TagId> tag =
      engine::ParseTag(message.is_request() ? message.to_tag() : message.from_tag());
  return tag ? state.legs.Find(tag->leg) : nullptr;
}

bool Talks(const Party& party) {
  return party.state == tlib::PartyState::kConnected || party.state == tlib::PartyState::kHeld;
}

// A guest that rings for a request beside two that talk is none of them.
std::vector<const Party*> Talkers(const Call& call) {
  std::vector<const Party*> talkers;
  for (const Party& party : call.facts.parties) {
    if (call.facts.parties.size() <= 2 || party.asked_by.empty()) talkers.push_back(&party);
  }
  return talkers;
}

}  // namespace

Bystanders::Bystanders(const State& state, const engine::Input& input) {
  const auto* received = std::get_if<engine::SipReceived>(&input);
  const Leg* leg = received == nullptr ? nullptr : LegOf(state, received->message);
  if (leg == nullptr || (leg->phase != Leg::Phase::kConfirmed && leg->phase != Leg::Phase::kReleased)) return;
  const Call* call = state.calls.Find(leg->call);
  if (call == nullptr || !call->facts.known() || call->facts.FindParty(leg->id) != nullptr) return;
  call_ = call->id;
  for (const Party& party : call->facts.parties) parties_.push_back(party.leg);
}

std::string Bystanders::FaultIn(const State& state) const {
  const Call* call = state.calls.Find(call_);
  for (const LegId leg : parties_) {
    if (call != nullptr && call->facts.FindParty(leg) != nullptr) continue;
    return absl::StrCat("leg ", leg.value(), " leaves call ", call_.value(), " for what a leg says that is no party");
  }
  return "";
}

std::string FaultOfPairs(const State& state) {
  for (const auto& [id, call] : state.calls.rows()) {
    const std::vector<const Party*> talkers = Talkers(*call);
    if (talkers.size() != 2 || !Talks(*talkers[0]) || !Talks(*talkers[1])) continue;
    const Leg* leg = state.legs.Find(talkers[0]->leg);
    if (leg == nullptr || leg->peer != talkers[1]->leg) {
      return absl::StrCat("the two that talk in call ", id.value(), " are not joined");
    }
  }
  return "";
}

}  // namespace understudy::tests
