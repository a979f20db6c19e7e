// Whether a node should live on and whether it should be given calls. Two questions, two pages: /healthz for who would
// start it anew (a new start must help), /readyz for who distributes calls.
#ifndef UNDERSTUDY_DAEMON_HEALTH_H_
#define UNDERSTUDY_DAEMON_HEALTH_H_

#include <string>
#include <vector>

#include "base/time.h"
#include "daemon/http/http_server.h"

namespace understudy::daemon {

struct Health {
  Duration commit_waits;  // since something has waited for the disk and nothing has become durable; 0: nothing waits
  bool backlogged = false;
  bool disk_low = false;
  bool overloaded = false;
};

// Why not, in words; empty: it is.
std::vector<std::string> WhyNotAlive(const Health& health);
std::vector<std::string> WhyNotReady(const Health& health);

// 200 and "ok", or 503 and a line for each reason. As JSON: {"ok":false,"why":["..."]}.
http::HttpResponse HealthAnswer(const std::vector<std::string>& reasons, bool json);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_HEALTH_H_
