#include "engine/contact_fault.h"

#include "absl/types/optional.h"
#include "sip/hop/uri_hop.h"

namespace understudy::engine {
namespace {

// Whether a request to that address reaches one host.
bool IsOneHost(const Endpoint& endpoint) {
  const Endpoint::Ip& ip = endpoint.ip();
  const bool multicast = endpoint.is_v4() ? ip[12] >= 224 && ip[12] < 240 : ip[0] == 0xFF;
  return !multicast && !endpoint.SameHost(Endpoint::V4(255, 255, 255, 255, 0));
}

}  // namespace

absl::string_view ContactFault(const State& state, const SipReceived& request, const sip::Uri& uri) {
  if (uri.text.size() > kLongestContact) return "Contact Has More Than 1024 Octets";
  const absl::optional<Transport> transport = sip::TransportOf(uri, request.transport);
  if (!transport || !state.configuration.Serves(*transport)) return "Contact Wants A Transport That Is Not Here";
  if (IsWebSocket(*transport) && *transport != request.transport) return "Contact Is No WebSocket Of Its Phone";
  const absl::optional<Endpoint> endpoint = sip::EndpointOf(uri, *transport);
  if (!endpoint) return {};
  if (endpoint->is_any()) return "Contact Is No Address Of A Host";
  if (state.configuration.IsServiceAddress(*transport, *endpoint)) return "Contact Is Our Own Address";
  return IsOneHost(*endpoint) ? absl::string_view() : "Contact Is A Multicast Address";
}

}  // namespace understudy::engine
