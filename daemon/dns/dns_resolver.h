// Asks DNS, by c-ares on the I/O thread's loop.
//
//   absl::StatusOr<std::unique_ptr<DnsResolver>> resolver = DnsResolver::Create(&loop, options);
//   (*resolver)->Resolve(query, [](engine::LocateAnswer answer) { ... });
//
// Belongs to the loop's thread; the loop outlives it. Names are asked for as they are, without a search list and
// without /etc/hosts.
#ifndef UNDERSTUDY_DAEMON_DNS_DNS_RESOLVER_H_
#define UNDERSTUDY_DAEMON_DNS_DNS_RESOLVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/dns/dns_counters.h"
#include "daemon/dns/resolver.h"
#include "daemon/net/io_loop.h"

namespace understudy::dns {

struct DnsOptions {
  std::vector<Endpoint> servers;              // asked in this order; empty: those of the system
  Duration timeout = Duration::Seconds(1);    // for the first answer; doubled with each try
  int tries = 2;                              // of each server
  Duration patience = Duration::Seconds(20);  // of a lookup, its wait included: less than the engine's
  size_t most_lookups = 256;                  // at a time; more of them wait
  size_t most_waiting = 10'000;
};

class DnsResolver : public Resolver {
 public:
  // Internal: c-ares does not start.
  static absl::StatusOr<std::unique_ptr<DnsResolver>> Create(net::IoLoop* loop, const DnsOptions& options);
  ~DnsResolver() override;

  void Resolve(const engine::LocateQuery& query, Done done) override;

  const DnsCounters& counters() const;

 private:
  class Rep;
  explicit DnsResolver(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::dns

#endif  // UNDERSTUDY_DAEMON_DNS_DNS_RESOLVER_H_
