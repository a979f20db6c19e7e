#include "daemon/health.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json.hpp"

namespace understudy::daemon {
namespace {

// A disk that a group commit keeps waiting for so long has stopped; one that is merely slow has not.
constexpr Duration kDiskStopped = Duration::Seconds(10);
// Past release-age nothing is sent that waits: calls are better made elsewhere.
constexpr Duration kDiskSlow = Duration::Seconds(2);

std::string DiskWaits(Duration waits) {
  return absl::StrCat("the journal has waited for the disk for ", waits.milliseconds(), " ms");
}

}  // namespace

std::vector<std::string> WhyNotAlive(const Health& health) {
  std::vector<std::string> reasons;
  if (health.commit_waits >= kDiskStopped) reasons.push_back(DiskWaits(health.commit_waits));
  return reasons;
}

std::vector<std::string> WhyNotReady(const Health& health) {
  std::vector<std::string> reasons;
  if (health.commit_waits >= kDiskSlow) reasons.push_back(DiskWaits(health.commit_waits));
  if (health.backlogged) reasons.push_back("more waits for the disk than may wait: messages are not read");
  if (health.disk_low) reasons.push_back("the disk is low: new calls are refused");
  if (health.overloaded) reasons.push_back("overload: what begins something is refused");
  return reasons;
}

http::HttpResponse HealthAnswer(const std::vector<std::string>& reasons, bool json) {
  const int status = reasons.empty() ? 200 : 503;
  if (!json) {
    return {status, "text/plain; charset=utf-8", reasons.empty() ? "ok\n" : absl::StrJoin(reasons, "\n") + "\n"};
  }
  boost::json::array why;
  for (const std::string& reason : reasons) why.emplace_back(reason);
  const boost::json::object answer = {{"ok", reasons.empty()}, {"why", std::move(why)}};
  return {status, "application/json", boost::json::serialize(answer) + "\n"};
}

}  // namespace understudy::daemon
