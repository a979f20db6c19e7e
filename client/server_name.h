// "host:port", "[2001:db8::1]:port": a server as users name it.
#ifndef UNDERSTUDY_CLIENT_SERVER_NAME_H_
#define UNDERSTUDY_CLIENT_SERVER_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::client {

struct ServerName {
  std::string host;
  std::string port;
  friend bool operator==(const ServerName&, const ServerName&) = default;
};

// InvalidArgument with what is allowed.
absl::StatusOr<ServerName> ParseServerName(absl::string_view text);

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_SERVER_NAME_H_
