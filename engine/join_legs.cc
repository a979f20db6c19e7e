// Two legs become each other's peers, whatever they were before; or one is nobody's any more.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/early/early_dialogs.h"
#include "engine/leg_commands.h"
#include "engine/negotiation.h"
#include "engine/phone_commands.h"
#include "engine/server_transactions.h"

namespace understudy::engine {
namespace {

// A request that is carried on for `received`: its answer is nobody's now.
void Uncarry(Context& context, TransactionId received) {
  ServerTransaction* server = context.state.transactions.FindServer(received);
  if (server == nullptr) return;
  if (ClientTransaction* row = context.state.transactions.FindClient(server->relay)) {
    if (const Leg* leg = context.state.legs.Find(row->leg)) UncarryBeside(context, *leg);
    row->relay = TransactionId();
    if (row->purpose == Purpose::kReInvite) row->purpose = Purpose::kOffer;
  }
  server->relay = TransactionId();
}

// What `leg` has asked of its peer is answered by us: try again. An INVITE that has made the leg waits for its end.
void EndCarried(Context& context, Leg& leg, Leg& peer) {
  AcknowledgeInsteadOf(context, leg);
  Uncarry(context, leg.server_invite);
  Uncarry(context, leg.server_update);
  LoseEarlyDialogs(context, leg, LegId(), 0);
  StopAwaitingPrack(context, leg);
  if (!leg.server_update.empty()) RespondPlain(context, std::exchange(leg.server_update, TransactionId()), 491);
  if (!leg.server_invite.empty() && leg.phase == Leg::Phase::kConfirmed) {
    RespondPlain(context, std::exchange(leg.server_invite, TransactionId()), 491);
  }
  if (peer.negotiation != Negotiation::kOffering) SendDueAck(context, peer, nullptr);
}

// A call that nobody is left in ends.
void Move(Context& context, Leg& leg, Call& to) {
  if (leg.call == to.id) return;
  Call& from = context.state.CallOf(leg);
  Touch(context, from.id);
  std::vector<Leg*> moving = RingingBeside(context.state, leg);
  moving.insert(moving.begin(), &leg);
  for (Leg* each : moving) {
    from.legs.erase(std::find(from.legs.begin(), from.legs.end(), each->id));
    to.legs.push_back(each->id);
    each->call = to.id;
  }
  context.state.timers.Cancel(&from.session_expiry);
  const bool waits = from.no_answer != TimerHandle() && leg.phase != Leg::Phase::kConfirmed;
  if (waits) context.state.timers.Cancel(&from.no_answer);
  if (waits) RestartNoAnswer(context, leg);
  if (!from.legs.empty()) return;
  ReportCall(context, from, CallProgress::Step::kReleased, 0);
  RemoveIfOver(context, from.id);
}

}  // namespace

void PartFromPeer(Context& context, Leg& leg) {
  if (leg.command.has_value()) FinishCommand(context, leg, *leg.command, 487);
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr) return;
  // What the peer was told to do to `leg` does not come to its end any more.
  const bool depends = peer->command == LegCommand::kDtmf || peer->command == LegCommand::kHold ||
                       peer->command == LegCommand::kRetrieve;
  if (depends) FinishCommand(context, *peer, *peer->command, 487);
  EndCarried(context, leg, *peer);
  EndCarried(context, *peer, leg);
  context.state.timers.Cancel(&context.state.CallOf(leg).session_expiry);
  peer->peer = LegId();
  leg.peer = LegId();
}

void MoveLeg(Context& context, Leg& leg, Call& to) {
  PartFromPeer(context, leg);
  Move(context, leg, to);
}

void JoinLegs(Context& context, Leg& a, Leg& b) {
  US_CHECK(a.id != b.id);
  US_CHECK(a.phase == Leg::Phase::kConfirmed);
  PartFromPeer(context, a);
  PartFromPeer(context, b);
  MakePeers(a, b);
  Call& call = context.state.CallOf(a);
  Touch(context, call.id);
  Move(context, b, call);
  context.state.timers.Cancel(&call.session_expiry);
  a.command = LegCommand::kJoin;
  // Offers that wait for others' answers are over: both begin anew.
  for (Leg* leg : {&a, &b}) {
    const bool offers = leg->negotiation == Negotiation::kOffering;
    if (offers) HoldOffer(context, *leg);
    if (leg->phase == Leg::Phase::kConfirmed) StopNegotiating(context, *leg);
  }
  Negotiate(context, a);
}

}  // namespace understudy::engine
