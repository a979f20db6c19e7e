// A session that its parties keep alive (RFC 4028) ends when they do not any more. The parties agree on the interval
// from end to end and refresh it themselves; this is what is left when both have gone without a BYE.
#include <algorithm>

#include "base/check.h"
#include "engine/call_handlers.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

constexpr uint32_t kShortestInterval = 90;  // seconds; RFC 4028 section 4
constexpr uint32_t kLongestInterval = 1u << 31;

}  // namespace

void TakeSessionInterval(Context& context, Call& call, const sip::Message& answer) {
  context.state.timers.Cancel(&call.session_expiry);
  uint32_t seconds = 0;
  const absl::string_view interval = sip::WithoutParams(answer.ValueOf(sip::HeaderName::kSessionExpires));
  if (!sip::ParseNumber(interval, kLongestInterval, &seconds)) return;  // a session without end, from here on
  const Duration after = Duration::Seconds(std::max(seconds, kShortestInterval));
  call.session_expiry = StartTimer(context, after, TimerKind::kSessionExpiry, call.id.value());
}

void OnSessionTimer(Context& context, const Timer& timer) {
  Call* call = context.state.calls.Find(CallId(timer.row));
  US_CHECK(call != nullptr);
  Touch(context, call->id);
  call->session_expiry = TimerHandle();
  // Of a conference those two are gone whose session it was.
  auto joined = std::find_if(call->legs.begin(), call->legs.end(),
                             [&](LegId id) { return context.state.PeerOf(*context.state.legs.Find(id)) != nullptr; });
  if (joined == call->legs.end()) return;
  Leg& leg = *context.state.legs.Find(*joined);
  Leg* peer = IsConference(*call) ? context.state.PeerOf(leg) : nullptr;
  EndCallOf(context, leg, 408);
  if (peer != nullptr) EndAlone(context, *peer, 408);
}

}  // namespace understudy::engine
