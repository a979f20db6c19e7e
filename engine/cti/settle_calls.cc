// Legs follow parties. What requests and notices did to the parties of a call is done to its legs when the entry is
// almost over, and not in the midst of a handler that works on one of them.
#include "engine/cti/settle_calls.h"

#include <utility>
#include <vector>

#include "engine/branches/branches.h"
#include "engine/cti/call_changes.h"
#include "engine/leg_commands.h"

namespace understudy::engine {
namespace {

bool IsLive(const Leg& leg) {
  return leg.phase != Leg::Phase::kReleased && leg.phase != Leg::Phase::kNone;
}

// A phone that has handed its call over hangs up by itself, or is made to (refer.h).
bool HangsUp(const Leg& leg) {
  return leg.referral.step == Referral::Step::kDone;
}

// Who has come over from another call brings its leg. Of two parties JoinLegs brings it.
void FetchLegs(Context& context, Call& call) {
  for (const Party& party : call.facts.parties) {
    Leg& leg = *context.state.legs.Find(party.leg);
    if (leg.call != call.id) MoveLeg(context, leg, call);
  }
}

void HangUpWithoutParty(Context& context, const Call& call) {
  std::vector<LegId> gone;
  for (const LegId id : call.legs) {
    if (call.facts.FindParty(id) == nullptr) gone.push_back(id);
  }
  for (const LegId id : gone) {
    Leg* leg = context.state.legs.Find(id);
    if (leg != nullptr && IsLive(*leg) && !HangsUp(*leg) && !Follows(*leg)) HangUpAlone(context, *leg);
  }
}

// Who is to talk: with more than two parties, a guest that still rings for a request is none of them.
std::vector<LegId> Talkers(const Call& call) {
  const std::vector<Party>& parties = call.facts.parties;
  std::vector<LegId> talkers;
  for (const Party& party : parties) {
    if (parties.size() <= 2 || party.asked_by.empty()) talkers.push_back(party.leg);
  }
  return talkers;
}

// Two talk to each other; one talks to nobody.
void PairUp(Context& context, Call& call) {
  const std::vector<LegId> talkers = Talkers(call);
  if (talkers.empty() || talkers.size() > 2 || (talkers.size() == 1 && call.facts.parties.size() > 1)) return;
  Leg* a = context.state.legs.Find(talkers.front());
  Leg* b = context.state.legs.Find(talkers.back());
  if (a == b) {
    const Leg* peer = context.state.PeerOf(*a);
    const bool alone = peer == nullptr || (IsLive(*peer) && call.facts.FindParty(peer->id) == nullptr);
    if (alone) HangUpAlone(context, *a);
    return;
  }
  if (a->peer == b->id) return;
  if (a->phase != Leg::Phase::kConfirmed) std::swap(a, b);
  if (a->phase == Leg::Phase::kConfirmed) {
    if (a->call != call.id) MoveLeg(context, *a, call);
    return JoinLegs(context, *a, *b);
  }
  const LegId other = b->id;
  HangUpAlone(context, *a);
  if (Leg* left = context.state.legs.Find(other)) HangUpAlone(context, *left);
}

void Gather(Context& context, CallId id) {
  Call* call = context.state.calls.Find(id);
  if (call == nullptr || !call->facts.known()) return;
  if (call->facts.parties.size() > 2) FetchLegs(context, *call);
  PairUp(context, *call);
}

}  // namespace

// Nobody is hung up who may be wanted in another call.
void SettleCalls(Context& context) {
  size_t gathered = 0;
  for (size_t i = 0; i < context.unsettled.size(); ++i) {
    for (; gathered < context.unsettled.size(); ++gathered) Gather(context, context.unsettled[gathered]);
    const Call* call = context.state.calls.Find(context.unsettled[i]);
    if (call != nullptr) HangUpWithoutParty(context, *call);
  }
  context.unsettled.clear();
}

}  // namespace understudy::engine
