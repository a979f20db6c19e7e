// An edge behind a listener on a real loopback socket, for the tests of every kind of listener: the loop serves on its
// own thread while the test's client talks. For tests only.
//
//   class ClientSocketTest : public ListenerTest<ClientListener> { ... Serve(kOptions, tls); };
//   While([&] { net::Peer peer = net::Peer::TcpTo(at_); ... });
#ifndef UNDERSTUDY_DAEMON_CTI_LISTENER_TESTING_H_
#define UNDERSTUDY_DAEMON_CTI_LISTENER_TESTING_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/cti/client_edge.h"
#include "daemon/cti/edge_testing.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/transport_testing.h"
#include "gtest/gtest.h"
#include "tlib/frame.h"

namespace understudy::daemon {

inline tlib::Hello HelloOf(const std::string& application, const std::string& password = "") {
  tlib::Hello hello;
  hello.application = application;
  hello.password = password;
  return hello;
}

template <class Listener>
class ListenerTest : public testing::Test {
 protected:
  // `arguments`: what this listener takes between its loop and what it gives clients to.
  template <class... Arguments>
  void Serve(const net::AddressSettings& settings, Arguments... arguments) {
    ClientOptions options;
    options.server = "sip-a";
    edge_ = std::make_unique<ClientEdge>(&loop_, &host_, &passwords_, nullptr, options);
    edge_->OnRole();
    listener_ = std::make_unique<Listener>(
        &loop_, std::move(arguments)...,
        [this](std::shared_ptr<ClientConnection> client) { edge_->Accept(std::move(client)); });
    loop_.SetEndOfTurn([this] { edge_->EndOfTurn(); });
    const absl::StatusOr<Endpoint> at = listener_->Listen(net::kLoopback, settings);
    ASSERT_TRUE(at.ok()) << at.status();
    at_ = *at;
  }

  // The test's thread talks, the loop's serves.
  void While(const std::function<void()>& talk) {
    std::thread client([&] {
      talk();
      loop_.Stop();
    });
    loop_.Run();
    client.join();
  }

  net::IoLoop loop_;
  TestHost host_;
  TestPasswords passwords_;
  std::unique_ptr<ClientEdge> edge_;
  std::unique_ptr<Listener> listener_;
  Endpoint at_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_LISTENER_TESTING_H_
