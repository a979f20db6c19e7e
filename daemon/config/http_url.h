// Where an HTTP server is reached, as the configuration file says it: "http://127.0.0.1:7100",
// "https://w.example:2379".
#ifndef UNDERSTUDY_DAEMON_CONFIG_HTTP_URL_H_
#define UNDERSTUDY_DAEMON_CONFIG_HTTP_URL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::daemon {

struct HttpUrl {
  bool tls = false;
  std::string host;   // an IP address, IPv6 without brackets, or a host name, which is not looked up here
  uint16_t port = 0;  // 1 to 65535

  // As ParseHttpUrl reads it.
  std::string ToText() const;
  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// "http://host:port" or "https://host:port" with or without a '/' at the end; no user, path, query or fragment. nullopt
// for anything else. Total: any bytes may be asked about.
absl::optional<HttpUrl> ParseHttpUrl(absl::string_view text);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_HTTP_URL_H_
