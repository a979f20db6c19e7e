#include "sip/hop/uri_hop.h"

namespace understudy::sip {
namespace {

absl::optional<Transport> Secured(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return absl::nullopt;
    case Transport::kTcp:
    case Transport::kTls:
      return Transport::kTls;
    case Transport::kWs:
    case Transport::kWss:
      return Transport::kWss;
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<Transport> TransportOf(const Uri& uri, Transport otherwise) {
  const absl::optional<absl::string_view> name = uri.Param("transport");
  if (!name) return uri.is_sips ? Secured(otherwise).value_or(Transport::kTls) : otherwise;
  const absl::optional<Transport> transport = ParseTransport(*name);
  if (!transport) return absl::nullopt;
  if (uri.is_sips) return Secured(*transport);
  return IsWebSocket(*transport) && IsWebSocket(otherwise) ? otherwise : transport;
}

absl::optional<Endpoint> EndpointOf(const Uri& uri, Transport transport) {
  return Endpoint::Parse(uri.host, uri.port == 0 ? DefaultPort(transport) : uri.port);
}

}  // namespace understudy::sip
