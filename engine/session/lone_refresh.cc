#include "engine/session/lone_refresh.h"

#include <string>

#include "engine/held_session.h"
#include "engine/negotiation.h"
#include "engine/server_transactions.h"
#include "engine/session/own_answer.h"
#include "sip/dialog.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

// Empty: the request says nothing of sessions.
std::string SessionFor(const Leg& leg, const sip::Message& request) {
  const absl::string_view offer = SessionOf(request);
  if (offer.empty() && request.method() == Method::kUpdate) return {};
  const absl::string_view told = leg.agreement ? leg.agreement->told.view() : absl::string_view();
  const bool as_before = offer.empty() || offer == leg.session.view();
  if (as_before && !told.empty()) return std::string(told);
  return HeldSession(offer.empty() ? leg.session.view() : offer, 0);
}

}  // namespace

bool RefreshesAlone(const Leg& leg, const Leg* peer, const sip::Message& request) {
  const bool invite = request.method() == Method::kInvite;
  if (!invite && request.method() != Method::kUpdate) return false;
  if (!leg.agreement.has_value() && !request.Has(HeaderName::kSessionExpires)) return false;
  if (leg.phase != Leg::Phase::kConfirmed || !IsFree(leg)) return false;
  if (peer != nullptr && peer->phase == Leg::Phase::kConfirmed) return false;
  return !invite || !leg.session.empty() || !SessionOf(request).empty();
}

void AnswerRefresh(Context& context, Leg& leg, const SipReceived& request) {
  const std::string session = SessionFor(leg, request.message);
  AnswerOurselves(context, leg, BeginServer(context, request, {}).id, session);
  const std::string target = sip::RemoteTargetOf(request.message);
  if (!target.empty()) leg.dialog.remote_target = target;
  TakeOffer(context, SharedBytes(SessionOf(request.message)), leg);
}

}  // namespace understudy::engine
