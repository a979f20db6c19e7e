#include "engine/branches/branches.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/branches/best_failure.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/dial_plan.h"
#include "engine/early/early_dialogs.h"
#include "engine/leg_message.h"
#include "engine/phone_commands.h"
#include "engine/sip_ids.h"
#include "sip/number.h"
#include "sip/parse.h"
#include "sip/status.h"

namespace understudy::engine {
namespace {

constexpr absl::string_view kElsewhere = "SIP;cause=200;text=\"Call completed elsewhere\"";

bool Rings(const Leg& leg) {
  const bool called = leg.phase == Leg::Phase::kInviting || leg.phase == Leg::Phase::kAlerting;
  return called && !leg.client_invite.empty();
}

Leg& AddBranch(Context& context, const Leg& lead, const Destination& destination) {
  Call& call = context.state.CallOf(lead);
  Leg& leg = context.state.legs.Add(call.id);
  call.legs.push_back(leg.id);
  leg.phase = Leg::Phase::kInviting;
  leg.number = lead.number;
  leg.hop = destination.hop;
  leg.binding = destination.binding;
  leg.invited = true;
  leg.branching.set = lead.branching.set;
  leg.dialog = BeginDialogFrom(context, destination, lead.dialog.local_uri, MakeTag(leg.id, NextMac(context)));
  leg.invite_cseq = leg.dialog.local_sequence;
  if (lead.agreement) leg.agreement.emplace().least = lead.agreement->least;
  return leg;
}

// The lines of a request of ours, in order; what they share is not parsed again.
struct Written {
  int max_forwards = kMaxForwards;
  absl::string_view display;  // of From
  absl::string_view rest;     // after CSeq, with the body
};

Written Read(absl::string_view request) {
  Written written;
  for (size_t end; (end = request.find("\r\n")) != absl::string_view::npos; request.remove_prefix(end + 2)) {
    absl::string_view line = request.substr(0, end);
    if (absl::StartsWith(line, "CSeq: ")) {
      written.rest = request.substr(end + 2);
      break;
    }
    uint32_t number = 0;
    if (absl::ConsumePrefix(&line, "From: ")) written.display = absl::StripSuffix(line.substr(0, line.rfind('<')), " ");
    if (absl::ConsumePrefix(&line, "Max-Forwards: ") && sip::ParseNumber(line, kMaxForwards, &number)) {
      written.max_forwards = static_cast<int>(number);
    }
  }
  return written;
}

// Its Contact is of another hop.
void WriteRest(Context& context, Leg& leg, LegId peer, absl::string_view rest, sip::MessageWriter* writer) {
  for (size_t end; !absl::StartsWith(rest, "\r\n"); rest.remove_prefix(end + 2)) {
    end = rest.find("\r\n");
    US_CHECK(end != absl::string_view::npos);
    if (!absl::StartsWith(rest, "Contact: ")) {
      absl::StrAppend(&context.text, rest.substr(0, end + 2));
      continue;
    }
    leg.peer = peer;  // whose number it says
    WriteContact(context, leg, writer);
    leg.peer = LegId();
  }
  absl::StrAppend(&context.text, rest);
}

// What `model` has asked of the leg that leads is asked of `leg`.
void SendBranch(Context& context, Leg& leg, LegId peer, const ClientTransaction& model) {
  const SharedBytes request = model.request;
  const TransactionId relay = model.relay;
  ClientTransaction& row = BeginClient(context, sip::Method::kInvite, leg.hop, Purpose::kInvite);
  row.call = leg.call;
  row.leg = leg.id;
  row.relay = relay;
  row.cseq = leg.invite_cseq;
  leg.client_invite = row.id;
  const Written written = Read(request.view());
  const std::string branch = MakeBranch(row.id, row.branch_mac);
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "INVITE", branch, row.cseq, written.max_forwards, written.display);
  WriteRest(context, leg, peer, written.rest, &writer);
  SendRequest(context, row);
}

bool CallerWantsTls(const State& state, const Leg& leg) {
  const Leg* caller = state.PeerOf(leg);
  return caller != nullptr && WantsTls(*caller);
}

// Whether a contact that waits may still ring: that of a caller who wants TLS only over that.
bool MayRing(const State& state, const Leg& lead, const Binding* binding) {
  if (binding == nullptr || binding->number != lead.number || !IsReachable(state, *binding)) return false;
  return IsSecure(binding->hop.transport) || !CallerWantsTls(state, lead);
}

// The next of those that wait: as many as may ring at a time, and as wanted as the first, where that counts.
// `beside`: how many ring already.
std::vector<Leg*> RingWaiting(Context& context, Leg& lead, size_t beside, const ClientTransaction& model) {
  const Dn* dn = context.state.configuration.FindDn(lead.number);
  if (dn == nullptr) return {};
  const bool by_q = dn->profile.rings_by_q;
  const size_t most = std::max<size_t>(dn->profile.most_rung, 1);
  absl::optional<uint32_t> of_group;
  if (by_q && beside != 0) of_group = lead.branching.less_wanted;
  std::vector<BindingId>& waiting = lead.branching.waiting;
  std::vector<Leg*> begun;
  while (!waiting.empty() && beside + begun.size() < most) {
    const Binding* binding = context.state.registrar.Find(waiting.front());
    const bool there = MayRing(context.state, lead, binding);
    if (there && by_q && of_group && binding->less_wanted != *of_group) break;
    waiting.erase(waiting.begin());
    if (!there) continue;
    if (by_q) of_group = binding->less_wanted;
    Leg& leg = AddBranch(context, lead, DestinationAt(context.state, *dn, *binding));
    SendBranch(context, leg, lead.peer, model);
    begun.push_back(&leg);
  }
  if (of_group) lead.branching.less_wanted = *of_group;
  return begun;
}

Duration LeftOf(const Context& context, const TimerHandle& timer) {
  return std::max(Duration(), timer.deadline - context.state.timers.TransactionTime(context.now()));
}

void TakePatience(Context& context, Leg& from, Leg& to) {
  if (from.patience == TimerHandle()) return;
  const Duration left = LeftOf(context, from.patience);
  context.state.timers.Cancel(&from.patience);
  to.patience = StartTimer(context, left, TimerKind::kPatience, to.id.value());
}

void SwapPlaces(Call& call, LegId a, LegId b) {
  auto first = std::find(call.legs.begin(), call.legs.end(), a);
  auto second = std::find(call.legs.begin(), call.legs.end(), b);
  US_CHECK(first != call.legs.end());
  US_CHECK(second != call.legs.end());
  std::iter_swap(first, second);
}

// Everything but its dialog.
void Lead(Context& context, Leg& from, Leg& to) {
  if (from.command.has_value()) FinishCommand(context, from, *from.command, 487);
  Call& call = context.state.CallOf(to);
  if (Party* party = call.facts.FindParty(from.id)) party->leg = to.id;
  if (Leg* peer = context.state.PeerOf(from)) peer->peer = to.id;
  to.peer = std::exchange(from.peer, LegId());
  to.negotiation = std::exchange(from.negotiation, Negotiation::kNone);
  TakePatience(context, from, to);
  SwapPlaces(call, from.id, to.id);
  to.branching = std::exchange(from.branching, Branching());
  const ClientTransaction* row = context.state.transactions.FindClient(to.client_invite);
  ServerTransaction* server = row == nullptr ? nullptr : context.state.transactions.FindServer(row->relay);
  if (server != nullptr) server->relay = row->id;
}

void Cancel(Context& context, Leg& leg, absl::string_view reason) {
  leg.branching = Branching();
  leg.phase = Leg::Phase::kReleased;
  ClientTransaction* row = context.state.transactions.FindClient(leg.client_invite);
  if (row == nullptr) return;
  row->relay = TransactionId();
  row->cancel_reason = std::string(reason);
  CancelClient(context, *row);
}

void StayAlone(Context& context, Leg& leg, absl::string_view reason) {
  if (leg.branching.set.empty()) return;
  Leg& lead = LeadOf(context.state, leg);
  const LegId set = leg.branching.set;
  if (lead.id != leg.id) Lead(context, lead, leg);
  lead.branching.set = set;
  for (Leg* other : RingingBeside(context.state, leg)) Cancel(context, *other, reason);
  leg.branching = Branching();
}

bool IsThere(const State& state, const Binding& flow) {
  return !IsReliable(flow.hop.transport) || state.flows.contains(flow.hop.flow);
}

// How a flow has failed: its edge says so, or it was a connection to us.
enum class FlowEnd { kToldByEdge, kBroken };

// The flow that the leg was called by; nullptr: it was called otherwise, its connection is there, or the phone has
// registered by another way since.
const Binding* FailedFlowOf(State& state, const Leg& leg, FlowEnd end) {
  const Binding* binding = state.registrar.Find(leg.binding);
  if (binding == nullptr || binding->reg_id == 0 || binding->path != leg.dialog.route_set) return nullptr;
  return end == FlowEnd::kToldByEdge || !IsThere(state, *binding) ? binding : nullptr;
}

// 430 to the INVITE of `leg`, and not to that of another of its set which has been kept.
bool IsOfItsFlow(const Leg& leg, int status, const SipReceived* response) {
  return status == 430 && response != nullptr && response->message.call_id() == leg.dialog.call_id;
}

// The next that waits is another flow of the phone whose flow has failed, if it has one (RFC 5626 11.1). A broken
// connection stays a contact: its phone registers it again by itself.
void TurnToOtherFlow(Context& context, Leg& leg, FlowEnd end) {
  const Binding* failed = FailedFlowOf(context.state, leg, end);
  if (failed == nullptr) return;
  const std::string instance = failed->instance;
  const uint32_t less_wanted = failed->less_wanted;
  if (end == FlowEnd::kToldByEdge) UnbindFailedFlow(context, failed->id);
  for (const Binding* binding : context.state.registrar.BindingsOf(leg.number)) {
    if (binding->reg_id == 0 || binding->instance != instance) continue;
    if (end == FlowEnd::kBroken && !IsThere(context.state, *binding)) continue;
    if (leg.branching.set.empty()) leg.branching = Branching{leg.id, {}, 0, {}, true, less_wanted};
    std::vector<BindingId>& waiting = LeadOf(context.state, leg).branching.waiting;
    waiting.insert(waiting.begin(), binding->id);
    return;
  }
}

// The failure that goes on: as if it had come last.
bool PassBest(Context& context, Leg& lead, const ClientTransaction& ended, int status, const SipReceived* response) {
  const Branching best = std::exchange(lead.branching, Branching());
  if (IsBetterFailure(status, static_cast<int>(best.status))) {
    OnInviteFinal(context, ended, status, response);
    return true;
  }
  SipReceived kept;
  sip::ParseError error;
  const bool said = !best.response.empty() && sip::ParseMessage(best.response.view(), &kept.message, &error);
  OnInviteFinal(context, ended, static_cast<int>(best.status), said ? &kept : nullptr);
  return true;
}

// The DN's contacts beside `first`, which rings already.
std::vector<BindingId> Others(const State& state, const Dn& dn, const Binding& first, bool over_tls) {
  std::vector<BindingId> others;
  for (const Binding* binding : ContactsOf(state, dn, over_tls)) {
    const bool same_phone = binding->reg_id != 0 && first.reg_id != 0 && binding->instance == first.instance;
    if (binding->id != first.id && !same_phone) others.push_back(binding->id);
  }
  return others;
}

void Keep(Leg& lead, int status, const SipReceived* response) {
  if (!IsBetterFailure(status, static_cast<int>(lead.branching.status))) return;
  lead.branching.status = static_cast<uint32_t>(status);
  lead.branching.response = response == nullptr ? SharedBytes() : SharedBytes(response->bytes);
}

// The others ring on, or the next ones do. False: there are none.
bool GoOnWithout(Context& context, Leg& leg, const ClientTransaction& asked, int status, const SipReceived* response) {
  Leg& lead = LeadOf(context.state, leg);
  std::vector<Leg*> ringing = RingingBeside(context.state, leg);
  const std::vector<Leg*> begun = RingWaiting(context, lead, ringing.size(), asked);
  ringing.insert(ringing.end(), begun.begin(), begun.end());
  if (ringing.empty()) return false;
  Keep(lead, status, response);
  if (Leg* asking = AskingOf(context, asked.relay)) LoseEarlyDialogs(context, *asking, leg.id, status);
  if (lead.id == leg.id) Lead(context, leg, *ringing.front());
  leg.branching = Branching();
  leg.phase = Leg::Phase::kReleased;
  return true;
}

}  // namespace

void RingFurther(Context& context, Leg& leg) {
  const ClientTransaction* model = context.state.transactions.FindClient(leg.client_invite);
  const Dn* dn = context.state.configuration.FindDn(leg.number);
  if (model == nullptr || model->request.empty() || dn == nullptr || dn->type != DnType::kExtension) return;
  const Binding* first = context.state.registrar.Find(leg.binding);
  if (first == nullptr) return;
  const std::vector<BindingId> others = Others(context.state, *dn, *first, CallerWantsTls(context.state, leg));
  if (others.empty()) return;
  leg.branching = Branching{leg.id, others, 0, {}, true, first->less_wanted};
  RingWaiting(context, leg, 1, *model);
}

Leg& LeadOf(State& state, Leg& leg) {
  if (!Follows(leg)) return leg;
  for (const LegId id : state.CallOf(leg).legs) {
    Leg& other = *state.legs.Find(id);
    if (other.branching.set == leg.branching.set && other.branching.leads) return other;
  }
  return leg;
}

std::vector<Leg*> RingingBeside(State& state, const Leg& leg) {
  std::vector<Leg*> ringing;
  if (leg.branching.set.empty()) return ringing;
  for (const LegId id : state.CallOf(leg).legs) {
    Leg& other = *state.legs.Find(id);
    if (other.id != leg.id && other.branching.set == leg.branching.set && Rings(other)) ringing.push_back(&other);
  }
  return ringing;
}

void TakeLead(Context& context, Leg& leg) {
  StayAlone(context, leg, kElsewhere);
}

bool HoldFailure(Context& context, Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response) {
  if (leg.phase == Leg::Phase::kReleased || ended.purpose != Purpose::kInvite) return false;
  if (IsOfItsFlow(leg, status, response)) TurnToOtherFlow(context, leg, FlowEnd::kToldByEdge);
  const bool unheard = response == nullptr && leg.phase == Leg::Phase::kInviting;
  if (unheard) TurnToOtherFlow(context, leg, FlowEnd::kBroken);
  if (leg.branching.set.empty()) return false;
  if (status >= 600) {
    StayAlone(context, leg, absl::StrCat("SIP;cause=", status, ";text=\"", sip::ReasonPhrase(status), "\""));
    return false;
  }
  return GoOnWithout(context, leg, ended, status, response) || PassBest(context, leg, ended, status, response);
}

bool EndsOneBranch(Context& context, Leg& leg) {
  const ClientTransaction* asked = context.state.transactions.FindClient(leg.client_invite);
  if (leg.branching.set.empty() || asked == nullptr || !Rings(leg)) return false;
  const ClientTransaction model = *asked;
  if (!GoOnWithout(context, leg, model, 487, nullptr)) return false;
  Cancel(context, leg, {});
  return true;
}

void EndBeside(Context& context, Leg& leg, const sip::Message* cause) {
  if (Follows(leg)) leg.branching = Branching();
  if (leg.branching.set.empty()) return;
  const std::vector<Leg*> ringing = RingingBeside(context.state, leg);
  const std::string reason = cause == nullptr ? std::string() : ReasonsOf(*cause);
  for (Leg* other : ringing) Cancel(context, *other, reason);
  leg.branching = Branching();
}

void UncarryBeside(Context& context, const Leg& leg) {
  for (const Leg* other : RingingBeside(context.state, leg)) {
    context.state.transactions.FindClient(other->client_invite)->relay = TransactionId();
  }
}

}  // namespace understudy::engine
