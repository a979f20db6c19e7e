// What the edge has counted since the process began.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_COUNTERS_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/cti/link_end.h"

namespace understudy::daemon {

struct ClientCounters {
  size_t links = 0;          // now
  size_t attached = 0;       // now, with a session
  size_t queued_octets = 0;  // that wait for clients to read; as of the last look
  uint64_t accepted = 0;
  uint64_t welcomed = 0;
  uint64_t requests = 0;              // appended
  uint64_t queries = 0;               // answered outside a session
  uint64_t events = 0;                // sent
  uint64_t acknowledgements = 0;      // entries
  uint64_t late_frames = 0;           // for a session that is not at this node any more; the client sends them again
  uint64_t stalls = 0;                // times that a link was not read for a while
  uint64_t quarantined_requests = 0;  // refused
  uint64_t overload_requests = 0;     // likewise: calls
  std::array<uint64_t, kLinkEnds> ends{};  // by LinkEnd
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_COUNTERS_H_
