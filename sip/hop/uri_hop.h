// Where a URI leads: by which transport, and to which address if it names one.
//
//   const Transport transport = TransportOf(uri, leg.hop.transport).value_or(leg.hop.transport);
//   absl::optional<Endpoint> there = EndpointOf(uri, transport);
//
// Functions without state.
#ifndef UNDERSTUDY_SIP_HOP_URI_HOP_H_
#define UNDERSTUDY_SIP_HOP_URI_HOP_H_

#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/transport.h"
#include "sip/uri.h"

namespace understudy::sip {

// The transport that the URI asks for; `otherwise` where it leaves that open. A sips URI's TCP is TLS (RFC
// 3261 26.2.2), and whether a WebSocket is a secure one the URI of a browser does not say (RFC 7118 5.1.1): as
// `otherwise` does. nullopt: one that is not ours, or that cannot be secure.
absl::optional<Transport> TransportOf(const Uri& uri, Transport otherwise);

// With the port of `transport` where the URI has none. nullopt: a host name.
absl::optional<Endpoint> EndpointOf(const Uri& uri, Transport transport);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_HOP_URI_HOP_H_
