// Requests inside a dialog: re-INVITE, UPDATE, INFO, MESSAGE, NOTIFY and methods unknown to us are carried from leg to
// leg, and so are their answers. BYE, PRACK and the REFER of a phone have files of their own.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/carried_status.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_uuid.h"
#include "engine/early/early_dialogs.h"
#include "engine/early/early_lookup.h"
#include "engine/events/subscribe.h"
#include "engine/identity.h"
#include "engine/leg_message.h"
#include "engine/negotiation.h"
#include "engine/refer.h"
#include "engine/refer_call.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/session/lone_refresh.h"
#include "engine/session/session_refresh.h"
#include "engine/sip_ids.h"
#include "engine/stateless.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

// Seconds for Retry-After: 0 to 10, without a pattern (14.2, RFC 3311 5.2).
std::string RetryAfter(Context& context) {
  return absl::StrCat(NextMac(context) % 11);
}

bool IsTargetRefresh(Method method) {
  return method == Method::kInvite || method == Method::kUpdate;
}

// Methods of the session itself: a 481 to one of them means that the session is gone (RFC 5057 5.1). NOTIFY, SUBSCRIBE
// and REFER have usages of their own (RFC 6665), PRACK asks for a response (RFC 3262 section 3), and of what is unknown
// nobody knows.
bool IsOfTheSession(Method method) {
  return method == Method::kInfo || method == Method::kUpdate || method == Method::kMessage;
}

// Whether an INVITE, or its answer, is on its way somewhere on that leg.
bool InviteInProgress(const Leg& leg) {
  return !leg.client_invite.empty() || !leg.server_invite.empty() || leg.awaited_ack.has_value() ||
         leg.due_ack.has_value();
}

ServerTransaction& BeginCarried(Context& context, const Leg& leg, const SipReceived& request, Purpose purpose) {
  ServerTransaction& server = BeginServer(context, request, {});
  server.call = leg.call;
  server.leg = leg.id;
  server.purpose = purpose;
  if (IsTargetRefresh(server.method)) {
    server.target = sip::RemoteTargetOf(request.message);
    server.offer = SharedBytes(SessionOf(request.message));
  }
  if (server.method != Method::kInvite) TryLater(context, server);
  return server;
}

// Notes what an INVITE or UPDATE asks of session timers. True: it has got a 422.
bool RefusesInterval(Context& context, Leg& leg, const SipReceived& request) {
  if (leg.phase != Leg::Phase::kConfirmed) return false;
  if (const uint32_t least = RefusedIntervalOf(context.state, leg.number, request.message)) {
    Refuse(context, request, 422, HeaderName::kMinSe, absl::StrCat(least));
    return true;
  }
  ReadAskedOf(context, leg, request.message);
  return false;
}

void OnReInvite(Context& context, Leg& leg, Leg& other, const SipReceived& request) {
  if (!leg.server_invite.empty()) {
    return Refuse(context, request, 500, HeaderName::kRetryAfter, RetryAfter(context));  // 14.2
  }
  if (other.phase != Leg::Phase::kConfirmed || InviteInProgress(leg) || InviteInProgress(other) ||
      IsRefreshing(context.state, other)) {
    return Refuse(context, request, 491);
  }
  if (RefusesInterval(context, leg, request)) return;
  StopAwaitingPrack(context, leg);
  ServerTransaction& server = BeginCarried(context, leg, request, Purpose::kReInvite);
  leg.server_invite = server.id;
  leg.invite_cseq = request.message.cseq().number;
  ClientTransaction& row = CarryRequest(context, other, server.id, request, Purpose::kReInvite);
  other.client_invite = row.id;
  other.invite_cseq = row.cseq;
  other.rseq = 0;
}

void OnUpdate(Context& context, Leg& leg, Leg& other, const SipReceived& request) {
  if (!leg.server_update.empty()) {
    return Refuse(context, request, 500, HeaderName::kRetryAfter, RetryAfter(context));
  }
  if (!leg.client_update.empty() || !other.client_update.empty()) return Refuse(context, request, 491);
  if (RefusesInterval(context, leg, request)) return;
  const ServerTransaction& server = BeginCarried(context, leg, request, Purpose::kRelay);
  leg.server_update = server.id;
  const ClientTransaction& row = CarryRequest(context, other, server.id, request, Purpose::kRelay);
  other.client_update = row.id;
}

// Of a message that comes from the other side of the conversation.
Asserted AssertOfPeer(Context& context, const sip::Message& message, const Leg& to, sip::MessageWriter* writer) {
  const Leg* from = OtherSideOf(context.state, to);
  return from == nullptr ? Asserted::kEnd : AssertWithin(context, message, from->number, to, writer);
}

void CarryAnswer(Context& context, Leg& leg, const ServerTransaction& server, const SipReceived& response) {
  const sip::Message& message = response.message;
  const int status = CarriedStatus(message.status());
  sip::MessageWriter writer = BeginResponse(context, server, status, CarriedReason(message));
  if (message.Has(HeaderName::kContact)) WriteContact(context, leg, &writer);
  const bool refreshes = server.method == Method::kUpdate && leg.phase == Leg::Phase::kConfirmed;
  if (refreshes && status < 300) WriteAgreed(context, leg, &writer);
  CarryHeaders(message, AssertOfPeer(context, message, leg, &writer), &writer, TimersBetween(context.state, leg));
  CarryBody(message, &writer);
  const SharedBytes bytes = Respond(context, server.id, status);
  if (status < 300) NoteTold(leg, bytes.view());
}

// What an answer says of the call beyond itself.
void AfterAnswer(Context& context, Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response) {
  const bool counts = leg.client_update == ended.id;
  if (counts) leg.client_update = TransactionId();
  Call& call = context.state.CallOf(leg);
  if (response != nullptr && status < 300 && counts) {
    sip::RefreshTarget(response->message, &leg.dialog);
    Remember(response->message, leg);
    const Leg* peer = context.state.PeerOf(leg);
    const bool joined = peer != nullptr && peer->phase == Leg::Phase::kConfirmed;
    const bool confirmed = leg.phase == Leg::Phase::kConfirmed;
    if (confirmed) TakeAgreed(context, leg, response->message);
    if (joined && confirmed && TimersBetween(context.state, leg) == Timers::kCarry) {
      TakeSessionInterval(context, call, response->message);
    }
  }
  // Not where it was asked in an early dialog that has been lost since.
  const bool here = response == nullptr || absl::EqualsIgnoreCase(response->message.to_tag(), leg.dialog.remote_tag);
  const bool gone = status == 481 && IsOfTheSession(ended.method) && here;
  if (gone && leg.phase == Leg::Phase::kConfirmed) EndCallOf(context, leg, status);
}

ClientTransaction& Carry(Context& context, Leg& leg, TransactionId server, const SipReceived& request, Purpose purpose,
                         const AwaitedPrack* acknowledged) {
  const sip::Message& message = request.message;
  ClientTransaction& row = BeginClient(context, message.method(), LegHop(context, leg), purpose);
  row.call = leg.call;
  row.leg = leg.id;
  row.relay = server;
  row.cseq = sip::NextLocalSequence(&leg.dialog);
  context.state.transactions.FindServer(server)->relay = row.id;
  sip::MessageWriter writer = BeginLegRequest(context, leg, row.hop, message.method_text(),
                                              MakeBranch(row.id, row.branch_mac), row.cseq, NextMaxForwards(message));
  if (message.Has(HeaderName::kContact) || IsTargetRefresh(message.method())) {
    WriteContact(context, leg, &writer);
  }
  if (message.method() == Method::kInvite) WriteCallUuid(context, context.state.CallOf(leg), &writer);
  if (acknowledged != nullptr) {
    writer.Header(HeaderName::kRAck, acknowledged->other_rseq, " ", leg.invite_cseq, " INVITE");
  }
  const bool asks = IsTargetRefresh(message.method()) && leg.phase == Leg::Phase::kConfirmed;
  if (asks) WriteAsked(context, leg, &writer);
  CarryHeaders(message, AssertOfPeer(context, message, leg, &writer), &writer, TimersBetween(context.state, leg));
  CarryBody(message, &writer);
  SendRequest(context, row);
  return row;
}

}  // namespace

ClientTransaction& CarryRequest(Context& context, Leg& to, TransactionId server, const SipReceived& request,
                                Purpose purpose) {
  return Carry(context, to, server, request, purpose, nullptr);
}

void CarryPrack(Context& context, Leg& to, TransactionId server, const SipReceived& request,
                const AwaitedPrack& acknowledged) {
  Carry(context, to, server, request, Purpose::kRelay, &acknowledged);
}

void OnDialogRequest(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (const SentRefer* refer = FindRefer(context.state, message.to_tag(), message.call_id())) {
    return OnReferNotify(context, *context.state.refers.Find(refer->id), request);
  }
  if (message.method() == Method::kSubscribe) {
    if (const Subscription* subscription = FindSubscription(context.state, message)) {
      return OnSubscribeAgain(context, *context.state.subscriptions.Find(subscription->id), request);
    }
  }
  Leg* found = FindDialog(context.state, message.to_tag(), message.from_tag(), message.call_id());
  US_CHECK(found != nullptr);  // RefusalOf
  Leg& leg = *found;
  Touch(context, leg.call);
  if (!request.flow.empty()) leg.hop = ResponseHop(request);  // the connection that it uses now
  if (AnswersForLost(context, leg, request)) return;
  EnterDialogOf(context, leg, message.to_tag(), message.from_tag());
  if (!sip::AcceptRemoteSequence(message.cseq().number, &leg.dialog)) return Refuse(context, request, 500);
  if (message.method() == Method::kBye) return OnBye(context, leg, request);
  const Leg* other = OtherSideOf(context.state, leg);
  Leg* peer = other == nullptr ? nullptr : context.state.legs.Find(other->id);
  const bool over = peer != nullptr && peer->phase == Leg::Phase::kReleased;
  if (over || leg.phase == Leg::Phase::kReleased) return Refuse(context, request, 481);
  const std::string unsupported = UnsupportedOptions(message);
  if (!unsupported.empty()) return Refuse(context, request, 420, HeaderName::kUnsupported, unsupported);
  if (NextMaxForwards(message) < 0) return Refuse(context, request, 483);
  if (message.method() == Method::kRefer && !CarriesRefer(context, leg)) return OnRefer(context, leg, request);
  if (message.method() == Method::kPrack) return OnPrack(context, leg, request);
  if (RefreshesAlone(leg, peer, message)) {
    return RefusesInterval(context, leg, request) ? void() : AnswerRefresh(context, leg, request);
  }
  if (peer == nullptr || peer->dialog.remote_tag.empty()) return Refuse(context, request, 480);  // nobody there yet
  if (message.method() == Method::kInvite) return OnReInvite(context, leg, *peer, request);
  if (message.method() == Method::kUpdate) return OnUpdate(context, leg, *peer, request);
  const ServerTransaction& server = BeginCarried(context, leg, request, Purpose::kRelay);
  CarryRequest(context, *peer, server.id, request, Purpose::kRelay);
}

void OnRelayFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  const ServerTransaction* server = context.state.transactions.FindServer(ended.relay);
  if (server != nullptr) {
    Leg* asking = context.state.legs.Find(server->leg);
    if (asking != nullptr) EnterDialogOf(context, *asking, server->id);
    const bool counts = asking != nullptr && asking->server_update == server->id;
    if (counts) asking->server_update = TransactionId();
    if (response != nullptr && asking != nullptr && status != 408) {
      if (status < 300 && counts) TakeTarget(*server, *asking);
      const SharedBytes offer = status < 300 && counts ? server->offer : SharedBytes();
      CarryAnswer(context, *asking, *server, *response);
      TakeOffer(context, offer, *asking);
    } else {
      RespondForNobody(context, ended.relay, status);
    }
  }
  Leg* leg = context.state.legs.Find(ended.leg);
  if (leg == nullptr) return;
  EnterDialogOf(context, *leg, ended.id);
  if (status < 300) NoteTold(*leg, ended.request.view());
  AfterAnswer(context, *leg, ended, status, response);
}

}  // namespace understudy::engine
