// Real witnesses for tests: an arbiter process, or an etcd process, each plain or with mutual TLS (etcd: and a user).
//
//   std::unique_ptr<Backend> backend = NewEtcd(&loop, directory, /*secure=*/true);
//   backend->Start();                     // until it answers
//   std::unique_ptr<witness::Witness> witness = backend->Connect(deadline, backend->endpoint());
//   backend->Kill();                      // SIGKILL; Start starts it again, with the same address and data
#ifndef UNDERSTUDY_TESTS_WITNESS_WITNESS_BACKENDS_H_
#define UNDERSTUDY_TESTS_WITNESS_WITNESS_BACKENDS_H_

#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/net/io_loop.h"
#include "daemon/witness/etcd_witness.h"
#include "daemon/witness/witness.h"
#include "tests/witness/child_process.h"

namespace understudy::tests {

class Backend {
 public:
  virtual ~Backend() = default;

  // Fails a CHECK, with the process's log, when it does not answer within half a minute.
  virtual void Start() = 0;
  // Forgets everything that it was told, and starts again.
  virtual void StartBlank() = 0;
  void Kill();
  void Signal(int signal) { process_->Signal(signal); }

  // `through`: its own endpoint, or a proxy's.
  virtual std::unique_ptr<witness::Witness> Connect(Duration deadline, const Endpoint& through) = 0;
  const Endpoint& endpoint() const { return endpoint_; }

  // How many answers a change takes over a connection that is up; the last one tells of the change.
  virtual int answers_to_a_change() const = 0;

 protected:
  Backend(net::IoLoop* loop, const std::string& directory) : loop_(loop), directory_(directory) {}

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string log() const { return FileText(path("log")); }
  void Run(const std::vector<std::string>& command);

  net::IoLoop* const loop_;
  const std::string directory_;
  Endpoint endpoint_;
  std::unique_ptr<ChildProcess> process_;
};

// What only etcd has.
class EtcdBackend : public Backend {
 public:
  // As Connect uses them.
  virtual witness::EtcdWitnessOptions options(const Endpoint& through) const = 0;
  // Writes the witness's key, as somebody else would. Without users only.
  virtual void Put(const std::string& value) = 0;

 protected:
  using Backend::Backend;
};

// `directory` exists and is the backend's own.
std::unique_ptr<Backend> NewArbiter(net::IoLoop* loop, const std::string& directory, bool secure);
std::unique_ptr<EtcdBackend> NewEtcd(net::IoLoop* loop, const std::string& directory, bool secure);
bool EtcdIsInstalled(const std::string& directory);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_WITNESS_WITNESS_BACKENDS_H_
