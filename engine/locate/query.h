// What is asked of DNS to find the servers of a URI (RFC 3263 section 4).
//
//   absl::optional<LocateQuery> query = QueryOf(uri, configuration.locates_by_service());
//
// nullopt: the URI's host is an address, and nothing is to be asked.
#ifndef UNDERSTUDY_ENGINE_LOCATE_QUERY_H_
#define UNDERSTUDY_ENGINE_LOCATE_QUERY_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "base/transport.h"
#include "sip/uri.h"

namespace understudy::engine {

struct LocateQuery {
  std::string host;   // in lower case, without the dot of the root
  uint16_t port = 0;  // 0: the URI has none, so SRV may say it
  Transport transport = Transport::kUdp;
  bool transport_open = false;  // the URI does not say it, so NAPTR and SRV may; then `transport` is the default
  bool secure = false;          // a sips URI: over TLS or not at all
  bool by_service = false;      // NAPTR and SRV are asked (option sip-enable-rfc3263)

  bool AsksNaptr() const { return by_service && port == 0 && transport_open; }
  bool AsksSrv() const { return by_service && port == 0; }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, host);
    a.Field(2, port);
    a.Field(3, transport);
    a.Field(4, transport_open);
    a.Field(5, secure);
    a.Field(6, by_service);
  }
  friend auto operator<=>(const LocateQuery&, const LocateQuery&) = default;
};

// Also nullopt where the URI asks for a transport that is none of ours.
absl::optional<LocateQuery> QueryOf(const sip::Uri& uri, bool by_service);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_QUERY_H_
