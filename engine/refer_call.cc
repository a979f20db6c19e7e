#include "engine/refer_call.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "engine/begin_leg.h"
#include "engine/carried_headers.h"
#include "engine/client_transactions.h"
#include "engine/cti/refer_notices.h"
#include "engine/leg_message.h"
#include "engine/locating.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/escape.h"
#include "sip/header_values.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr absl::string_view kTokenParam = "understudy-refer";
constexpr absl::string_view kSipFrag = "message/sipfrag";

// From the 2xx on, for the INVITE that the phone sends by itself.
constexpr Duration kInvitePatience = Duration::Seconds(32);
// For what the phone may still say of a call that has been answered, or has failed. While it rings it is asked again.
constexpr Duration kSubscriptionPatience = Duration::Seconds(300);

void RestartPatience(Context& context, SentRefer& refer, Duration after) {
  context.state.timers.Cancel(&refer.patience);
  refer.patience = StartTimer(context, after, TimerKind::kReferPatience, refer.id.value());
}

void Forget(Context& context, SentRefer& refer) {
  context.state.timers.Cancel(&refer.patience);
  context.state.refers.Remove(refer.id);
}

// Nothing comes of the request, if it still waits.
void Fail(Context& context, SentRefer& refer, ReferFailure failure, int status) {
  if (!refer.request.has_value()) return;
  const PendingRequest request = *std::move(refer.request);
  refer.request.reset();
  ReferFailed(context, request, failure, status);
}

std::string ReferTo(const State& state, const Hop& hop, absl::string_view dialled, absl::string_view token) {
  std::string uri = "sip:";
  sip::EscapeUser(dialled, &uri);
  absl::StrAppend(&uri, "@", state.configuration.service_address(hop.transport, hop.remote).ToText());
  const absl::string_view param = TransportParam(hop.transport);
  if (!param.empty()) absl::StrAppend(&uri, ";transport=", param);
  absl::StrAppend(&uri, ";", kTokenParam, "=", token);
  return uri;
}

// The status that a body of message/sipfrag begins with; 0: none.
int StatusOf(const sip::Message& notify) {
  const absl::string_view type = sip::WithoutParams(notify.ValueOf(HeaderName::kContentType));
  absl::string_view body = notify.body();
  int status = 0;
  if (!absl::EqualsIgnoreCase(type, kSipFrag) || !absl::ConsumePrefix(&body, "SIP/2.0 ")) return 0;
  if (!absl::SimpleAtoi(body.substr(0, 3), &status) || status < 100 || status > 699) return 0;
  return status;
}

bool IsTerminated(const sip::Message& notify) {
  const absl::string_view state = sip::WithoutParams(notify.ValueOf(HeaderName::kSubscriptionState));
  return absl::EqualsIgnoreCase(state, "terminated");
}

// The phone's own call still waits for an answer.
bool Rings(const State& state, const SentRefer& refer) {
  const Leg* leg = state.legs.Find(refer.leg);
  return leg != nullptr && (leg->phase == Leg::Phase::kInviting || leg->phase == Leg::Phase::kAlerting);
}

bool IsOfRefer(const sip::Message& notify) {
  return absl::EqualsIgnoreCase(sip::WithoutParams(notify.ValueOf(HeaderName::kEvent)), "refer");
}

}  // namespace

void SendRefer(Context& context, const Destination& originator, absl::string_view dialled, PendingRequest request) {
  US_CHECK_EQ(originator.status, 0);
  if (SentRefer* last = context.state.refers.FindByDn(originator.number)) {
    US_CHECK(!last->request.has_value());
    Forget(context, *last);
  }
  SentRefer& refer = context.state.refers.Add(originator.number);
  const std::string token = MakeReferToken(refer.id, NextMac(context));
  Leg leg;
  leg.hop = originator.hop;
  leg.dialog = BeginDialogOf(context, originator, dialled, token);
  refer.dialog = leg.dialog;
  refer.request = std::move(request);
  ClientTransaction& row = BeginClient(context, sip::Method::kRefer, originator.hop, Purpose::kRefer);
  row.cseq = refer.dialog.local_sequence;
  context.state.refers.SetTransaction(refer, row.id);
  NameDevice(context, row, originator.device.empty() ? originator.number : originator.device);
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "REFER", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards);
  WriteContact(context, leg, &writer);
  writer.Header(HeaderName::kReferTo, "<", ReferTo(context.state, row.hop, dialled, token), ">");
  writer.Header(HeaderName::kAccept, kSipFrag);
  writer.NoBody();
  SendRequest(context, row);
}

bool IsToldToCall(const State& state, absl::string_view number) {
  const SentRefer* refer = state.refers.FindByDn(number);
  return refer != nullptr && refer->request.has_value();
}

absl::optional<PendingRequest> TakeReferred(Context& context, const sip::Message& invite, const Dn& originator,
                                            absl::string_view dialled, LegId leg) {
  const absl::optional<absl::string_view> token = invite.request_uri().Param(kTokenParam);
  const absl::optional<ReferId> id = token ? ParseReferToken(*token) : absl::nullopt;
  SentRefer* refer = id ? context.state.refers.Find(*id) : nullptr;
  if (refer == nullptr || refer->dialog.local_tag != *token || refer->number != originator.number) return absl::nullopt;
  if (!refer->request.has_value() || DialledBy(*refer->request) != dialled) return absl::nullopt;
  const PendingRequest request = *std::move(refer->request);
  refer->request.reset();
  refer->leg = leg;
  RestartPatience(context, *refer, kSubscriptionPatience);
  return request;
}

void OnReferFinal(Context& context, const ClientTransaction& ended, int status) {
  SentRefer* refer = context.state.refers.FindByTransaction(ended.id);
  if (refer == nullptr) return;
  context.state.refers.SetTransaction(*refer, TransactionId());
  if (status >= 300) {
    Fail(context, *refer, ReferFailure::kRefused, status);
    return Forget(context, *refer);
  }
  if (refer->request.has_value()) RestartPatience(context, *refer, kInvitePatience);
}

// A failure that the phone tells of is the end. It may say 2xx of the REFER itself, before it calls.
void OnReferNotify(Context& context, SentRefer& refer, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (!sip::AcceptRemoteSequence(message.cseq().number, &refer.dialog)) {
    return Refuse(context, request, 500);
  }
  const std::string unsupported = UnsupportedOptions(message);
  if (!unsupported.empty()) return Refuse(context, request, 420, HeaderName::kUnsupported, unsupported);
  if (!IsOfRefer(message)) return Refuse(context, request, 489, HeaderName::kAllowEvents, "refer");
  RespondPlain(context, BeginServer(context, request, {}).id, 200);
  const int status = StatusOf(message);
  if (status >= 300) Fail(context, refer, ReferFailure::kNotified, status);
  if (refer.request.has_value()) return;
  if (IsTerminated(message)) return Forget(context, refer);
  RestartPatience(context, refer, kSubscriptionPatience);
}

void OnReferTimer(Context& context, const Timer& timer) {
  SentRefer* refer = context.state.refers.Find(ReferId(timer.row));
  US_CHECK(refer != nullptr);
  refer->patience = TimerHandle();
  if (Rings(context.state, *refer)) return RestartPatience(context, *refer, kSubscriptionPatience);
  Fail(context, *refer, ReferFailure::kSilence, 408);
  Forget(context, *refer);
}

}  // namespace understudy::engine
