// Requests inside a dialog: re-INVITE, UPDATE, INFO, MESSAGE, NOTIFY, REFER and methods unknown to us are carried from
// leg to leg, and so are their answers. BYE and PRACK have files of their own.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/carried_status.h"
#include "engine/client_transactions.h"
#include "engine/leg_message.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
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

ServerTransaction& BeginCarried(Context& context, const Call& call, uint8_t side, const SipReceived& request,
                                Purpose purpose) {
  ServerTransaction& server = BeginServer(context, request, {});
  server.call = call.id;
  server.side = side;
  server.purpose = purpose;
  if (IsTargetRefresh(server.method)) server.target = sip::RemoteTargetOf(request.message);
  if (server.method != Method::kInvite) TryLater(context, server);
  return server;
}

void OnReInvite(Context& context, Call& call, uint8_t side, const SipReceived& request) {
  Leg& leg = call.leg(side);
  Leg& other = call.leg(OtherSide(side));
  if (!leg.server_invite.empty()) {
    return Refuse(context, request, 500, HeaderName::kRetryAfter, RetryAfter(context));  // 14.2
  }
  if (other.phase != Leg::Phase::kConfirmed || InviteInProgress(leg) || InviteInProgress(other)) {
    return Refuse(context, request, 491);
  }
  StopAwaitingPrack(context, leg);
  ServerTransaction& server = BeginCarried(context, call, side, request, Purpose::kReInvite);
  leg.server_invite = server.id;
  leg.invite_cseq = request.message.cseq().number;
  ClientTransaction& row = CarryRequest(context, call, OtherSide(side), server.id, request, Purpose::kReInvite);
  other.client_invite = row.id;
  other.invite_cseq = row.cseq;
  other.rseq = 0;
}

void OnUpdate(Context& context, Call& call, uint8_t side, const SipReceived& request) {
  Leg& leg = call.leg(side);
  Leg& other = call.leg(OtherSide(side));
  if (!leg.server_update.empty()) {
    return Refuse(context, request, 500, HeaderName::kRetryAfter, RetryAfter(context));
  }
  if (!leg.client_update.empty() || !other.client_update.empty()) return Refuse(context, request, 491);
  const ServerTransaction& server = BeginCarried(context, call, side, request, Purpose::kRelay);
  leg.server_update = server.id;
  const ClientTransaction& row = CarryRequest(context, call, OtherSide(side), server.id, request, Purpose::kRelay);
  other.client_update = row.id;
}

void CarryAnswer(Context& context, const Call& call, const ServerTransaction& server, const SipReceived& response) {
  const sip::Message& message = response.message;
  const int status = CarriedStatus(message.status());
  sip::MessageWriter writer = BeginResponse(context, server, status, CarriedReason(message));
  if (message.Has(HeaderName::kContact)) WriteContact(context, call, server.side, &writer);
  CarryHeaders(message, &writer);
  CarryBody(message, &writer);
  Respond(context, server.id, status);
}

// What an answer says of the call beyond itself.
void AfterAnswer(Context& context, Call& call, const ClientTransaction& ended, int status,
                 const SipReceived* response) {
  Leg& leg = call.leg(ended.side);
  if (leg.client_update == ended.id) leg.client_update = TransactionId();
  Leg& other = call.leg(OtherSide(ended.side));
  if (other.server_update == ended.relay) other.server_update = TransactionId();
  if (response != nullptr && status < 300 && ended.method == Method::kUpdate) {
    sip::RefreshTarget(response->message, &leg.dialog);
    if (leg.phase == Leg::Phase::kConfirmed && other.phase == Leg::Phase::kConfirmed) {
      TakeSessionInterval(context, call, response->message);
    }
  }
  const bool gone = status == 481 && IsOfTheSession(ended.method);
  if (gone && leg.phase == Leg::Phase::kConfirmed) EndCall(context, call, status);
}

// The leg as the UAS of a reliable response sees it, when that is another of a fork than the one the leg follows.
absl::optional<Leg> ForkOf(const AwaitedPrack& acknowledged, const Leg& leg) {
  if (absl::EqualsIgnoreCase(acknowledged.remote_tag, leg.dialog.remote_tag)) return absl::nullopt;
  Leg fork = leg;
  fork.dialog.remote_tag = acknowledged.remote_tag;
  fork.dialog.remote_target = acknowledged.remote_target;
  fork.dialog.route_set = acknowledged.route_set;
  return fork;
}

ClientTransaction& Carry(Context& context, Call& call, uint8_t to_side, TransactionId server,
                         const SipReceived& request, Purpose purpose, const AwaitedPrack* acknowledged) {
  const sip::Message& message = request.message;
  const uint32_t cseq = sip::NextLocalSequence(&call.leg(to_side).dialog);
  absl::optional<Leg> fork;
  if (acknowledged != nullptr) fork = ForkOf(*acknowledged, call.leg(to_side));
  const Leg& leg = fork ? *fork : call.leg(to_side);
  ClientTransaction& row = BeginClient(context, message.method(), LegHop(context, leg), purpose);
  row.call = call.id;
  row.side = to_side;
  row.relay = server;
  row.cseq = cseq;
  context.state.transactions.FindServer(server)->relay = row.id;
  sip::MessageWriter writer = BeginLegRequest(context, leg, row.hop.transport, message.method_text(),
                                              MakeBranch(row.id, row.branch_mac), row.cseq, NextMaxForwards(message));
  if (message.Has(HeaderName::kContact) || IsTargetRefresh(message.method())) {
    WriteContact(context, call, to_side, &writer);
  }
  if (acknowledged != nullptr) {
    writer.Header(HeaderName::kRAck, acknowledged->other_rseq, " ", leg.invite_cseq, " INVITE");
  }
  CarryHeaders(message, &writer);
  CarryBody(message, &writer);
  SendRequest(context, row);
  return row;
}

}  // namespace

ClientTransaction& CarryRequest(Context& context, Call& call, uint8_t to_side, TransactionId server,
                                const SipReceived& request, Purpose purpose) {
  return Carry(context, call, to_side, server, request, purpose, nullptr);
}

void CarryPrack(Context& context, Call& call, uint8_t to_side, TransactionId server, const SipReceived& request,
                const AwaitedPrack& acknowledged) {
  Carry(context, call, to_side, server, request, Purpose::kRelay, &acknowledged);
}

void OnDialogRequest(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  const DialogPlace place = FindDialog(context.state, message.to_tag(), message.from_tag(), message.call_id());
  US_CHECK(place.call != nullptr);  // RefusalOf
  Call& call = *place.call;
  Leg& leg = call.leg(place.side);
  Touch(context, call.id);
  if (!request.flow.empty()) leg.hop = ResponseHop(request);  // the connection that it uses now
  if (!sip::AcceptRemoteSequence(message.cseq().number, &leg.dialog)) return Refuse(context, request, 500);
  if (message.method() == Method::kBye) return OnBye(context, call, place.side, request);
  const Leg& other = call.leg(OtherSide(place.side));
  if (leg.phase == Leg::Phase::kReleased || other.phase == Leg::Phase::kReleased) return Refuse(context, request, 481);
  const std::string unsupported = UnsupportedOptions(message);
  if (!unsupported.empty()) return Refuse(context, request, 420, HeaderName::kUnsupported, unsupported);
  if (NextMaxForwards(message) < 0) return Refuse(context, request, 483);
  if (other.dialog.remote_tag.empty()) return Refuse(context, request, 480);  // nobody there yet
  if (message.method() == Method::kPrack) return OnPrack(context, call, place.side, request);
  if (message.method() == Method::kInvite) return OnReInvite(context, call, place.side, request);
  if (message.method() == Method::kUpdate) return OnUpdate(context, call, place.side, request);
  const ServerTransaction& server = BeginCarried(context, call, place.side, request, Purpose::kRelay);
  CarryRequest(context, call, OtherSide(place.side), server.id, request, Purpose::kRelay);
}

void OnRelayFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  Call* call = context.state.calls.Find(ended.call);
  const ServerTransaction* server = context.state.transactions.FindServer(ended.relay);
  if (server != nullptr) {
    if (response != nullptr && call != nullptr && status != 408) {
      if (status < 300) TakeTarget(*server, call->leg(server->side));
      CarryAnswer(context, *call, *server, *response);
    } else {
      RespondForNobody(context, ended.relay, status);
    }
  }
  if (call != nullptr) AfterAnswer(context, *call, ended, status, response);
}

}  // namespace understudy::engine
