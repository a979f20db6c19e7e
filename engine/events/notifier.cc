#include "engine/events/notifier.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/client_transactions.h"
#include "engine/events/dialog_info.h"
#include "engine/events/event_package.h"
#include "engine/events/message_summary.h"
#include "engine/events/registration_info.h"
#include "engine/leg_message.h"
#include "engine/sip_ids.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

// The calls that may have dialogs of the DN: those it has a part in, those that the subscriber knows, and those at
// hand.
std::vector<CallId> CallsFor(const Context& context, const Subscription& subscription) {
  std::vector<CallId> calls = context.state.parties.CallsOf(subscription.number);
  for (const ToldDialog& dialog : subscription.told) calls.push_back(dialog.call);
  calls.insert(calls.end(), context.effects.calls.begin(), context.effects.calls.end());
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return calls;
}

std::vector<ToldDialog> DialogsNow(const Context& context, const Subscription& subscription) {
  std::vector<ToldDialog> dialogs;
  for (const CallId id : CallsFor(context, subscription)) {
    const Call* call = context.state.calls.Find(id);
    if (call != nullptr) AppendDialogs(context.state, *call, subscription.number, &dialogs);
  }
  return dialogs;
}

absl::optional<std::string> DialogBody(Context& context, Subscription& subscription) {
  std::vector<ToldDialog> now = DialogsNow(context, subscription);
  const DialogDifference difference = DifferenceOf(subscription.told, now);
  if (!subscription.full && difference.empty()) return absl::nullopt;
  std::string body = subscription.full ? FullDialogInfo(context.state, subscription, now)
                                       : PartialDialogInfo(context.state, subscription, difference);
  context.state.subscriptions.SetTold(subscription, std::move(now));
  return body;
}

// nullopt: nothing is different.
absl::optional<std::string> BodyOf(Context& context, Subscription& subscription) {
  switch (subscription.package) {
    case EventPackage::kDialog:
      return DialogBody(context, subscription);
    case EventPackage::kMessageSummary:
      return MessageSummary(context.state, subscription.number);
    case EventPackage::kReg: {
      std::string body = RegistrationInfo(context.state, subscription);
      subscription.ended.clear();
      return body;
    }
  }
  return absl::nullopt;
}

TransactionId Send(Context& context, Subscription& subscription, Purpose purpose, absl::string_view state,
                   absl::string_view body) {
  const uint32_t cseq = sip::NextLocalSequence(&subscription.dialog);
  const Leg leg = LegOf(subscription);
  const PackageRow& package = RowOf(subscription.package);
  ClientTransaction& row = BeginClient(context, sip::Method::kNotify, LegHop(context, leg), purpose);
  const TransactionId id = row.id;
  row.cseq = cseq;
  if (row.hop.remote.empty()) row.attempt.last_place = Target{subscription.hop.transport, subscription.hop.remote};
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "NOTIFY", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards);
  WriteContact(context, leg, &writer);
  if (subscription.event_id.empty()) {
    writer.Header(HeaderName::kEvent, package.name);
  } else {
    writer.Header(HeaderName::kEvent, package.name, ";id=", subscription.event_id);
  }
  writer.Header(HeaderName::kSubscriptionState, state);
  writer.Body(package.content_type, body);
  ++subscription.version;
  SendRequest(context, row);
  return id;
}

}  // namespace

Leg LegOf(const Subscription& subscription) {
  Leg leg;
  leg.number = subscription.subscriber;
  leg.hop = subscription.hop;
  leg.dialog = subscription.dialog;
  return leg;
}

void NotifyNow(Context& context, Subscription& subscription) {
  if (!subscription.notify.empty() || subscription.rests) {
    subscription.changed = true;
    return;
  }
  context.state.timers.Cancel(&subscription.again);
  const absl::optional<std::string> body = BodyOf(context, subscription);
  subscription.changed = false;
  subscription.full = false;
  if (!body) return;
  const int64_t left = ((subscription.expires - context.now()).milliseconds() + 999) / 1000;
  const TransactionId id =
      Send(context, subscription, Purpose::kEventNotify, absl::StrCat("active;expires=", left), *body);
  context.state.subscriptions.SetNotify(subscription, id);
}

void Forget(Context& context, Subscription& subscription) {
  context.state.timers.Cancel(&subscription.expiry);
  context.state.timers.Cancel(&subscription.again);
  context.state.subscriptions.Remove(subscription.id);
}

void NotifyEnd(Context& context, Subscription& subscription, absl::string_view reason) {
  subscription.full = true;
  const absl::optional<std::string> body = BodyOf(context, subscription);
  Send(context, subscription, Purpose::kNone, absl::StrCat("terminated;reason=", reason), *body);
  Forget(context, subscription);
}

}  // namespace understudy::engine
