// A small right configuration for tests, of which each test replaces a piece.
#ifndef UNDERSTUDY_DAEMON_CONFIG_CONFIG_TEXT_H_
#define UNDERSTUDY_DAEMON_CONFIG_CONFIG_TEXT_H_

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

inline constexpr absl::string_view kConfigText = R"(node:
  name: sip-a
  http-port: 8090
  journal: {path: /var/lib/understudy/sip-a, durability: local-sync}
pair:
  options:
    TServer: {sip-address: 127.0.0.1, sip-port: 5060}
  switch:
    name: Main
    dns:
      - {number: "1001", type: Extension, options: {TServer: {contact: "*"}}}
      - {number: "1002", type: Extension, options: {TServer: {contact: "*"}}}
      - {number: gw, type: Trunk, options: {TServer: {contact: "127.0.0.1:5080", prefix: "9"}}}
)";

// kConfigText with `piece` made into `other`.
inline std::string ConfigTextWith(absl::string_view piece, absl::string_view other) {
  return absl::StrReplaceAll(kConfigText, {{piece, other}});
}

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CONFIG_TEXT_H_
