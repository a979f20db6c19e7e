#include "engine/stateless.h"

#include <string>

#include "absl/strings/match.h"
#include "engine/carried_headers.h"
#include "engine/dial_plan.h"
#include "engine/early/early_lookup.h"
#include "engine/gruu/gruu.h"
#include "engine/levels/phone_transfers.h"
#include "engine/levels/subscriptions.h"
#include "engine/sip_ids.h"
#include "sip/escape.h"
#include "sip/replaces.h"
#include "sip/transaction_key.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

constexpr absl::string_view kReplacesMisused = "Replaces must stand once, alone, and in an INVITE";

bool CancelsNothing(const State& state, const sip::Message& cancel) {
  const sip::TransactionKey key = sip::CancelledTransactionKey(state.lookup_key(), cancel);
  return state.transactions.FindServer(key) == nullptr && state.transactions.FindFinished(key) == nullptr;
}

// RFC 3891 section 3. Below the level that serves it the field is as unknown ones are.
bool MisusesReplaces(const State& state, const sip::Message& request) {
  if (!request.Has(HeaderName::kReplaces) || !ServesPhoneTransfers(state.feature_level)) return false;
  size_t count = 0;
  for (const sip::HeaderField& field : request.headers()) count += field.id == HeaderName::kReplaces ? 1 : 0;
  return request.method() != Method::kInvite || count > 1 || request.Has(HeaderName::kJoin);
}

int RefusalOfRegister(const State& state, const SipReceived& received) {
  const sip::Message& request = received.message;
  if (const int refusal = RefusalOfForm(received)) return refusal;
  sip::Uri to;
  if (!sip::ParseUri(request.to().uri, &to) || !to.is_sip) return 400;
  std::string number;
  sip::Unescape(to.user, &number);
  const Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr) return 404;
  return dn->profile.registers ? 0 : 403;
}

// Only one that says which dialog of ours it is about has a sense outside of that (RFC 4538).
int RefusalOfRefer(const State& state, const SipReceived& request) {
  const sip::Message& message = request.message;
  const bool served = message.Has(HeaderName::kTargetDialog) && ServesPhoneTransfers(state.feature_level);
  if (!served || FindOriginator(state, request) == nullptr) return 403;
  sip::TargetDialog target;
  if (!sip::ParseTargetDialog(message.ValueOf(HeaderName::kTargetDialog), &target)) return 400;
  return FindLeg(state, target.local_tag, target.remote_tag, target.call_id) == nullptr ? 481 : 0;
}

absl::string_view ReasonOfRefer(int status) {
  switch (status) {
    case 400:
      return "Target-Dialog must name one dialog";
    case 403:
      return "REFER outside a call";
    case 481:
      return "Target-Dialog names no dialog";
    default:
      return {};
  }
}

bool IsFromMailbox(const State& state, const SipReceived& request) {
  const Dn* sender = FindOriginator(state, request);
  return sender != nullptr && sender->profile.is_mailbox;
}

}  // namespace

const Leg* FindLeg(const State& state, absl::string_view our_tag, absl::string_view their_tag,
                   absl::string_view call_id) {
  const absl::optional<TagId> tag = ParseTag(our_tag);
  const Leg* leg = tag ? state.legs.Find(tag->leg) : nullptr;
  if (leg == nullptr || leg->dialog.call_id != call_id) return nullptr;
  return HasDialog(*leg, our_tag, their_tag) ? leg : nullptr;
}

const SentRefer* FindRefer(const State& state, absl::string_view our_tag, absl::string_view call_id) {
  const absl::optional<ReferId> id = ParseReferToken(our_tag);
  const SentRefer* refer = id ? state.refers.Find(*id) : nullptr;
  if (refer == nullptr || refer->dialog.local_tag != our_tag || refer->dialog.call_id != call_id) return nullptr;
  return refer;
}

const Subscription* FindSubscription(const State& state, const sip::Message& subscribe) {
  const absl::optional<SubscriptionId> id = ParseSubscriptionTag(subscribe.to_tag());
  const Subscription* row = id ? state.subscriptions.Find(*id) : nullptr;
  if (row == nullptr || row->dialog.local_tag != subscribe.to_tag()) return nullptr;
  if (row->dialog.call_id != subscribe.call_id()) return nullptr;
  return absl::EqualsIgnoreCase(row->dialog.remote_tag, subscribe.from_tag()) ? row : nullptr;
}

int RefusalOf(const State& state, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (MisusesReplaces(state, message)) return 400;
  if (message.method() == Method::kCancel) return CancelsNothing(state, message) ? 481 : 0;
  if (!message.to_tag().empty()) {
    if (FindLeg(state, message.to_tag(), message.from_tag(), message.call_id()) != nullptr) return 0;
    if (message.method() == Method::kSubscribe) return FindSubscription(state, message) != nullptr ? 0 : 481;
    const bool notifies = message.method() == Method::kNotify;
    return notifies && FindRefer(state, message.to_tag(), message.call_id()) != nullptr ? 0 : 481;
  }
  switch (message.method()) {
    case Method::kInvite:
    case Method::kMessage:
      return FindOriginator(state, request) == nullptr ? 403 : 0;
    case Method::kRegister:
      return RefusalOfRegister(state, request);
    case Method::kBye:
    case Method::kPrack:
    case Method::kUpdate:
    case Method::kInfo:
      return 481;
    case Method::kNotify:
      return IsFromMailbox(state, request) ? 0 : 481;
    case Method::kRefer:
      return RefusalOfRefer(state, request);
    case Method::kSubscribe:
      if (!ServesSubscriptions(state.feature_level)) return 405;
      return FindOriginator(state, request) == nullptr ? 403 : 0;
    case Method::kPublish:
      return 405;
    case Method::kUnknown:
      return 501;
    case Method::kOptions:
    case Method::kAck:
    case Method::kCancel:
      return 0;
  }
  return 0;
}

absl::string_view ReasonOfRefusal(const State& state, const sip::Message& request, int status) {
  if (status == 400 && MisusesReplaces(state, request)) return kReplacesMisused;
  const bool refers = request.method() == Method::kRefer && request.to_tag().empty();
  return refers ? ReasonOfRefer(status) : absl::string_view();
}

int OptionsStatus(const State& state, const SipReceived& received) {
  const sip::Message& request = received.message;
  if (MisusesReplaces(state, request)) return 400;
  if (const int refusal = RefusalOfForm(received)) return refusal;
  if (!request.request_uri().has_user) return 200;
  const Destination destination = FindAddressed(state, request.request_uri());
  if (destination.status != 0) return destination.status;
  return BreaksSips(request, destination) ? 480 : 200;
}

int RefusalOfForm(const SipReceived& request, absl::string_view served) {
  const sip::Uri& uri = request.message.request_uri();
  if (!uri.is_sip || (uri.is_sips && !IsSecure(request.transport))) return 416;  // TLS on every hop (26.2.2)
  return UnsupportedOptions(request.message, served).empty() ? 0 : 420;
}

OwedHeader OwedWith(int status, const sip::Message& request, absl::string_view served) {
  if (status == 405 || status == 501) return {HeaderName::kAllow, std::string(AllowedMethods())};
  if (status == 420) return {HeaderName::kUnsupported, UnsupportedOptions(request, served)};
  return {};
}

}  // namespace understudy::engine
