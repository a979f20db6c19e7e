// What only this host reaches.
#ifndef UNDERSTUDY_DAEMON_CONFIG_LOOPBACK_H_
#define UNDERSTUDY_DAEMON_CONFIG_LOOPBACK_H_

#include <cstdint>

#include "base/endpoint.h"

namespace understudy::daemon {

// 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or ::1 (RFC 4291 section 2.5.3).
inline bool IsLoopback(const Endpoint& endpoint) {
  const Endpoint v6_loopback = *Endpoint::Parse("::1", uint16_t{0});
  return endpoint.is_v4() ? endpoint.ip()[12] == 127 : endpoint.SameHost(v6_loopback);
}

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_LOOPBACK_H_
