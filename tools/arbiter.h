// The embedded arbiter: one register in one file, served over HTTP or HTTPS. The witness of a pair that has no etcd.
//
//   GET  /register   the register, as an answer (daemon/witness/register_json.h); linearizable
//   POST /register   a request (Content-Type: application/json); what it changes is on disk before it is answered
//   GET  /healthz    200 "ok", or 503 and why
//   GET  /metrics    for Prometheus
//
// 400: not a request, and why; 415: another content type; 429: too many requests of one peer in one second; 503: the
// file failed, and nobody knows what it holds: the process ends and must be started again. Belongs to the loop's
// thread, which waits for the disk.
#ifndef UNDERSTUDY_TOOLS_ARBITER_H_
#define UNDERSTUDY_TOOLS_ARBITER_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/http/tls_context.h"
#include "daemon/net/io_loop.h"
#include "tools/tool_io.h"

namespace understudy::tools {

struct ArbiterOptions {
  std::string file;
  Endpoint listen;
  http::TlsFiles tls;             // empty: plain HTTP; with a CA, clients must show a certificate of it
  int requests_per_second = 100;  // of one address
};

class ArbiterServer {
 public:
  // `loop` and `log` outlive the server. `on_failure` is called once, when the file can no longer be written.
  static absl::StatusOr<std::unique_ptr<ArbiterServer>> Start(net::IoLoop* loop, const ArbiterOptions& options,
                                                              std::ostream* log,
                                                              std::function<void(const absl::Status&)> on_failure);
  ~ArbiterServer();
  ArbiterServer(const ArbiterServer&) = delete;
  ArbiterServer& operator=(const ArbiterServer&) = delete;

  const Endpoint& local() const;  // with the port that was chosen

 private:
  struct Rep;
  explicit ArbiterServer(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// The program: serves until SIGTERM or SIGINT. Returns its exit code.
int Arbiter(const std::vector<std::string>& args, const ToolIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_ARBITER_H_
