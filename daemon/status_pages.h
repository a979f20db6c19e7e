// What the node says of itself over HTTP.
#ifndef UNDERSTUDY_DAEMON_STATUS_PAGES_H_
#define UNDERSTUDY_DAEMON_STATUS_PAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "boost/json/object.hpp"
#include "daemon/core/core.h"
#include "daemon/cti/client_counters.h"
#include "daemon/dns/dns_counters.h"
#include "daemon/health.h"
#include "daemon/http/http_server.h"
#include "daemon/http/metrics.h"
#include "daemon/ingress.h"
#include "daemon/log/log.h"
#include "daemon/net/traffic.h"
#include "daemon/pair/pair_driver.h"

namespace understudy::daemon {

struct NodeStatus {
  std::string name;
  Endpoint service_address;
  const Core* core = nullptr;
  const PairDriver* pair = nullptr;  // nullptr: a node alone
  const Ingress* ingress = nullptr;
  const ClientCounters* clients = nullptr;
  uint64_t refused_websockets = 0;
  const log::Log* log = nullptr;
  http::HttpCounters http;
  Health health;
  uint64_t unreachable_transactions = 0;  // given up because of an ICMP report
  uint64_t requests_lost = 0;             // whose connection ended unanswered
  dns::DnsCounters dns;
};

// /server?sipServer: role, readiness, position, load. `json` for programs, HTML for people. Readiness is reported as
// the guide words it, 1 or 0. For switchover: the pair is in sync. For upgrade: this node is backup of a primary that
// serves, for without one, taking it down would end the service; a primary is never ready for that. A node without a
// peer is never ready.
std::string ServerPage(const NodeStatus& status, bool json);

// What is asked for under /server: that page, as JSON when the query says so, or 404.
http::HttpResponse ServerAnswer(const NodeStatus& status, const http::HttpRequest& request);

// The same as an object, for understudyctl.
boost::json::object StatusObject(const NodeStatus& status);

// 200 and "ok", or 503 and a line for each reason. As JSON: {"ok":false,"why":["..."]}.
http::HttpResponse HealthAnswer(const std::vector<std::string>& reasons, bool json);

// The numbers that live in the core, the ingress and the transports, for /metrics.
void CollectMetrics(const NodeStatus& status, const net::TrafficCounters& traffic, http::MetricsWriter* out);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_STATUS_PAGES_H_
