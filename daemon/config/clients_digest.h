// Whether two nodes' files have the same passwords of T-Library clients and of DNs, without either telling one. The
// clients' salted hashes are of no use for that: each node makes its own salt.
#ifndef UNDERSTUDY_DAEMON_CONFIG_CLIENTS_DIGEST_H_
#define UNDERSTUDY_DAEMON_CONFIG_CLIENTS_DIGEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "daemon/config/client_config.h"

namespace understudy::daemon {

// For ClientConfig::mark, or of a DN. `kind`: which key of the file has the secret.
std::string ClientMark(absl::string_view name, absl::string_view kind, absl::string_view secret);

// Of the clients, in whatever order they stand, and the DNs' marks in that of their numbers; 0: none, or no scrypt in
// this OpenSSL. It goes to the peer: each guess at a password in it costs a scrypt, as making it does (tens of
// milliseconds).
uint64_t ClientsDigest(const std::vector<ClientConfig>& clients, const std::vector<std::string>& dn_marks = {});

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CLIENTS_DIGEST_H_
