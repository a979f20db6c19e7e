// What one client, one host and all of them together may take.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_LIMITS_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "tlib/frame.h"

namespace understudy::daemon {

struct ClientLimits {
  size_t links = 10000;
  size_t links_per_host = 5000;
  Duration handshake = Duration::Seconds(5);  // from the connection to Welcome, but for time in which nobody is read
  size_t hello_octets = 4096;                 // before Welcome nobody may send a longer frame

  // Beyond these a link is not read for a while, so that its client is slowed down.
  int64_t requests_per_second = 1000;  // other frames cost a tenth of a request each; a second's worth may come at once
  size_t request_window = tlib::kRequestWindow;  // requests without an outcome

  // What waits for a client to read. It may be above `queued_octets` for `slow`, for a session that is taken up again
  // brings what it has missed; never above `most_queued_octets`, which the fullest session does not reach, as JSON
  // neither. Where all links together are above `total_queued_octets`, any with more than `share_octets` is too slow.
  size_t queued_octets = size_t{1} << 20;
  size_t most_queued_octets = size_t{64} << 20;
  size_t total_queued_octets = size_t{256} << 20;
  size_t share_octets = size_t{64} << 10;
  Duration slow = Duration::Seconds(5);

  // Wrong passwords of one host: so many at once, then one in each `failure_interval`.
  int64_t failures = 10;
  Duration failure_interval = Duration::Seconds(6);
};

struct ClientOptions {
  std::string server;   // name of this node
  std::string program;  // its version
  Duration addp;        // silence after which a link is closed; 0: never
  ClientLimits limits;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_LIMITS_H_
