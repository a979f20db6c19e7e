#include "engine/authentication.h"

#include "engine/dial_plan.h"
#include "engine/levels/authentication.h"

namespace understudy::engine {
namespace {

const Dn* SignerOf(const State& state, const SipReceived& request) {
  switch (request.message.method()) {
    case sip::Method::kRegister:
      return state.configuration.FindDn(NumberOfUri(request.message.to().uri));
    case sip::Method::kInvite:
    case sip::Method::kMessage:
    case sip::Method::kSubscribe:
    case sip::Method::kRefer:
    case sip::Method::kNotify:
      return FindOriginator(state, request);
    case sip::Method::kAck:
    case sip::Method::kCancel:
    case sip::Method::kBye:
    case sip::Method::kOptions:
    case sip::Method::kPrack:
    case sip::Method::kUpdate:
    case sip::Method::kInfo:
    case sip::Method::kPublish:
    case sip::Method::kUnknown:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

const Dn* AuthenticationOwed(const State& state, const SipReceived& request) {
  if (!request.message.is_request() || !request.message.to_tag().empty()) return nullptr;
  const Dn* const signer = SignerOf(state, request);
  return signer != nullptr && signer->profile.Authenticates(request.message.method()) ? signer : nullptr;
}

bool LacksAuthentication(const State& state, const SipReceived& request) {
  if (!ChecksAuthentication(state.feature_level)) return false;
  const Dn* const signer = AuthenticationOwed(state, request);
  return signer != nullptr && signer->number != request.authenticated;
}

}  // namespace understudy::engine
