// The running node: transports, ingress, core, HTTP and signals on one loop.
#ifndef UNDERSTUDY_DAEMON_SERVER_H_
#define UNDERSTUDY_DAEMON_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/config/config.h"
#include "daemon/core/clock.h"
#include "daemon/log/log.h"
#include "daemon/test_hooks.h"

namespace understudy::daemon {

struct ServerOptions {
  std::string config_path;
  TestHooks hooks;
};

class Server {
 public:
  // Recovers the journal, binds every socket and is ready to serve; says in the log what it does. An error tells the
  // operator what to do next.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const Config& config,
                                                       log::Log* log);
  ~Server();

  // Serves until SIGTERM or SIGINT, then ends cleanly. SIGHUP rereads the configuration and reopens the log. An error:
  // the journal failed, and the process must end so that its supervisor starts it anew.
  absl::Status Run();

 private:
  class Rep;
  explicit Server(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_SERVER_H_
