// A TCP proxy that loses an answer on demand: the server has done what it was asked, and nobody hears of it.
//
//   LossyProxy proxy(&loop, server);
//   proxy.LoseAnswer(1, LossyProxy::Loss::kSilence);   // the next one
//
// Belongs to the loop's thread. An answer is what the server sends after the client has sent something.
#ifndef UNDERSTUDY_TESTS_WITNESS_LOSSY_PROXY_H_
#define UNDERSTUDY_TESTS_WITNESS_LOSSY_PROXY_H_

#include <list>
#include <memory>
#include <vector>

#include "base/endpoint.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"

namespace understudy::tests {

class LossyProxy {
 public:
  // The connection stays and says no more, or ends.
  enum class Loss { kSilence, kClose };

  LossyProxy(net::IoLoop* loop, const Endpoint& server);
  ~LossyProxy();
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  const Endpoint& local() const { return local_; }
  // The `number`-th answer from now on, 1 for the next, of whichever connection.
  void LoseAnswer(int number, Loss loss);
  int lost() const { return lost_; }

 private:
  struct Pair;

  void Accept();
  void FromClient(Pair* pair);
  void FromServer(Pair* pair);
  // The connection is done; who is told of it stands in one of its callbacks.
  void End(Pair* pair);

  net::IoLoop* const loop_;
  const Endpoint server_;
  Endpoint local_;
  net::OwnedFd listener_;
  std::unique_ptr<net::FdWatch> accepting_;
  std::list<std::unique_ptr<Pair>> pairs_;
  int until_loss_ = 0;  // 0: nothing will be lost
  Loss loss_ = Loss::kSilence;
  int lost_ = 0;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_WITNESS_LOSSY_PROXY_H_
