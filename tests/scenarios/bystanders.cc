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

// The leg that a timer is of, by itself or by a transaction.
const Leg* LegOf(const State& state, const engine::Timer& timer) {
  using engine::TimerKind;
  switch (timer.kind) {
    case TimerKind::kAnswerRetransmit:
    case TimerKind::kAnswerTimeout:
    case TimerKind::kReliableRetransmit:
    case TimerKind::kReliableTimeout:
    case TimerKind::kPatience:
    case TimerKind::kReferral:
    case TimerKind::kSessionRefresh:
      return state.legs.Find(LegId(timer.row));
    case TimerKind::kClientRetransmit:
    case TimerKind::kClientTimeout:
    case TimerKind::kCancelTimeout:
    case TimerKind::kLocating:
    case TimerKind::kTimerC: {
      const engine::ClientTransaction* row = state.transactions.FindClient(engine::TransactionId(timer.row));
      return row == nullptr ? nullptr : state.legs.Find(row->leg);
    }
    case TimerKind::kServerRetransmit:
    case TimerKind::kServerTimeout:
    case TimerKind::kServerTrying: {
      const engine::ServerTransaction* row = state.transactions.FindServer(engine::TransactionId(timer.row));
      return row == nullptr ? nullptr : state.legs.Find(row->leg);
    }
    case TimerKind::kNoAnswer:
    case TimerKind::kBindingExpiry:
    case TimerKind::kSessionExpiry:
    case TimerKind::kSessionAbsence:
    case TimerKind::kReferPatience:
    case TimerKind::kSubscriptionExpiry:
    case TimerKind::kNotifyAgain:
    case TimerKind::kServiceCheck:
    case TimerKind::kServiceForce:
    case TimerKind::kRest:
    case TimerKind::kName:
      return nullptr;
  }
  return nullptr;
}

// The leg of the timer that is due next, if it is alone at that.
const Leg* LegOfDue(const State& state) {
  engine::TimerTable timers = state.timers;
  const absl::optional<EngineTime> due = timers.NextDeadline();
  if (!due) return nullptr;
  const absl::optional<engine::Timer> timer = timers.PopDue(*due);
  return timers.PopDue(*due) ? nullptr : LegOf(state, *timer);
}

// The leg that an entry is about; nullptr: none, or several.
const Leg* LegOf(const State& state, const engine::Input& input) {
  if (const auto* received = std::get_if<engine::SipReceived>(&input)) return LegOf(state, received->message);
  return std::holds_alternative<engine::ClockAdvanced>(input) ? LegOfDue(state) : nullptr;
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
  const Leg* leg = LegOf(state, input);
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
    return absl::StrCat("leg ", leg.value(), " leaves call ", call_.value(), " because of a leg that is no party");
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
