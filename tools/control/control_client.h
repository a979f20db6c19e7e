// Asks a running server over its control socket (daemon/control/control_server.h).
//
//   absl::StatusOr<ControlClient> client = ControlClient::Connect("/var/lib/understudy/sip-a/control");
//   absl::StatusOr<boost::json::object> answer = client->Ask({{"command", "status"}}, Duration::Seconds(60), {});
//
// Blocking; one thread.
#ifndef UNDERSTUDY_TOOLS_CONTROL_CONTROL_CLIENT_H_
#define UNDERSTUDY_TOOLS_CONTROL_CONTROL_CLIENT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "boost/json/object.hpp"
#include "daemon/net/owned_fd.h"

namespace understudy::tools {

class ControlClient {
 public:
  // Unavailable: nobody listens there. PermissionDenied: not the server's user. InvalidArgument: no such path can be.
  static absl::StatusOr<ControlClient> Connect(const std::string& path);

  // Sends `request` and waits up to `patience` for its answer; `on_wait`, when given, is told every two seconds how
  // long it has waited. DeadlineExceeded, or Aborted when the connection ended or what came is no answer: what became
  // of the request is then unknown. After an error the client is of no use.
  absl::StatusOr<boost::json::object> Ask(const boost::json::object& request, Duration patience,
                                          const std::function<void(Duration waited)>& on_wait);

 private:
  explicit ControlClient(net::OwnedFd fd) : fd_(std::move(fd)) {}
  absl::StatusOr<std::string> ReadLine(Duration patience, const std::function<void(Duration waited)>& on_wait);

  net::OwnedFd fd_;
  std::string in_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CONTROL_CONTROL_CLIENT_H_
