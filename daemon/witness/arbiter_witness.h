// The witness behind an arbiter (tools/arbiter.h), over HTTP or HTTPS.
//
//   absl::StatusOr<std::unique_ptr<Witness>> witness = NewArbiterWitness(&loop, {.endpoints =
//   {"https://192.0.2.9:8095"}});
//
// Several endpoints are several addresses of one arbiter: two arbiters are two registers, and no witness.
#ifndef UNDERSTUDY_DAEMON_WITNESS_ARBITER_WITNESS_H_
#define UNDERSTUDY_DAEMON_WITNESS_ARBITER_WITNESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"
#include "daemon/witness/witness.h"

namespace understudy::witness {

struct ArbiterWitnessOptions {
  std::vector<std::string> endpoints = {};   // "http://HOST:PORT" or "https://HOST:PORT", tried in turn
  http::TlsFiles tls = {};                   // for https
  Duration deadline = Duration::Seconds(1);  // of one question, connecting included
};

// `loop` outlives the witness. An error: an endpoint or a file that cannot be used, and why.
absl::StatusOr<std::unique_ptr<Witness>> NewArbiterWitness(net::IoLoop* loop, const ArbiterWitnessOptions& options);

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_ARBITER_WITNESS_H_
