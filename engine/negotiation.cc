#include "engine/negotiation.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/cti/call_uuid.h"
#include "engine/diversion.h"
#include "engine/held_session.h"
#include "engine/identity.h"
#include "engine/leg_commands.h"
#include "engine/leg_message.h"
#include "engine/leg_request.h"
#include "engine/phone_commands.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr absl::string_view kSdp = "application/sdp";
constexpr Duration kOfferPatience = Duration::Seconds(20);
constexpr Duration kBusyRetry = Duration::Milliseconds(500);
constexpr uint32_t kMostRefusals = 5;

bool IsOver(const Leg& leg) {
  return leg.phase == Leg::Phase::kReleased;
}

void StartPatience(Context& context, Leg& leg, Duration after) {
  context.state.timers.Cancel(&leg.patience);
  leg.patience = StartTimer(context, after, TimerKind::kPatience, leg.id.value());
}

// The ACK that carries the answer to the leg's offer.
void Accept(Context& context, Leg& leg, absl::string_view session) {
  StopNegotiating(context, leg);
  AcknowledgeWith(context, leg, kSdp, session);
}

void Lead(Context& context, Leg& leg) {
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr || IsOver(leg) || IsOver(*peer)) return StopNegotiating(context, leg);
  leg.negotiation = Negotiation::kWanted;
  const bool confirmed = leg.phase == Leg::Phase::kConfirmed && peer->phase == Leg::Phase::kConfirmed;
  if (!confirmed) return;  // its answer begins it
  if (!IsFree(leg) || !IsFree(*peer)) return StartPatience(context, leg, kBusyRetry);
  leg.negotiation = Negotiation::kAsked;
  SendOwnReInvite(context, leg, Purpose::kAskOffer, {});
}

// The offer of its peer's waits until `leg` is free for it.
void OfferLater(Context& context, Leg& leg) {
  leg.negotiation = Negotiation::kAgain;
  StartPatience(context, leg, kBusyRetry);
}

// `leg` has offered a session.
void PassOffer(Context& context, Leg& leg) {
  leg.negotiation = Negotiation::kOffering;
  StartPatience(context, leg, kOfferPatience);
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr) return;
  if (peer->phase == Leg::Phase::kNone) {
    LegDialing(context, leg, peer->number);
    SendOwnInvite(context, *peer, leg.session.view());
    RingFurther(context, *peer);
    return RestartNoAnswer(context, *peer);
  }
  if (peer->phase != Leg::Phase::kConfirmed) return;  // its answer goes on
  if (!IsFree(*peer)) return OfferLater(context, *peer);
  context.state.timers.Cancel(&peer->patience);  // of an earlier offer that waited
  peer->negotiation = Negotiation::kNone;
  SendOwnReInvite(context, *peer, Purpose::kOffer, leg.session.view());
}

// The originator of a call that a client begins: its destination is called when it has answered.
bool BeginsFlowI(const State& state, const Leg& leg) {
  const Leg* peer = state.PeerOf(leg);
  return leg.negotiation == Negotiation::kAsked && peer != nullptr && peer->phase == Leg::Phase::kNone;
}

// A leg that has been asked for an offer has answered.
void OnOffer(Context& context, Leg& leg, const sip::Message& answer) {
  if (SessionOf(answer).empty()) return EndBoth(context, leg, 488);
  Remember(answer, leg);
  PassOffer(context, leg);
}

// `leg` has answered the offer of its peer, or has been called with its session.
void OnAnswered(Context& context, Leg& leg) {
  Leg* lead = context.state.PeerOf(leg);
  if (lead == nullptr) return;
  if (lead->negotiation == Negotiation::kOffering) {
    if (leg.session.empty()) return EndBoth(context, leg, 488);
    Accept(context, *lead, leg.session.view());
    return FinishCommand(context, *lead, LegCommand::kJoin, 200);
  }
  if (lead->phase == Leg::Phase::kConfirmed) Negotiate(context, *lead);
}

// A negotiation of the leg's is about to begin, or to go on.
bool IsStillToCome(const Leg& leg) {
  return leg.negotiation == Negotiation::kWanted || leg.negotiation == Negotiation::kAgain;
}

// The INVITE that `leg` has got carries the offer of `lead`.
bool OfferIsMade(const Leg* lead, const Leg& leg) {
  return lead != nullptr && lead->negotiation == Negotiation::kOffering && leg.negotiation != Negotiation::kAgain;
}

void AskAgain(Context& context, Leg& leg, Negotiation state) {
  if (leg.refusals == kMostRefusals) return EndBoth(context, leg, 491);
  ++leg.refusals;
  leg.negotiation = state;
  StartPatience(context, leg, AfterRefusal(context, leg));
}

// `leg` has not taken a session that it was offered in `request`: by a negotiation, by a client's command, or by a peer
// that it has no more.
void OnOfferRefused(Context& context, Leg& leg, TransactionId request, int status) {
  Leg* lead = context.state.PeerOf(leg);
  const bool negotiates = OfferIsMade(lead, leg);
  const bool asked = negotiates || (lead != nullptr && WaitsFor(*lead, request));
  if (asked && status == 491 && leg.refusals < kMostRefusals) return AskAgain(context, leg, Negotiation::kAgain);
  const bool gone = status == 481 || status == 408;  // 12.2.1.2
  if (gone || negotiates) return EndBoth(context, leg, status);
  if (!IsStillToCome(leg)) StopNegotiating(context, leg);
  if (lead != nullptr) FinishRequest(context, *lead, request, status);
}

void OfferAgain(Context& context, Leg& leg) {
  leg.negotiation = Negotiation::kNone;
  Leg* lead = context.state.PeerOf(leg);
  if (lead == nullptr || IsOver(leg) || IsOver(*lead)) return;
  const bool offers = lead->negotiation == Negotiation::kOffering;
  if (!IsFree(leg)) {
    return offers ? OfferLater(context, leg) : OnOfferRefused(context, leg, lead->command_request, 491);
  }
  if (offers) {
    SendOwnReInvite(context, leg, Purpose::kOffer, lead->session.view());
  } else {
    OfferHold(context, *lead, leg);
  }
}

// A further leg has not been answered.
void GiveUp(Context& context, Leg& leg) {
  if (leg.phase != Leg::Phase::kInviting && leg.phase != Leg::Phase::kAlerting) return;
  EndBoth(context, leg, 480);
}

void OnOfferAnswer(Context& context, Leg& leg, TransactionId request, const sip::Message& answer) {
  Leg* lead = context.state.PeerOf(leg);
  const bool negotiates = OfferIsMade(lead, leg);
  if (!IsStillToCome(leg)) StopNegotiating(context, leg);
  SendDueAck(context, leg, nullptr);
  if (IsOver(leg)) return RemoveIfOver(context, leg.call);
  Remember(answer, leg);
  if (negotiates) return SessionOf(answer).empty() ? EndBoth(context, leg, 488) : OnAnswered(context, leg);
  if (lead != nullptr) FinishRequest(context, *lead, request, 200);
}

}  // namespace

// 14.1: 2.1 to 4 s for who owns the Call-ID, up to 2 s for who does not, in steps of 10 ms.
Duration AfterRefusal(Context& context, const Leg& leg) {
  const int64_t steps = static_cast<int64_t>(NextMac(context) % (leg.invited ? 191 : 201));
  return Duration::Milliseconds((leg.invited ? 2100 : 0) + 10 * steps);
}

bool IsFree(const Leg& leg) {
  return leg.client_invite.empty() && leg.server_invite.empty() && leg.client_update.empty() &&
         leg.server_update.empty() && !leg.awaited_ack.has_value() && !leg.due_ack.has_value();
}

void StopNegotiating(Context& context, Leg& leg) {
  context.state.timers.Cancel(&leg.patience);
  leg.negotiation = Negotiation::kNone;
  leg.refusals = 0;
}

void HoldOffer(Context& context, Leg& leg) {
  Accept(context, leg, HeldSession(leg.session.view(), 0));
  const Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr) return;
  leg.negotiation = Negotiation::kWanted;
  if (peer->phase == Leg::Phase::kConfirmed) StartPatience(context, leg, kBusyRetry);
}

void Negotiate(Context& context, Leg& lead) {
  lead.refusals = 0;
  Lead(context, lead);
}

void SendOwnInvite(Context& context, Leg& leg, absl::string_view session, const ReferredInvite& referred) {
  leg.phase = Leg::Phase::kInviting;
  ClientTransaction& row = BeginClient(context, sip::Method::kInvite, leg.hop, Purpose::kInvite);
  row.call = leg.call;
  row.leg = leg.id;
  row.cseq = leg.invite_cseq;
  leg.client_invite = row.id;
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "INVITE", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards);
  WriteContact(context, leg, &writer);
  WriteCallUuid(context, context.state.CallOf(leg), &writer);
  AssertCpn(context, leg, &writer);
  WriteDiversion(leg, &writer);
  writer.Header(HeaderName::kAllow, AllowedMethods());
  WriteAsked(context, leg, &writer);
  if (!referred.referred_by.empty()) writer.Header(HeaderName::kReferredBy, referred.referred_by);
  if (!referred.replaces.empty()) writer.Header(HeaderName::kReplaces, referred.replaces);
  writer.Body(session.empty() ? absl::string_view() : kSdp, session);
  SendRequest(context, row);
}

void SendOwnReInvite(Context& context, Leg& leg, Purpose purpose, absl::string_view session) {
  US_CHECK(leg.client_invite.empty());
  ClientTransaction& row = BeginNextRequest(context, leg, sip::Method::kInvite, purpose);
  leg.client_invite = row.id;
  leg.invite_cseq = row.cseq;
  leg.rseq = 0;
  sip::MessageWriter writer(&context.text);
  WriteContact(context, leg, &writer);
  WriteCallUuid(context, context.state.CallOf(leg), &writer);
  writer.Header(HeaderName::kAllow, AllowedMethods());
  WriteAsked(context, leg, &writer);
  writer.Body(session.empty() ? absl::string_view() : kSdp, session);
  SendRequest(context, row);
}

void OnOwnProvisional(Context& context, Leg& leg, const SipReceived& response) {
  if (FollowProvisional(response.message, leg)) AcknowledgeProvisional(context, leg, response.message);
  if (!response.flow.empty()) leg.hop.flow = response.flow;
  if (leg.phase != Leg::Phase::kInviting) return;
  leg.phase = Leg::Phase::kAlerting;
  Leg& lead = LeadOf(context.state, leg);
  if (BeginsFlowI(context.state, lead)) return LetAnswer(context, leg);
  ReportCall(context, context.state.CallOf(leg), CallProgress::Step::kAlerting, response.message.status());
  LegAlerting(context, lead, response.message.status());
}

void OnOwnAnswer(Context& context, Leg& leg, const SipReceived& response) {
  const bool asked = leg.negotiation == Negotiation::kAsked;
  const bool begins = BeginsFlowI(context.state, leg);
  leg.phase = Leg::Phase::kConfirmed;
  StopNoAnswer(context, context.state.CallOf(leg));
  if (begins) return OnOffer(context, leg, response.message);
  StopNegotiating(context, leg);
  Remember(response.message, leg);
  if (asked && leg.session.empty()) return EndBoth(context, leg, 488);
  // Nobody has a session for it yet: its offer is on hold until it is joined with somebody.
  if (asked) AcknowledgeWith(context, leg, kSdp, HeldSession(leg.session.view(), 0));
  SendDueAck(context, leg, nullptr);
  const Leg* peer = context.state.PeerOf(leg);
  if (peer != nullptr) {
    ReportCall(context, context.state.CallOf(leg), CallProgress::Step::kAnswered, response.message.status());
  }
  LegAnswered(context, leg);
  OnAnswered(context, leg);
}

void OnOwnFailure(Context& context, Leg& leg, int status, const SipReceived* response) {
  const bool first = !IsOver(leg);
  leg.phase = Leg::Phase::kReleased;
  StopNegotiating(context, leg);
  if (!first) return RemoveIfOver(context, leg.call);
  const LegEnd by = response == nullptr ? LegEnd::kServer : LegEnd::kParty;
  const bool alone = IsConference(context.state.CallOf(leg));
  LegReleased(context, leg, status, by);
  if (alone) PartFromPeer(context, leg);
  Leg* peer = context.state.PeerOf(leg);
  if (peer == nullptr) return RemoveIfOver(context, leg.call);
  EndFor(context, *peer, status);
  LegReleased(context, *peer, status, LegEnd::kPeer);
  ReportEnd(context, leg, CallProgress::Step::kFailed, status);
}

void OnOwnReInviteFinal(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                        const SipReceived* response) {
  if (ended.purpose == Purpose::kRefreshInvite) return OnRefreshFinal(context, leg, ended, status, response);
  const bool asked = ended.purpose == Purpose::kAskOffer;
  if (status >= 300) {
    if (IsOver(leg)) return RemoveIfOver(context, leg.call);
    if (!asked) return OnOfferRefused(context, leg, ended.id, status);
    if (status == 491) return AskAgain(context, leg, Negotiation::kWanted);
    return EndBoth(context, leg, status);
  }
  if (!asked) return OnOfferAnswer(context, leg, ended.id, response->message);
  if (IsOver(leg)) {
    SendDueAck(context, leg, nullptr);
    return RemoveIfOver(context, leg.call);
  }
  if (leg.negotiation == Negotiation::kAsked) return OnOffer(context, leg, response->message);
  // It has got another peer meanwhile, which waits.
  Remember(response->message, leg);
  AcknowledgeWith(context, leg, kSdp, HeldSession(leg.session.view(), 0));
}

void OnPatienceTimer(Context& context, const Timer& timer) {
  Leg* leg = context.state.legs.Find(LegId(timer.row));
  US_CHECK(leg != nullptr);
  Touch(context, leg->call);
  leg->patience = TimerHandle();
  if (IsOver(*leg)) return;
  switch (leg->negotiation) {
    case Negotiation::kNone:
    case Negotiation::kAsked:
      return GiveUp(context, *leg);
    case Negotiation::kWanted:
      return Lead(context, *leg);
    case Negotiation::kOffering:
      return HoldOffer(context, *leg);
    case Negotiation::kAgain:
      return OfferAgain(context, *leg);
  }
}

absl::string_view SessionOf(const sip::Message& message) {
  const absl::string_view type = sip::WithoutParams(message.ValueOf(HeaderName::kContentType));
  return absl::EqualsIgnoreCase(type, kSdp) ? message.body() : absl::string_view();
}

absl::string_view BodyOf(absl::string_view text) {
  constexpr absl::string_view kEndOfHead = "\r\n\r\n";
  const size_t head = text.find(kEndOfHead);
  return head == absl::string_view::npos ? absl::string_view() : text.substr(head + kEndOfHead.size());
}

absl::string_view SessionIn(absl::string_view text) {
  const absl::string_view body = BodyOf(text);
  const absl::string_view head = text.substr(0, text.size() - body.size());
  return absl::StrContains(head, "\r\nContent-Type: application/sdp") ? body : absl::string_view();
}

void Remember(const sip::Message& message, Leg& leg) {
  const absl::string_view session = SessionOf(message);
  if (session.empty() || session == leg.session.view()) return;
  leg.session = SharedBytes(session);
}

void TakeOffer(Context& context, SharedBytes offer, Leg& leg) {
  if (offer.empty()) return;
  leg.session = std::move(offer);
  if (leg.phase != Leg::Phase::kConfirmed) return;
  const bool hold = IsHeld(leg.session.view());
  if (hold == leg.on_hold) return;
  leg.on_hold = hold;
  hold ? LegHeld(context, leg) : LegRetrieved(context, leg);
}

void EndBoth(Context& context, Leg& leg, int status) {
  if (IsConference(context.state.CallOf(leg))) return EndAlone(context, leg, status);
  Leg* peer = context.state.PeerOf(leg);
  EndFor(context, leg, status);
  LegReleased(context, leg, status, LegEnd::kServer);
  if (peer != nullptr) {
    EndFor(context, *peer, status);
    LegReleased(context, *peer, status, LegEnd::kServer);
  }
  ReportEnd(context, leg, CallProgress::Step::kReleased, status);
}

}  // namespace understudy::engine
