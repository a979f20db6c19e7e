#include "engine/apply.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/cti/dn_service.h"
#include "engine/cti/requests.h"
#include "engine/cti/sessions.h"
#include "engine/cti/settle_calls.h"
#include "engine/events/subscribe.h"
#include "engine/locate/names.h"
#include "engine/locating.h"
#include "engine/negotiation.h"
#include "engine/refer.h"
#include "engine/refer_call.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/service_check.h"
#include "engine/session/session_refresh.h"

namespace understudy::engine {
namespace {

void OnTimer(Context& context, const Timer& timer) {
  switch (timer.kind) {
    case TimerKind::kClientRetransmit:
    case TimerKind::kClientTimeout:
    case TimerKind::kCancelTimeout:
    case TimerKind::kTimerC:
      return OnClientTimer(context, timer);
    case TimerKind::kLocating:
      return OnLocatingTimer(context, timer);
    case TimerKind::kName:
      return OnNameDue(context, timer);
    case TimerKind::kServerRetransmit:
    case TimerKind::kServerTimeout:
    case TimerKind::kServerTrying:
      return OnServerTimer(context, timer);
    case TimerKind::kAnswerRetransmit:
    case TimerKind::kAnswerTimeout:
      return OnAnswerTimer(context, timer);
    case TimerKind::kReliableRetransmit:
    case TimerKind::kReliableTimeout:
      return OnReliableTimer(context, timer);
    case TimerKind::kPatience:
      return OnPatienceTimer(context, timer);
    case TimerKind::kReferral:
      return OnReferralTimer(context, timer);
    case TimerKind::kNoAnswer:
      return OnNoAnswerTimer(context, timer);
    case TimerKind::kReferPatience:
      return OnReferTimer(context, timer);
    case TimerKind::kBindingExpiry:
      return OnBindingTimer(context, timer);
    case TimerKind::kSessionExpiry:
      return OnSessionTimer(context, timer);
    case TimerKind::kSessionRefresh:
      return OnSessionRefreshTimer(context, timer);
    case TimerKind::kSessionAbsence:
      return OnSessionAbsenceTimer(context, timer);
    case TimerKind::kSubscriptionExpiry:
      return OnSubscriptionTimer(context, timer);
    case TimerKind::kNotifyAgain:
      return OnNotifyAgainTimer(context, timer);
    case TimerKind::kServiceCheck:
      return OnServiceCheckTimer(context, timer);
    case TimerKind::kServiceForce:
      return OnServiceForceTimer(context, timer);
    case TimerKind::kRest:
      return OnRestTimer(context, timer);
  }
}

void FireDueTimers(Context& context) {
  while (absl::optional<Timer> timer = context.state.timers.PopDue(context.now())) OnTimer(context, *timer);
  context.state.transactions.Expire(context.state.timers.TransactionTime(context.now()));
}

// The table of contents of the engine.
struct Handler {
  Context& context;

  void operator()(const EpochStart& input) const { OnEpochStart(context, input); }
  void operator()(const ConfigurationChanged& input) const {
    const ServiceStates before(context.state, NumbersOf(input.change));
    const std::vector<std::string> moved = FailedAndMoved(context.state, input.change);
    context.state.configuration.Apply(input.change);
    FollowConfiguration(context, NumbersOf(input.change));
    BeginAnew(context, moved);
    AskForTrunks(context);
    UnbindRemovedDns(context);
    EndSubscriptionsOfRemovedDns(context);
    before.TellChanges(context);
  }
  void operator()(const SipReceived& input) const {
    if (input.message.is_request()) return OnRequest(context, input);
    OnClientResponse(context, input);
  }
  void operator()(const FlowOpened& input) const {
    context.state.flows[input.flow] = Flow{input.flow, input.transport, input.remote};
  }
  void operator()(const FlowClosed& input) const {
    context.state.flows.erase(input.flow);
    OnFlowLost(context, input.flow);
  }
  void operator()(const SendFailed& input) const { OnClientTransportError(context, input.transaction); }
  void operator()(const SendLost& input) const { OnSendLost(context, input); }
  void operator()(const ClockAdvanced&) const {}
  void operator()(const ServiceGap& input) const { OnServiceGap(context, input); }
  void operator()(const IngressSummary& input) const {
    std::vector<uint64_t>& sums = context.state.ingress_counts;
    if (sums.size() < input.counts.size()) sums.resize(input.counts.size());
    for (size_t i = 0; i < input.counts.size(); ++i) sums[i] += input.counts[i];
  }
  void operator()(const FeatureLevelRaised& input) const {
    context.state.feature_level = std::max(context.state.feature_level, input.level);
  }
  void operator()(const ClientAttached& input) const { OnClientAttached(context, input); }
  void operator()(const ClientRequested& input) const { OnClientRequested(context, input); }
  void operator()(const ClientsAcknowledged& input) const { OnClientsAcknowledged(context, input); }
  void operator()(const ClientLinkLost& input) const { OnClientLinkLost(context, input); }
  void operator()(const NamesResolved& input) const { OnNamesResolved(context, input); }
};

}  // namespace

void Apply(State* state, const Entry& entry, Effects* effects) {
  US_CHECK_EQ(entry.lsn, state->lsn.Next());
  US_CHECK_GE(entry.engine_time, state->engine_time);
  US_CHECK_GE(entry.epoch, state->epoch);
  state->lsn = entry.lsn;
  state->epoch = entry.epoch;
  state->engine_time = entry.engine_time;
  state->wall_time = entry.wall_time;
  effects->Clear();
  Context context{*state, *effects, 0, effects->scratch, {}, {}, {}, {}, {}};
  // A gap stops the transaction clock before anything may fire.
  if (!std::holds_alternative<ServiceGap>(entry.input)) FireDueTimers(context);
  std::visit(Handler{context}, entry.input);
  if (std::holds_alternative<ServiceGap>(entry.input)) FireDueTimers(context);
  SettleCalls(context);
  FailTooLarge(context);
  SettleCalls(context);
  TellSubscribers(context);
  FailTooLarge(context);
  RemoveLegsThatAreOver(context);
}

}  // namespace understudy::engine
