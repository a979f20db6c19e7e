// How long a link waits for its peer, and how much for it.
#ifndef UNDERSTUDY_DAEMON_LINK_LINK_OPTIONS_H_
#define UNDERSTUDY_DAEMON_LINK_LINK_OPTIONS_H_

#include <cstddef>
#include <memory>

#include "base/time.h"

namespace understudy::tls {

class TlsContext;

}  // namespace understudy::tls

namespace understudy::link {

struct LinkOptions {
  Duration opening = Duration::Seconds(5);        // connection, TLS and greeting together
  Duration user_timeout = Duration::Seconds(10);  // the peer's kernel acknowledges nothing for so long
  Duration half_frame = Duration::Seconds(30);    // from a frame's beginning to its end
  size_t max_queued_bytes = size_t{256} << 20;
  std::shared_ptr<const tls::TlsContext> tls = nullptr;  // nullptr: plain TCP
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_LINK_OPTIONS_H_
