// What a node has asked DNS, since it started.
#ifndef UNDERSTUDY_DAEMON_DNS_DNS_COUNTERS_H_
#define UNDERSTUDY_DAEMON_DNS_DNS_COUNTERS_H_

#include <cstdint>

namespace understudy::dns {

struct DnsCounters {
  uint64_t lookups = 0;
  uint64_t questions = 0;
  uint64_t silent = 0;    // questions that nobody has answered
  uint64_t failures = 0;  // that were answered with a failure, or with what cannot be read
  uint64_t refused = 0;   // lookups beyond most_waiting
  uint64_t given_up = 0;  // lookups that took too long
};

}  // namespace understudy::dns

#endif  // UNDERSTUDY_DAEMON_DNS_DNS_COUNTERS_H_
