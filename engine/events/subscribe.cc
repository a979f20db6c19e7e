#include "engine/events/subscribe.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/dial_plan.h"
#include "engine/events/event_package.h"
#include "engine/events/notifier.h"
#include "engine/events/notify_target.h"
#include "engine/leg_message.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/dialog.h"
#include "sip/header_values.h"
#include "sip/params.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr Duration kMinExpires = Duration::Seconds(60);
constexpr Duration kMaxExpires = Duration::Seconds(7200);
constexpr Duration kAgainAfter = Duration::Seconds(32);
constexpr uint32_t kLongestRest = 3600;  // seconds, whatever a Retry-After says
constexpr size_t kMostAboutDn = 100;
constexpr size_t kMostAboutDnOfOne = 30;  // packages of ten phones of one number
constexpr size_t kMostOfSubscriber = 1000;
constexpr size_t kMost = 50000;
constexpr size_t kMostEnded = 20;  // contacts whose end waits until a NOTIFY is answered

// After these the subscriber is not there any more (RFC 6665 4.2.2); other failures are of the one NOTIFY.
constexpr int kEnds[] = {404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604};

// A SUBSCRIBE that has been read.
struct Asked {
  const PackageRow* package = nullptr;
  std::string event_id;
  Duration expires;
};

bool Accepts(const sip::Message& message, absl::string_view type) {
  if (!message.Has(HeaderName::kAccept)) return true;
  for (absl::string_view accepted : sip::HeaderValues(message, HeaderName::kAccept)) {
    const absl::string_view range = sip::WithoutParams(accepted);
    if (range == "*/*" || absl::EqualsIgnoreCase(range, type)) return true;
    if (absl::EndsWith(range, "/*") && absl::StartsWithIgnoreCase(type, range.substr(0, range.size() - 1))) return true;
  }
  return false;
}

// 7200 s for whoever wants more; 0 is a wish, too.
Duration ExpiresOf(const sip::Message& message, const PackageRow& package) {
  uint32_t seconds = 0;
  const absl::string_view header = message.ValueOf(HeaderName::kExpires);
  if (header.empty() || !sip::ParseDeltaSeconds(header, &seconds)) return package.default_expires;
  return std::min(Duration::Seconds(seconds), kMaxExpires);
}

// False: refused. 4.2.1.1, in its order.
bool Read(Context& context, const SipReceived& request, Asked* asked) {
  const sip::Message& message = request.message;
  const absl::string_view event = message.ValueOf(HeaderName::kEvent);
  asked->package = FindPackage(sip::WithoutParams(event));
  if (asked->package == nullptr) {
    Refuse(context, request, 489, HeaderName::kAllowEvents, AllowedEvents());
    return false;
  }
  asked->event_id = std::string(sip::FindParam(sip::ParamsOf(event), "id").value_or(""));
  if (!Accepts(message, asked->package->content_type)) {
    Refuse(context, request, 406, HeaderName::kAccept, asked->package->content_type);
    return false;
  }
  asked->expires = ExpiresOf(message, *asked->package);
  if (asked->expires > Duration() && asked->expires < kMinExpires) {
    Refuse(context, request, 423, HeaderName::kMinExpires, absl::StrCat(kMinExpires.seconds()));
    return false;
  }
  return true;
}

// Why that subscriber may not have it; empty: it may.
absl::string_view RefusalOfSubscriber(const Context& context, const Dn& subscriber, const Dn& about,
                                      EventPackage package) {
  const bool own = subscriber.number == about.number || subscriber.type == DnType::kTrunk;
  if (package == EventPackage::kReg && !own) return "Contacts are shown to the DN itself";
  const SubscriptionTable& table = context.state.subscriptions;
  if (subscriber.type != DnType::kTrunk && table.CountOf(subscriber.number, about.number) >= kMostAboutDnOfOne) {
    return "Too many subscriptions of one DN about another";
  }
  if (table.CountAboutDn(about.number) >= kMostAboutDn) return "The DN has too many subscriptions";
  if (table.CountOfSubscriber(subscriber.number) >= kMostOfSubscriber) return "Too many subscriptions of one DN";
  if (table.size() >= kMost) return "Too many subscriptions";
  return {};
}

// False: refused.
bool CheckTarget(Context& context, const SipReceived& request, const Dn& subscriber, const sip::Dialog& dialog) {
  const absl::string_view fault = NotifyTargetFault(context.state, request, dialog);
  if (!fault.empty()) {
    RefuseSaying(context, request, 400, fault);
    return false;
  }
  if (!AsksForAnother(context.state, request, subscriber, dialog)) return true;
  RefuseSaying(context, request, 403, "Contact Is Of Another Host");
  return false;
}

void Accept(Context& context, const Subscription& subscription, const SipReceived& request, Duration expires) {
  const ServerTransaction& row = BeginServer(context, request, subscription.dialog.local_tag);
  const TransactionId id = row.id;
  sip::MessageWriter writer = BeginResponse(context, row, 200);
  WriteContact(context, LegOf(subscription), &writer);
  writer.Header(HeaderName::kExpires, expires.seconds());
  writer.NoBody();
  Respond(context, id, 200);
}

// The answer and the NOTIFY that must follow it (4.2.1.2), which says all; without time left it is the last.
void Renew(Context& context, Subscription& subscription, const SipReceived& request, Duration expires) {
  Accept(context, subscription, request, expires);
  context.state.timers.Cancel(&subscription.expiry);
  subscription.expires = context.now() + expires;
  if (expires == Duration()) return NotifyEnd(context, subscription, "timeout");
  subscription.expiry = StartTimer(context, expires, TimerKind::kSubscriptionExpiry, subscription.id.value());
  subscription.full = true;
  subscription.rests = false;
  NotifyNow(context, subscription);
}

// What it has not taken is said once more, all of it, if that may be of use: it is as if the NOTIFY had been late.
void SayAgain(Context& context, Subscription& subscription, int status, const SipReceived* response) {
  uint32_t seconds = 0;
  subscription.full = true;
  subscription.rests =
      response != nullptr && sip::ParseDeltaSeconds(response->message.ValueOf(HeaderName::kRetryAfter), &seconds);
  if (!subscription.rests && status / 100 != 5) return;
  const Duration pause =
      subscription.rests ? Duration::Seconds(std::clamp(seconds, uint32_t{1}, kLongestRest)) : kAgainAfter;
  subscription.again = StartTimer(context, pause, TimerKind::kNotifyAgain, subscription.id.value());
}

// Whether its phone has another connection by now than the one that the NOTIFY went by.
bool HasReturned(Context& context, const Subscription& subscription, FlowId went) {
  const FlowId now = LegHop(context, LegOf(subscription)).flow;
  return now != went && context.state.flows.contains(now);
}

void Tell(Context& context, EventPackage package, const std::vector<SubscriptionId>& ids) {
  for (const SubscriptionId id : ids) {
    Subscription* subscription = context.state.subscriptions.Find(id);
    if (subscription != nullptr && subscription->package == package) NotifyNow(context, *subscription);
  }
}

template <class Row>
void SortOnce(std::vector<Row>* rows) {
  std::sort(rows->begin(), rows->end());
  rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
}

// Whoever hears of that call, or of a DN that is in it.
std::vector<SubscriptionId> SubscriptionsOf(const State& state, CallId id) {
  std::vector<SubscriptionId> ids = state.subscriptions.ToldOfCall(id);
  const Call* call = state.calls.Find(id);
  if (call == nullptr) return ids;
  for (const LegId leg_id : call->legs) {
    const Leg* leg = state.legs.Find(leg_id);
    if (leg == nullptr) continue;
    const std::vector<SubscriptionId> about = state.subscriptions.AboutDn(leg->number);
    ids.insert(ids.end(), about.begin(), about.end());
  }
  return ids;
}

}  // namespace

void OnSubscribe(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  const Dn* subscriber = FindOriginator(context.state, request);
  US_CHECK(subscriber != nullptr);  // RefusalOf
  Asked asked;
  if (!Read(context, request, &asked)) return;
  const Dn* about = context.state.configuration.FindDn(Dialled(message));
  if (about == nullptr || about->type == DnType::kTrunk) return Refuse(context, request, 404);
  const absl::string_view refusal = RefusalOfSubscriber(context, *subscriber, *about, asked.package->package);
  if (!refusal.empty()) return RefuseSaying(context, request, 403, refusal);
  const SubscriptionId next = context.state.subscriptions.last_id().Next();
  const std::string tag = MakeSubscriptionTag(next, NextMac(context));
  absl::StatusOr<sip::Dialog> dialog = sip::BeginUasDialog(message, tag, IsSecure(request.transport));
  if (!dialog.ok()) return Refuse(context, request, 400);
  if (!CheckTarget(context, request, *subscriber, *dialog)) return;
  Subscription& subscription = context.state.subscriptions.Add(about->number, subscriber->number);
  subscription.package = asked.package->package;
  subscription.event_id = asked.event_id;
  subscription.dialog = *std::move(dialog);
  subscription.dialog.state = sip::DialogState::kConfirmed;
  subscription.hop = ResponseHop(request);
  Renew(context, subscription, request, asked.expires);
}

void OnSubscribeAgain(Context& context, Subscription& subscription, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (!sip::AcceptRemoteSequence(message.cseq().number, &subscription.dialog)) return Refuse(context, request, 500);
  Asked asked;
  if (!Read(context, request, &asked)) return;
  if (asked.package->package != subscription.package || asked.event_id != subscription.event_id) {
    return RefuseSaying(context, request, 481, "The dialog has another event");
  }
  sip::Dialog refreshed = subscription.dialog;
  sip::RefreshTarget(message, &refreshed);
  const Dn* subscriber = context.state.configuration.FindDn(subscription.subscriber);
  US_CHECK(subscriber != nullptr);  // EndSubscriptionsOfRemovedDns
  const bool moves = refreshed.remote_target != subscription.dialog.remote_target;
  if (moves && !CheckTarget(context, request, *subscriber, refreshed)) return;
  subscription.dialog = std::move(refreshed);
  subscription.hop = ResponseHop(request);
  Renew(context, subscription, request, asked.expires);
}

void OnSubscriptionTimer(Context& context, const Timer& timer) {
  Subscription* subscription = context.state.subscriptions.Find(SubscriptionId(timer.row));
  US_CHECK(subscription != nullptr);
  subscription->expiry = TimerHandle();
  NotifyEnd(context, *subscription, "timeout");
}

void OnNotifyAgainTimer(Context& context, const Timer& timer) {
  Subscription* subscription = context.state.subscriptions.Find(SubscriptionId(timer.row));
  US_CHECK(subscription != nullptr);
  subscription->again = TimerHandle();
  subscription->rests = false;
  NotifyNow(context, *subscription);
}

void OnEventNotifyFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  Subscription* subscription = context.state.subscriptions.FindByTransaction(ended.id);
  if (subscription == nullptr) return;
  context.state.subscriptions.SetNotify(*subscription, TransactionId());
  if (std::find(std::begin(kEnds), std::end(kEnds), status) != std::end(kEnds)) return Forget(context, *subscription);
  if (status >= 300) SayAgain(context, *subscription, status, response);
  const bool elsewhere = response == nullptr && HasReturned(context, *subscription, ended.hop.flow);
  if (subscription->changed || elsewhere) NotifyNow(context, *subscription);
}

void TellReturned(Context& context, absl::string_view number) {
  for (const SubscriptionId id : context.state.subscriptions.OfSubscriber(number)) {
    Subscription& subscription = *context.state.subscriptions.Find(id);
    if (subscription.again != TimerHandle()) NotifyNow(context, subscription);
  }
}

void NoteChange(Context& context, EventPackage package, absl::string_view number) {
  context.changed_dns.emplace_back(number, package);
}

void NoteEnded(Context& context, absl::string_view number, const EndedContact& ended) {
  for (const SubscriptionId id : context.state.subscriptions.AboutDn(number)) {
    Subscription& subscription = *context.state.subscriptions.Find(id);
    if (subscription.package != EventPackage::kReg) continue;
    if (subscription.ended.size() == kMostEnded) subscription.ended.erase(subscription.ended.begin());
    subscription.ended.push_back(ended);
  }
}

void TellSubscribers(Context& context) {
  if (context.state.subscriptions.size() == 0) return;
  std::vector<SubscriptionId> of_calls;
  for (const CallId id : context.effects.calls) {
    const std::vector<SubscriptionId> ids = SubscriptionsOf(context.state, id);
    of_calls.insert(of_calls.end(), ids.begin(), ids.end());
  }
  SortOnce(&of_calls);
  Tell(context, EventPackage::kDialog, of_calls);
  SortOnce(&context.changed_dns);
  for (const auto& [number, package] : context.changed_dns) {
    Tell(context, package, context.state.subscriptions.AboutDn(number));
  }
}

void EndSubscriptionsOfRemovedDns(Context& context) {
  std::vector<SubscriptionId> ends;
  const Configuration& configuration = context.state.configuration;
  for (const auto& [id, row] : context.state.subscriptions.rows()) {
    const bool stays = configuration.FindDn(row.number) != nullptr && configuration.FindDn(row.subscriber) != nullptr;
    if (!stays) ends.push_back(id);
  }
  for (const SubscriptionId id : ends) NotifyEnd(context, *context.state.subscriptions.Find(id), "noresource");
}

}  // namespace understudy::engine
