// What the engine says of calls, registrations and clients' sessions, for people and monitors: lines in the log and
// counters.
#ifndef UNDERSTUDY_DAEMON_PROGRESS_LOG_H_
#define UNDERSTUDY_DAEMON_PROGRESS_LOG_H_

#include "base/ids.h"
#include "daemon/http/metrics.h"
#include "daemon/log/log.h"
#include "engine/effect.h"

namespace understudy::daemon {

// One thread. `log` outlives it.
class ProgressLog {
 public:
  explicit ProgressLog(log::Log* log) : log_(log) {}

  void AddMetrics(http::MetricsRegistry* metrics);

  // `lsn`: of the entry that said so. AddMetrics first. Of what is sent nothing is said.
  void Write(Lsn lsn, const engine::Effect& effect);

 private:
  void Say(Lsn, const engine::SendSip&) {}
  void Say(Lsn, const engine::SendClient&) {}
  void Say(Lsn, const engine::CloseClient&) {}
  void Say(Lsn, const engine::Locate&) {}
  void Say(Lsn lsn, const engine::CallProgress& progress);
  void Say(Lsn lsn, const engine::RegistrationProgress& progress);
  void Say(Lsn lsn, const engine::SessionProgress& progress);
  void Say(Lsn lsn, const engine::DeviceProgress& progress);

  log::Log* const log_;
  http::Counter* calls_[5] = {};     // by step
  http::Counter* sessions_[5] = {};  // likewise
  http::Counter* devices_[5] = {};   // likewise
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PROGRESS_LOG_H_
