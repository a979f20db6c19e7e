#include "daemon/health.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

// A disk that a group commit keeps waiting for so long has stopped; one that is merely slow has not.
constexpr Duration kDiskStopped = Duration::Seconds(10);
// Past release-age nothing is sent that waits: calls are better made elsewhere.
constexpr Duration kDiskSlow = Duration::Seconds(2);
constexpr Duration kHeldLong = kDiskSlow;

std::string DiskWaits(Duration waits) {
  return absl::StrCat("the journal has waited for the disk for ", waits.milliseconds(), " ms");
}

std::string PairWaits(const Health& health) {
  return absl::StrCat("held by the pair for ", health.pair_waits.milliseconds(),
                      " ms: ", health.witness_lost ? "the witness does not answer" : "the backup has not acknowledged");
}

}  // namespace

void Wait::Look(Lsn done, Lsn wanted, Duration now) {
  const bool moved = std::exchange(done_, done) != done;
  if (done >= wanted) return since_.reset();
  if (moved || !since_) since_ = now;
}

// A new start helps against a disk that has stopped. It helps neither a backup, which waits for its turn, nor a
// primary that may not say anything: both go on when the pair does.
std::vector<std::string> WhyNotAlive(const Health& health) {
  std::vector<std::string> reasons;
  if (health.disk_waits >= kDiskStopped) reasons.push_back(DiskWaits(health.disk_waits));
  return reasons;
}

std::vector<std::string> WhyNotReady(const Health& health) {
  std::vector<std::string> reasons;
  if (!health.standby.empty()) reasons.push_back(absl::StrCat(health.standby, ": this node does not serve"));
  if (health.disk_waits >= kDiskSlow) reasons.push_back(DiskWaits(health.disk_waits));
  if (health.pair_waits >= kHeldLong) reasons.push_back(PairWaits(health));
  if (health.backlogged) reasons.push_back("more waits for the disk than may wait: messages are not read");
  if (health.disk_low) reasons.push_back("the disk is low: new calls are refused");
  if (health.overloaded) reasons.push_back("overload: what begins something is refused");
  if (health.sip_silent) {
    reasons.push_back("SERVICE_UNAVAILABLE: no device answers OPTIONS, and no SIP message comes in");
  }
  return reasons;
}

}  // namespace understudy::daemon
