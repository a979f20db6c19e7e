#include "engine/locate/query.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "base/endpoint.h"
#include "sip/hop/uri_hop.h"

namespace understudy::engine {
namespace {

constexpr size_t kLongestName = 253;  // RFC 1035 2.3.4, as text

}  // namespace

absl::optional<LocateQuery> QueryOf(const sip::Uri& uri, bool by_service) {
  const absl::string_view host = absl::StripSuffix(uri.host, ".");
  const absl::optional<Transport> transport = sip::TransportOf(uri, Transport::kUdp);
  if (!uri.is_sip || !transport || host.empty() || host.size() > kLongestName) return absl::nullopt;
  if (Endpoint::Parse(host, uint16_t{0})) return absl::nullopt;
  LocateQuery query;
  query.host = absl::AsciiStrToLower(host);
  query.port = uri.port;
  query.transport = *transport;
  query.transport_open = !uri.Param("transport");
  query.secure = uri.is_sips;
  query.by_service = by_service;
  return query;
}

}  // namespace understudy::engine
