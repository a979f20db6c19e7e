// A T-Library client that may come in, by the name that it says.
#ifndef UNDERSTUDY_DAEMON_CONFIG_CLIENT_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_CLIENT_CONFIG_H_

#include <string>

#include "daemon/config/client_verifier.h"

namespace understudy::daemon {

struct ClientConfig {
  std::string name;  // 1 to 255 octets
  ClientVerifier verifier;
  std::string mark = "";  // the same for the same name and secret (clients_digest.h)
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CLIENT_CONFIG_H_
