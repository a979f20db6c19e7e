// Answers to an INVITE of ours: the one that made leg 1, and a re-INVITE on either leg.
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "engine/branches/branches.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/carried_status.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/early/early_dialogs.h"
#include "engine/early/early_lookup.h"
#include "engine/fork.h"
#include "engine/held_session.h"
#include "engine/identity.h"
#include "engine/leg_message.h"
#include "engine/locating.h"
#include "engine/negotiation.h"
#include "engine/overflow.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/service_check.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "sip/header_values.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

// Takes what a response says of the dialog. Of several early dialogs (12.1, forking) the one heard last counts
// until a 2xx decides. False, and the dialog is as it was, when the response does not fit: no To tag in a 18x, or a bad
// Record-Route.
bool Follow(const sip::Message& response, Leg& leg) {
  const bool early = leg.dialog.state == sip::DialogState::kEarly;
  const bool fork =
      early && !leg.dialog.remote_tag.empty() && !absl::EqualsIgnoreCase(leg.dialog.remote_tag, response.to_tag());
  if (!fork) return sip::Establish(response, &leg.dialog).ok();
  sip::Dialog dialog = leg.dialog;
  dialog.remote_tag.clear();
  if (!sip::Establish(response, &dialog).ok()) return false;
  leg.dialog = std::move(dialog);
  leg.rseq = 0;
  return true;
}

// The same for a 2xx, which decides even when its Record-Route is bad: then its UAS is reached without.
void FollowAnswer(const sip::Message& response, Leg& leg) {
  if (!Follow(response, leg)) {
    leg.dialog.remote_tag = std::string(response.to_tag());
    leg.dialog.route_set.clear();
    sip::RefreshTarget(response, &leg.dialog);
  }
  leg.dialog.state = sip::DialogState::kConfirmed;
}

// Whether a provisional response makes a dialog, or is in one: Follow will take it (12.1.2).
bool IsOfADialog(const sip::Message& response, const Leg& leg) {
  if (response.to_tag().empty()) return false;
  if (!response.Has(HeaderName::kRecordRoute)) return true;
  sip::Dialog dialog = leg.dialog;
  dialog.remote_tag.clear();
  return sip::Establish(response, &dialog).ok();
}

// That an early dialog is over which nobody has heard of (RFC 6228), or one more than are kept.
bool IsUnheard(const sip::Message& response, const Leg& asking, const Leg& giver) {
  const absl::string_view tag = response.to_tag();
  if (IsLost(giver, tag)) return true;
  if (response.status() == 199) return !HasDialog(giver, giver.dialog.local_tag, tag);
  return IsOneTooMany(asking, giver, tag);
}

// Carries a response to the other leg's INVITE transaction; returns its bytes.
SharedBytes CarryAnswer(Context& context, Leg& to, const ServerTransaction& server, const SipReceived& response,
                        uint32_t rseq) {
  const sip::Message& message = response.message;
  const int status = CarriedStatus(message.status());
  sip::MessageWriter writer = BeginResponse(context, server, status, CarriedReason(message));
  if (message.status() < 300) WriteContact(context, to, &writer);
  if (message.status() >= 300 && message.status() < 400) {
    for (absl::string_view contact : sip::HeaderValues(message, HeaderName::kContact)) {
      writer.Header(HeaderName::kContact, contact);
    }
  }
  if (rseq != 0) writer.Header(HeaderName::kRSeq, rseq);
  if (status >= 200 && status < 300) WriteAgreed(context, to, &writer);
  const Leg* from = context.state.PeerOf(to);
  const Asserted asserted =
      from == nullptr ? Asserted::kEnd : AssertWithin(context, message, from->number, to, &writer);
  CarryHeaders(message, asserted, &writer, TimersBetween(context.state, to));
  CarryBody(message, &writer);
  const SharedBytes bytes = Respond(context, server.id, status);
  if (status < 300) NoteTold(to, bytes.view());
  return bytes;
}

// 2xx to an INVITE of ours, whose originator `server` waits.
void Answer(Context& context, Leg& other, const ServerTransaction& server, const SipReceived& response) {
  Call& call = context.state.CallOf(other);
  const Hop hop = server.hop;
  const uint32_t cseq = server.cseq;
  other.server_invite = TransactionId();
  LoseOthers(context, other);
  StopResendingReliable(context, other);
  TakeTarget(server, other);
  const SharedBytes offer = server.offer;
  if (TimersBetween(context.state, other) == Timers::kCarry) TakeSessionInterval(context, call, response.message);
  const SharedBytes bytes = CarryAnswer(context, other, server, response, 0);
  other.phase = Leg::Phase::kConfirmed;
  other.dialog.state = sip::DialogState::kConfirmed;
  AwaitAck(context, other, bytes, hop, cseq);
  context.state.timers.Cancel(&call.no_answer);
  TakeOffer(context, offer, other);
}

// Nobody waits for this 2xx any more: the caller has gone, or its INVITE was cancelled.
void HangUpAnswer(Context& context, Leg& leg) {
  leg.phase = Leg::Phase::kConfirmed;
  ReleaseLeg(context, leg, 0);
  RemoveIfOver(context, leg.call);
}

void PassFailureOn(Context& context, Leg& other, const ServerTransaction& server, int status,
                   const SipReceived* response, const std::string& warning) {
  other.server_invite = TransactionId();
  ForgetEarlyDialogs(context, other);
  StopAwaitingPrack(context, other);
  if (response != nullptr) {
    CarryAnswer(context, other, server, *response, 0);
  } else if (!warning.empty()) {
    RespondPlain(context, server.id, 480, HeaderName::kWarning, warning);
  } else {
    RespondPlain(context, server.id, CarriedStatus(status));
  }
}

void Fail(Context& context, Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response) {
  Call& call = context.state.CallOf(leg);
  const ServerTransaction* server = FindUnanswered(context, ended.relay);
  if (server != nullptr) {
    Leg* other = context.state.legs.Find(server->leg);
    US_CHECK(other != nullptr);  // an unanswered INVITE keeps its leg
    PassFailureOn(context, *other, *server, status, response, UnlocatedWarning(context.state, ended));
  }
  if (ended.purpose == Purpose::kInvite) {
    Leg* other = context.state.PeerOf(leg);
    leg.phase = Leg::Phase::kReleased;
    const bool first = other != nullptr && other->phase != Leg::Phase::kReleased;
    if (first) ReportCall(context, call, CallProgress::Step::kFailed, status);
    LegReleased(context, leg, status, response == nullptr ? LegEnd::kServer : LegEnd::kParty);
    if (first) {
      other->phase = Leg::Phase::kReleased;
      LegReleased(context, *other, status, LegEnd::kPeer);
    }
    context.state.timers.Cancel(&call.no_answer);
  } else if ((status == 481 || status == 408) && leg.phase == Leg::Phase::kConfirmed) {
    return EndCallOf(context, leg, status);  // 12.2.1.2: the dialog is gone
  }
  RemoveIfOver(context, call.id);
}

}  // namespace

bool FollowProvisional(const sip::Message& response, Leg& leg) {
  return Follow(response, leg);
}

void TakeTarget(const ServerTransaction& server, Leg& leg) {
  if (!server.target.empty()) leg.dialog.remote_target = server.target;
}

void OnInviteProvisional(Context& context, ClientTransaction& row, const SipReceived& response) {
  const sip::Message& message = response.message;
  Leg* answering = context.state.legs.Find(row.leg);
  if (answering == nullptr || message.status() == 100) return;
  Leg& leg = *answering;
  if (row.relay.empty()) return OnOwnProvisional(context, leg, response);
  const ServerTransaction* server = FindUnanswered(context, row.relay);
  if (server == nullptr) return;
  if (response.transport == leg.hop.transport) leg.hop.flow = response.flow;
  Leg* asking = context.state.legs.Find(server->leg);
  US_CHECK(asking != nullptr);  // an unanswered INVITE keeps its leg
  Leg& other = *asking;
  uint32_t other_rseq = 0;
  const bool reliable = IsReliableProvisional(message);
  if (reliable) {
    if (!sip::ParseNumber(message.ValueOf(HeaderName::kRSeq), 0xFFFFFFFF, &other_rseq) || other_rseq == 0) return;
  }
  const bool early = row.purpose == Purpose::kInvite;
  const bool fits = early && IsOfADialog(message, leg);
  const bool over = message.status() == 199 && !reliable;  // one that wants its PRACK is carried as any other
  if (early && !fits && reliable) return;
  if (!fits && over) return;  // of no early dialog
  if (fits && IsUnheard(message, other, leg)) return;
  if (fits) EnterEarlyDialog(context, other, leg, message.to_tag());
  if (reliable && other.awaited_prack.has_value()) return;  // one at a time (RFC 3262 section 3)
  if (reliable && !IsNextReliable(leg, other_rseq)) return;
  const bool followed = !fits || Follow(message, leg);
  US_CHECK(followed);
  if (over && !other.hears_199) return LoseEarlyDialog(context, other, Loss::kUntold);
  AskForTarget(context, leg);
  if (early) Remember(message, leg);
  if (reliable) leg.rseq = other_rseq;
  const Hop hop = server->hop;
  const uint32_t rseq = other_rseq == 0 ? 0 : other.sent_rseq + 1;
  const SharedBytes bytes = CarryAnswer(context, other, *server, response, rseq);
  if (rseq != 0) {
    other.sent_rseq = rseq;
    AwaitPrack(context, other, leg, bytes, hop, other_rseq);
  }
  if (over) return LoseEarlyDialog(context, other, Loss::kUntold);
  if (!early || leg.phase != Leg::Phase::kInviting) return;
  leg.phase = Leg::Phase::kAlerting;
  other.phase = Leg::Phase::kAlerting;
  ReportCall(context, context.state.CallOf(leg), CallProgress::Step::kAlerting, message.status());
  LegAlerting(context, LeadOf(context.state, leg), message.status());
}

void OnInviteFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  Leg* answering = context.state.legs.Find(ended.leg);
  if (answering == nullptr) return;
  Leg& leg = *answering;
  leg.client_invite = TransactionId();
  const bool own = ended.relay.empty();
  const bool re_invite = IsReInvite(ended.purpose);
  NoteFailure(context, leg, ended, status, response);
  if (status >= 300 && TryAlternativeTrunk(context, leg, ended, status, response)) return;
  if (status >= 300 && HoldFailure(context, leg, ended, status, response)) return;
  if (status < 300 && leg.phase != Leg::Phase::kReleased) TakeLead(context, leg);
  const BestAnswer best(leg, ended, status, response);
  status = best.status();
  response = best.response();
  if (status >= 300 && !own) return Fail(context, leg, ended, status, response);
  if (status >= 300 && re_invite) return OnOwnReInviteFinal(context, leg, ended, status, response);
  if (status >= 300) return OnOwnFailure(context, leg, status, response);
  US_CHECK(response != nullptr);
  if (response->transport == leg.hop.transport) leg.hop.flow = response->flow;
  if (re_invite) {
    sip::RefreshTarget(response->message, &leg.dialog);
  } else {
    const absl::string_view tag = response->message.to_tag();
    Leg* asking = leg.phase == Leg::Phase::kReleased ? nullptr : AskingOf(context, ended.relay);
    if (asking != nullptr) EnterEarlyDialog(context, *asking, leg, tag);
    ForgetEarlyDialogs(context, leg);
    FollowAnswer(response->message, leg);
    if (leg.trunk_use.has_value()) (*leg.trunk_use)->Settle();
  }
  NoteTold(leg, ended.request.view());
  TakeAgreed(context, leg, response->message);
  AskForTarget(context, leg);
  const bool offers = BodyOf(ended.request.view()).empty() && !SessionOf(response->message).empty();
  leg.due_ack = DueAck{ended.id, ended.cseq, offers};
  if (offers) Remember(response->message, leg);
  if (FinishedTransaction* invite = context.state.transactions.FindFinishedClient(ended.id)) {
    invite->cseq = leg.dialog.local_sequence;
  }
  if (own && re_invite) return OnOwnReInviteFinal(context, leg, ended, status, response);
  if (own && leg.phase != Leg::Phase::kReleased) return OnOwnAnswer(context, leg, *response);
  const ServerTransaction* server = FindUnanswered(context, ended.relay);
  if (ended.purpose == Purpose::kReInvite && server == nullptr) {
    SendDueAck(context, leg, nullptr);
    // The BYE is on its way already; or the PRACK never came, and the two sides know of different sessions.
    if (leg.phase == Leg::Phase::kConfirmed) return EndCallOf(context, leg, 504);
    return RemoveIfOver(context, leg.call);
  }
  if (server == nullptr) return HangUpAnswer(context, leg);
  leg.phase = Leg::Phase::kConfirmed;
  Remember(response->message, leg);
  Leg* asking = context.state.legs.Find(server->leg);
  US_CHECK(asking != nullptr);  // an unanswered INVITE keeps its leg
  Answer(context, *asking, *server, *response);
  if (ended.purpose == Purpose::kInvite) {
    ReportCall(context, context.state.CallOf(leg), CallProgress::Step::kAnswered, status);
    LegAnswered(context, leg);
  }
}

void OnForkedAnswer(Context& context, const FinishedTransaction& invite, const SipReceived& response) {
  const sip::Message& message = response.message;
  const uint32_t cseq = message.cseq().number;
  const std::string answer = invite.asks_offer ? HeldSession(SessionOf(message), 0) : std::string();
  ++context.state.transactions.FindFinishedClient(invite.client)->forks;
  sip::DialogRequest ours;
  ours.call_id = message.call_id();
  ours.local_tag = message.from_tag();
  ours.local_uri = message.from().uri;
  ours.remote_uri = message.to().uri;
  ours.request_uri = message.to().uri;
  ours.sequence = invite.cseq;
  Leg leg;
  leg.dialog = sip::BeginUacDialog(ours);
  FollowAnswer(message, leg);
  const absl::optional<TagId> tag = ParseTag(message.from_tag());
  if (const Leg* followed = tag ? context.state.legs.Find(tag->leg) : nullptr) {
    leg.call = followed->call;
    leg.dialog.local_sequence = followed->dialog.local_sequence;
  }
  leg.hop.transport = response.transport;
  leg.hop.flow = response.flow;
  leg.hop.remote = response.remote;
  const Hop hop = AckHop(context, leg);
  const std::string branch = MakeBranch(TransactionId(), NextMac(context));
  sip::MessageWriter writer = BeginLegRequest(context, leg, hop, "ACK", branch, cseq, kMaxForwards);
  writer.Body(answer.empty() ? absl::string_view() : "application/sdp", answer);
  FinishedTransaction done;
  done.key = ForkKey(context.state, message);
  done.deadline = context.state.timers.TransactionTime(context.now()) + sip::kGiveUp;
  done.answer = TakeText(context);
  done.answer_lsn = context.state.lsn;
  done.hop = hop;
  Send(context, hop, done.answer);
  context.state.transactions.AddFinished(TransactionTable::Lane::kLong, std::move(done));
  leg.phase = Leg::Phase::kConfirmed;
  ReleaseLeg(context, leg, 0);
}

}  // namespace understudy::engine
