// Where the servers are, who the client is, and how patient it is.
#ifndef UNDERSTUDY_CLIENT_CLIENT_OPTIONS_H_
#define UNDERSTUDY_CLIENT_CLIENT_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "base/time.h"

namespace understudy::client {

struct TlsOptions {
  std::string ca;           // PEM: who signs the servers' certificates; empty: whom this machine trusts
  std::string certificate;  // PEM, of this client, when the server asks for one
  std::string key;          // PEM, without a passphrase
  std::string server_name;  // that the certificates must have; empty: the host of `servers`
};

struct ClientOptions {
  std::vector<std::string> servers;  // one or two, "host:port", "[::1]:port"; names are resolved at each attempt
  std::string application;           // 1 to 255 octets: as the server's log shows this client
  std::string password;              // of that name, where the server knows one
  absl::optional<TlsOptions> tls;    // none: plain TCP
  bool has_session = true;           // false: links alone, for Client::QueryServer; every Request fails
  // ADDP: silence of a server that is taken for its death (it is asked before), 0: never. What the server asks for
  // towards itself is kept, too.
  Duration addp = Duration::Seconds(10);
  Duration opening = Duration::Seconds(5);  // to connect and to be welcomed
  Duration first_retry = Duration::Milliseconds(100);
  Duration last_retry = Duration::Seconds(5);
};

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_CLIENT_OPTIONS_H_
