// The option `contact`: where a device is reached.
//
//   absl::StatusOr<Contact> gw = ParseContact("127.0.0.1:5080");
//   gw->uri == "sip:127.0.0.1:5080"; gw->endpoint == Endpoint::V4(127, 0, 0, 1, 5080);
#ifndef UNDERSTUDY_DAEMON_CONFIG_CONTACT_H_
#define UNDERSTUDY_DAEMON_CONFIG_CONTACT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/transport.h"

namespace understudy::daemon {

struct Contact {
  // The file says "*": the device registers, and nothing below is set.
  bool by_registration = false;

  std::string uri;                        // "sip:gw@192.0.2.1:5080;transport=tcp"; begins with "sip:" or "sips:"
  std::string user;                       // as written; may be empty
  std::string host;                       // an IPv6 reference keeps its brackets
  uint16_t port = 0;                      // 0: none given
  Transport transport = Transport::kUdp;  // kUdp, kTcp or kTls; a sips URI's is kTls

  // Address and port (5060 when none is given, 5061 for TLS, RFC 3261 19.1.2); nullopt when `host` is a name.
  absl::optional<Endpoint> endpoint;
};

// Reads "*", a sip: or sips: URI, host, or host:port. InvalidArgument names what is wrong and never repeats `text`. Not
// allowed: a password, headers, transports other than UDP, TCP and TLS, 0.0.0.0 and ::, a URI over 256 bytes.
absl::StatusOr<Contact> ParseContact(absl::string_view text);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CONTACT_H_
