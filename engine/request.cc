#include "engine/request.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/authentication.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/dial_plan.h"
#include "engine/events/mailbox.h"
#include "engine/events/subscribe.h"
#include "engine/levels/phone_transfers.h"
#include "engine/refer.h"
#include "engine/server_transactions.h"
#include "engine/stateless.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

void AnswerOptions(Context& context, const SipReceived& request) {
  const int status = OptionsStatus(context.state, request);
  if (status != 200) return Refuse(context, request, status);
  const ServerTransaction& row =
      BeginServer(context, request, absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16)));
  sip::MessageWriter writer = BeginResponse(context, row, 200);
  WriteCapabilities(&writer);
  writer.NoBody();
  Respond(context, row.id, 200);
}

void RefuseAtOnce(Context& context, const SipReceived& request, int status, absl::string_view served = {}) {
  const OwedHeader owed = OwedWith(status, request.message, served);
  Refuse(context, request, status, owed.name, owed.value);
}

// Only what the front end has not refused by itself comes here (engine/admission.h).
void RefuseUnseen(Context& context, const SipReceived& request, int status) {
  const absl::string_view reason = ReasonOfRefusal(context.state, request.message, status);
  if (reason.empty()) return RefuseAtOnce(context, request, status);
  RefuseSaying(context, request, status, reason);
}

// An option that may be required though it does not work from end to end: INVITEs may replace a dialog of ours, and ask
// whether they may (RFC 3891 section 4); REFERs may name one (RFC 4538 section 5).
absl::string_view ServedOption(const Context& context, const sip::Message& message) {
  if (!ServesPhoneTransfers(context.state.feature_level)) return {};
  if (message.method() == Method::kRefer) return "tdialog";
  return message.method() == Method::kInvite ? "replaces" : "";
}

// Requests that begin something. The guards are those of 8.2.2 and 16.3, in that order.
void OnNewRequest(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (context.state.transactions.HasMerged(context.request_merge)) return Refuse(context, request, 482);
  const absl::string_view served = ServedOption(context, message);
  if (const int refusal = RefusalOfForm(request, served)) return RefuseAtOnce(context, request, refusal, served);
  if (LacksAuthentication(context.state, request)) return RefuseSaying(context, request, 403, "Not Authenticated");
  switch (message.method()) {
    case Method::kInvite:
      return OnInvite(context, request);
    case Method::kRegister:
      return OnRegister(context, request);
    case Method::kOptions:
      return AnswerOptions(context, request);
    case Method::kMessage:
      return OnMessage(context, request);
    case Method::kSubscribe:
      return OnSubscribe(context, request);
    case Method::kRefer:
      return OnReferOutside(context, request);
    case Method::kNotify:
      return OnMailboxNotify(context, request);
    case Method::kBye:
    case Method::kPrack:
    case Method::kUpdate:
    case Method::kInfo:
    case Method::kPublish:
    case Method::kUnknown:
    case Method::kAck:
    case Method::kCancel:
      return;  // never come here: RefusalOf
  }
}

}  // namespace

void OnRequest(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  const sip::TransactionKey key = sip::ServerTransactionKey(context.state.lookup_key(), message);
  if (message.method() == Method::kAck) {
    if (!OnServerAck(context, key)) OnDialogAck(context, request);
    return;
  }
  context.request_key = key;
  if (message.to_tag().empty()) {
    context.request_merge = sip::MergedRequestKey(context.state.lookup_key(), message);
  }
  const TransactionTable& transactions = context.state.transactions;
  if (transactions.FindServer(key) != nullptr || transactions.FindFinished(key) != nullptr) return;  // a repetition
  if (const int refusal = RefusalOf(context.state, request)) return RefuseUnseen(context, request, refusal);
  if (message.method() == Method::kCancel) return OnCancel(context, request);
  if (!message.to_tag().empty()) return OnDialogRequest(context, request);
  OnNewRequest(context, request);
}

void Refuse(Context& context, const SipReceived& request, int status, HeaderName extra, absl::string_view value) {
  const ServerTransaction& row =
      BeginServer(context, request, absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16)), Trying::kSkip);
  RespondPlain(context, row.id, status, extra, value);
}

void RefuseSaying(Context& context, const SipReceived& request, int status, absl::string_view reason) {
  const ServerTransaction& row =
      BeginServer(context, request, absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16)), Trying::kSkip);
  BeginResponse(context, row, status, reason).NoBody();
  Respond(context, row.id, status);
}

Leg* FindDialog(State& state, absl::string_view our_tag, absl::string_view their_tag, absl::string_view call_id) {
  const Leg* leg = FindLeg(state, our_tag, their_tag, call_id);
  return leg == nullptr ? nullptr : state.legs.Find(leg->id);
}

}  // namespace understudy::engine
