#include "engine/refer.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "base/check.h"
#include "engine/client_transactions.h"
#include "engine/cti/phone_transfer.h"
#include "engine/dial_plan.h"
#include "engine/gruu/gruu.h"
#include "engine/leg_commands.h"
#include "engine/leg_message.h"
#include "engine/levels/phone_transfers.h"
#include "engine/referred_invite.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/escape.h"
#include "sip/header_values.h"
#include "sip/refer_to.h"
#include "sip/replaces.h"
#include "sip/status.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::ReferToFault;

constexpr Duration kByePatience = Duration::Seconds(4);
constexpr int kSubscriptionSeconds = 3660;  // longer than anybody may ring: no-answer-timeout

struct FaultRow {
  ReferToFault fault;
  Refusal refusal;
};

constexpr FaultRow kFaults[] = {
    {ReferToFault::kNotOne, {400, "Refer-To must stand once"}},
    {ReferToFault::kMalformed, {400, "Refer-To is no address"}},
    {ReferToFault::kScheme, {416, "Refer-To must be a sip: URI"}},
    {ReferToFault::kMethod, {403, "Only an INVITE can be referred"}},
};

Refusal RefusalOf(ReferToFault fault) {
  for (const FaultRow& row : kFaults) {
    if (row.fault == fault) return row.refusal;
  }
  return {};
}

// A REFER that has been read.
struct Asked {
  sip::ReferTo refer_to;
  sip::NameAddr referred_by;
  absl::optional<Box<ReferralDialog>> apart;
};

Refusal Read(const sip::Message& message, Asked* asked) {
  const Refusal refusal = RefusalOf(sip::ReadReferTo(message, &asked->refer_to));
  if (refusal.status != 0) return refusal;
  if (!sip::ReadReferredBy(message, &asked->referred_by)) return {400, "Referred-By is no address"};
  return {};
}

// Guards that do not depend on whom it names.
Refusal RefusalOfLeg(const Leg& leg) {
  if (leg.referral.step != Referral::Step::kNone) return {491, "Another REFER is at work"};
  if (leg.phase != Leg::Phase::kConfirmed) return {403, "The call is not answered"};
  return {};
}

// What is written in the dialog of the REFER.
Leg Sender(const Leg& leg) {
  Leg sender = leg;
  if (!leg.referral.apart) return sender;
  sender.dialog = (*leg.referral.apart)->dialog;
  sender.hop = (*leg.referral.apart)->hop;
  return sender;
}

// RFC 3515 2.4.5; the body is a status line (RFC 3420).
void Notify(Context& context, Leg& referrer, int status, absl::string_view subscription) {
  absl::optional<Box<ReferralDialog>>& apart = referrer.referral.apart;
  const uint32_t cseq = sip::NextLocalSequence(apart ? &(*apart)->dialog : &referrer.dialog);
  const Leg leg = Sender(referrer);
  ClientTransaction& row = BeginClient(context, sip::Method::kNotify, LegHop(context, leg), Purpose::kNone);
  row.call = leg.call;
  row.leg = leg.id;
  row.cseq = cseq;
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "NOTIFY", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards);
  WriteContact(context, leg, &writer);
  if (leg.referral.count == 1 || apart) {
    writer.Header(HeaderName::kEvent, "refer");
  } else {
    writer.Header(HeaderName::kEvent, "refer;id=", leg.referral.cseq);  // 2.4.6: of several in a dialog
  }
  writer.Header(HeaderName::kSubscriptionState, subscription);
  writer.Body("message/sipfrag;version=2.0", absl::StrCat("SIP/2.0 ", status, " ", sip::ReasonPhrase(status), "\r\n"));
  SendRequest(context, row);
}

void Accept(Context& context, Leg& leg, const SipReceived& request, const Asked& asked) {
  const absl::string_view sub = sip::WithoutParams(sip::FirstValue(request.message, HeaderName::kReferSub));
  const bool subscribed = !absl::EqualsIgnoreCase(sub, "false");
  leg.referral.apart = asked.apart;
  const std::string tag = asked.apart ? (*asked.apart)->dialog.local_tag : std::string();
  const ServerTransaction& row = BeginServer(context, request, tag);
  const TransactionId id = row.id;
  const int status = subscribed ? 202 : 200;
  sip::MessageWriter writer = BeginResponse(context, row, status);
  WriteContact(context, Sender(leg), &writer);
  if (!subscribed) writer.Header(HeaderName::kReferSub, "false");
  writer.NoBody();
  Respond(context, id, status);
  leg.referral.step = Referral::Step::kTrying;
  leg.referral.cseq = request.message.cseq().number;
  leg.referral.subscribed = subscribed;
  ++leg.referral.count;
}

// ---- without Replaces, or with that of somebody else's dialog

void OnBlind(Context& context, Leg& leg, const SipReceived& request, const Asked& asked) {
  Refusal refusal = RefusalOfSingleStep(context, leg);
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  std::string dialled;
  sip::Unescape(asked.refer_to.uri.user, &dialled);
  const Destination destination = FindReferred(context.state, asked.refer_to.uri);
  if (destination.status != 0) return Refuse(context, request, destination.status);
  refusal = RefusalOfTarget(context, leg, destination);
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  Accept(context, leg, request, asked);
  if (leg.referral.subscribed) Notify(context, leg, 100, absl::StrCat("active;expires=", kSubscriptionSeconds));
  StartSingleStep(context, leg, destination, dialled, {asked.referred_by.text, asked.refer_to.replaces});
}

// ---- with Replaces of a dialog with us

void OnAttended(Context& context, Leg& leg, const SipReceived& request, const Asked& asked,
                const sip::Replaces& replaces) {
  Leg* other = FindDialog(context.state, replaces.to_tag, replaces.from_tag, replaces.call_id);
  if (other == nullptr) return RefuseSaying(context, request, 481, "Replaces names no dialog");
  if (replaces.early_only && other->phase == Leg::Phase::kConfirmed) {
    return RefuseSaying(context, request, 486, "The dialog is not early any more");
  }
  const Refusal refusal = RefusalOfTwoStep(context, leg, *other);
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  Accept(context, leg, request, asked);
  Touch(context, other->call);
  DoTwoStep(context, leg, *other);
  FinishReferral(context, leg, 200);
}

bool TakesRefer(const Context& context, const Leg& leg) {
  return ServesPhoneTransfers(context.state.feature_level) && IsPhoneInCall(context.state, leg);
}

void Execute(Context& context, Leg& leg, const SipReceived& request, absl::optional<Box<ReferralDialog>> apart) {
  Asked asked;
  asked.apart = std::move(apart);
  Refusal refusal = Read(request.message, &asked);
  if (refusal.status == 0) refusal = RefusalOfLeg(leg);
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  sip::Replaces replaces;
  const bool names = sip::ParseReplaces(asked.refer_to.replaces, &replaces);
  if (names && ParseTag(replaces.to_tag)) return OnAttended(context, leg, request, asked, replaces);
  OnBlind(context, leg, request, asked);
}

}  // namespace

bool CarriesRefer(const Context& context, const Leg& leg) {
  if (!ServesPhoneTransfers(context.state.feature_level)) return true;
  const Dn* dn = context.state.configuration.FindDn(leg.number);
  return dn == nullptr || dn->type != DnType::kExtension;
}

void OnRefer(Context& context, Leg& leg, const SipReceived& request) {
  if (!TakesRefer(context, leg)) return RefuseSaying(context, request, 403, "The phone is in no call");
  Execute(context, leg, request, absl::nullopt);
}

void OnReferOutside(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  sip::TargetDialog target;
  const bool named = sip::ParseTargetDialog(message.ValueOf(HeaderName::kTargetDialog), &target);
  US_CHECK(named);  // RefusalOf
  Leg* leg = FindDialog(context.state, target.local_tag, target.remote_tag, target.call_id);
  const Dn* sender = FindOriginator(context.state, request);
  US_CHECK(leg != nullptr);     // likewise
  US_CHECK(sender != nullptr);  // likewise
  if (sender->number != leg->number) return RefuseSaying(context, request, 403, "The dialog is of another DN");
  if (!TakesRefer(context, *leg))
    return RefuseSaying(context, request, 403, "The dialog is not that of a phone in a call");
  absl::StatusOr<sip::Dialog> dialog =
      sip::BeginUasDialog(message, MakeTag(leg->id, NextMac(context)), IsSecure(request.transport));
  if (!dialog.ok()) return RefuseSaying(context, request, 400, "A REFER needs a Contact");
  dialog->state = sip::DialogState::kConfirmed;
  Touch(context, leg->call);
  Execute(context, *leg, request, Box<ReferralDialog>(ReferralDialog{*std::move(dialog), ResponseHop(request)}));
}

void FinishReferral(Context& context, Leg& leg, int status) {
  Referral& referral = leg.referral;
  if (referral.step != Referral::Step::kTrying) return;
  if (referral.subscribed) Notify(context, leg, status, "terminated;reason=noresource");
  referral.step = Referral::Step::kNone;
  if (status >= 300) return;
  referral.step = Referral::Step::kDone;
  referral.bye = StartTimer(context, kByePatience, TimerKind::kReferral, leg.id.value());
}

bool LeaveReferral(Context& context, Leg& leg) {
  Referral& referral = leg.referral;
  if (referral.step != Referral::Step::kTrying) return false;
  const bool listens = referral.subscribed && referral.apart.has_value();
  if (listens) Notify(context, leg, 100, "terminated;reason=noresource");
  referral.step = Referral::Step::kDone;
  return true;
}

void OnReferralTimer(Context& context, const Timer& timer) {
  Leg* leg = context.state.legs.Find(LegId(timer.row));
  US_CHECK(leg != nullptr);
  Touch(context, leg->call);
  leg->referral.bye = TimerHandle();
  if (leg->phase != Leg::Phase::kReleased) HangUpAlone(context, *leg);
}

}  // namespace understudy::engine
