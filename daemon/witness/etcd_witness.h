// The witness in etcd (3.4 and later), through its JSON gateway: one key whose value is the register as JSON, changed
// by transactions that compare its mod_revision.
//
//   absl::StatusOr<std::unique_ptr<Witness>> witness = NewEtcdWitness(
//       &loop, {.endpoints = {"https://192.0.2.7:2379", "https://192.0.2.8:2379", "https://192.0.2.9:2379"},
//               .tls = {.ca = "ca.pem"}, .key = "/understudy/pair-1", .user = "understudy", .password = "..."});
//
// All endpoints are members of one etcd cluster. Reads are linearizable. The user needs READWRITE on the key and
// nothing else; a token that etcd no longer knows is replaced. A client certificate must carry no common name: the
// gateway refuses those where users are on. A value that is not a register is an error until the operator deletes the
// key.
#ifndef UNDERSTUDY_DAEMON_WITNESS_ETCD_WITNESS_H_
#define UNDERSTUDY_DAEMON_WITNESS_ETCD_WITNESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"
#include "daemon/witness/witness.h"

namespace understudy::witness {

struct EtcdWitnessOptions {
  std::vector<std::string> endpoints = {};  // "http://HOST:PORT" or "https://HOST:PORT", tried in turn
  http::TlsFiles tls = {};                  // for https
  std::string key = {};                     // 1 to 1024 bytes, of this pair alone
  std::string user = {};                    // empty: without authentication
  std::string password = {};
  Duration deadline = Duration::Seconds(1);  // of one question: connecting, authenticating, reading and changing
};

// `loop` outlives the witness. An error: an option or a file that cannot be used, and why.
absl::StatusOr<std::unique_ptr<Witness>> NewEtcdWitness(net::IoLoop* loop, const EtcdWitnessOptions& options);

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_ETCD_WITNESS_H_
