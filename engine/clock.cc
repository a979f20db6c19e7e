// Time that nobody served.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/call_handlers.h"

namespace understudy::engine {
namespace {

// What ran out while nobody listened gets this long to be renewed.
constexpr Duration kGrace = Duration::Seconds(32);

}  // namespace

void OnServiceGap(Context& context, const ServiceGap& gap) {
  TimerTable& timers = context.state.timers;
  timers.StandStill(gap.gap);
  for (const auto& [handle, timer] : timers.EngineTimersBefore(context.now() + kGrace)) {
    if (timer.kind == TimerKind::kName) continue;  // what has run out is asked for again
    if (timer.kind == TimerKind::kSessionExpiry) {
      Call* call = context.state.calls.Find(CallId(timer.row));
      US_CHECK(call != nullptr);
      timers.Cancel(&call->session_expiry);
      call->session_expiry = StartTimer(context, kGrace, TimerKind::kSessionExpiry, call->id.value());
      continue;
    }
    if (timer.kind == TimerKind::kSessionAbsence) {
      Session* session = context.state.sessions.Find(SessionId(timer.row));
      US_CHECK(session != nullptr);
      timers.Cancel(&session->absence);
      session->absence = StartTimer(context, kGrace, TimerKind::kSessionAbsence, session->id.value());
      continue;
    }
    if (timer.kind == TimerKind::kSubscriptionExpiry) {
      Subscription* subscription = context.state.subscriptions.Find(SubscriptionId(timer.row));
      US_CHECK(subscription != nullptr);
      timers.Cancel(&subscription->expiry);
      subscription->expires = context.now() + kGrace;
      subscription->expiry = StartTimer(context, kGrace, TimerKind::kSubscriptionExpiry, subscription->id.value());
      continue;
    }
    if (timer.kind == TimerKind::kSessionRefresh) {
      Leg* leg = context.state.legs.Find(LegId(timer.row));
      US_CHECK(leg != nullptr);
      if (leg->agreement->refresher == Refresher::kUs) continue;  // it is late, and due at once
      timers.Cancel(&leg->agreement->timer);
      leg->agreement->timer = StartTimer(context, kGrace, TimerKind::kSessionRefresh, leg->id.value());
      continue;
    }
    US_CHECK(timer.kind == TimerKind::kBindingExpiry);
    Binding* binding = context.state.registrar.Find(BindingId(timer.row));
    US_CHECK(binding != nullptr);
    timers.Cancel(&binding->timer);
    binding->expires = context.now() + kGrace;
    binding->timer = StartTimer(context, kGrace, TimerKind::kBindingExpiry, binding->id.value());
  }
}

}  // namespace understudy::engine
