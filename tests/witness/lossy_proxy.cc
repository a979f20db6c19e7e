#include "tests/witness/lossy_proxy.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/check.h"
#include "daemon/net/socket_address.h"

namespace understudy::tests {
namespace {

// Returns what was moved; 0 or less: the end.
ssize_t Move(int from, int to) {
  char bytes[16384];
  const ssize_t n = recv(from, bytes, sizeof bytes, 0);
  if (n > 0 && send(to, bytes, static_cast<size_t>(n), MSG_NOSIGNAL) != n) return -1;
  return n;
}

ssize_t Discard(int from) {
  char bytes[16384];
  return recv(from, bytes, sizeof bytes, 0);
}

}  // namespace

struct LossyProxy::Pair {
  net::OwnedFd client;
  net::OwnedFd server;
  std::unique_ptr<net::FdWatch> client_watch;
  std::unique_ptr<net::FdWatch> server_watch;
  bool asked = false;   // since the last answer began
  bool silent = false;  // what the server sends is lost
};

LossyProxy::LossyProxy(net::IoLoop* loop, const Endpoint& server)
    : loop_(loop), server_(server), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in6 address;
  const socklen_t size = net::ToSockaddr(Endpoint::V4(127, 0, 0, 1, 0), AF_INET, &address);
  US_CHECK_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  US_CHECK_EQ(listen(listener_.get(), 16), 0);
  local_ = net::LocalEndpoint(listener_.get());
  accepting_ = std::make_unique<net::FdWatch>(loop, listener_.get());
  accepting_->WatchReadable([this] { Accept(); });
}

LossyProxy::~LossyProxy() = default;

void LossyProxy::LoseAnswer(int number, Loss loss) {
  until_loss_ = number;
  loss_ = loss;
}

void LossyProxy::Accept() {
  auto pair = std::make_unique<Pair>();
  pair->client.Reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  pair->server.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address;
  const socklen_t size = net::ToSockaddr(server_, AF_INET, &address);
  if (connect(pair->server.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return;
  Pair* const raw = pair.get();
  pair->client_watch = std::make_unique<net::FdWatch>(loop_, pair->client.get());
  pair->server_watch = std::make_unique<net::FdWatch>(loop_, pair->server.get());
  pairs_.push_back(std::move(pair));
  raw->client_watch->WatchReadable([this, raw] { FromClient(raw); });
  raw->server_watch->WatchReadable([this, raw] { FromServer(raw); });
}

void LossyProxy::FromClient(Pair* pair) {
  pair->asked = true;
  if (Move(pair->client.get(), pair->server.get()) <= 0) End(pair);
}

void LossyProxy::FromServer(Pair* pair) {
  const bool begins = pair->asked;
  pair->asked = false;
  if (begins && until_loss_ > 0 && --until_loss_ == 0) {
    ++lost_;
    pair->silent = true;
    if (loss_ == Loss::kClose) return End(pair);
  }
  const ssize_t moved = pair->silent ? Discard(pair->server.get()) : Move(pair->server.get(), pair->client.get());
  if (moved <= 0) End(pair);
}

void LossyProxy::End(Pair* pair) {
  pair->client_watch->PauseReadable();
  pair->server_watch->PauseReadable();
  loop_->Post(
      [this, pair] { pairs_.remove_if([pair](const std::unique_ptr<Pair>& each) { return each.get() == pair; }); });
}

}  // namespace understudy::tests
