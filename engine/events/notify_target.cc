#include "engine/events/notify_target.h"

#include "absl/types/optional.h"
#include "engine/contact_fault.h"
#include "sip/hop/uri_hop.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

bool IsAt(const absl::optional<Endpoint>& place, const Endpoint& host) {
  return place.has_value() && place->SameHost(host);
}

bool IsPlaceOf(const State& state, const Dn& dn, const Endpoint& host) {
  if (dn.profile.contact && IsAt(dn.profile.contact->endpoint, host)) return true;
  for (const Binding* binding : state.registrar.BindingsOf(dn.number)) {
    if (binding->hop.remote.SameHost(host)) return true;
  }
  return false;
}

}  // namespace

absl::string_view NotifyTargetFault(const State& state, const SipReceived& request, const sip::Dialog& dialog) {
  sip::Uri uri;
  if (!sip::ParseUri(sip::TargetOf(dialog).next_hop, &uri)) return "Malformed Contact";
  const absl::string_view fault = ContactFault(state, request, uri);
  if (fault.empty() || dialog.route_set.empty()) return fault;
  return "Record-Route Is No Address That Can Be Reached";
}

bool AsksForAnother(const State& state, const SipReceived& request, const Dn& subscriber, const sip::Dialog& dialog) {
  if (request.transport != Transport::kUdp || subscriber.type == DnType::kTrunk) return false;
  if (request.authenticated == subscriber.number) return false;
  sip::Uri uri;
  if (!sip::ParseUri(sip::TargetOf(dialog).next_hop, &uri)) return false;
  const absl::optional<Endpoint> there = sip::EndpointOf(uri, Transport::kUdp);
  return there.has_value() && !IsAt(there, request.remote) && !IsPlaceOf(state, subscriber, *there);
}

}  // namespace understudy::engine
