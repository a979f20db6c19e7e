// Who sends, as far as an address tells: an IPv4 host, or the 64 bits of an IPv6 network in which a host chooses its
// own addresses (RFC 4291 2.5.1). Port 0.
#ifndef UNDERSTUDY_DAEMON_SOURCES_SOURCE_H_
#define UNDERSTUDY_DAEMON_SOURCES_SOURCE_H_

#include <algorithm>

#include "base/endpoint.h"

namespace understudy::daemon {

inline Endpoint SourceOf(const Endpoint& remote) {
  if (remote.is_v4()) return remote.WithPort(0);
  Endpoint::Ip network = remote.ip();
  std::fill(network.begin() + network.size() / 2, network.end(), uint8_t{0});
  return Endpoint(network, 0);
}

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SOURCES_SOURCE_H_
