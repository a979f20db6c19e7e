// The server's end of a client's simulated link: daemon::ClientConnection without a socket.
//
// Made by ClientNetwork, which it outlives at most as something closed. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CLIENT_CONNECTION_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CLIENT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "tests/sim/sim_loop.h"

namespace understudy::sim {

class ClientNetwork;

class SimClientConnection : public daemon::ClientConnection, public std::enable_shared_from_this<SimClientConnection> {
 public:
  SimClientConnection(ClientNetwork* network, SimLoop* loop, uint64_t link, const Endpoint& remote)
      : network_(network), loop_(loop), link_(link), remote_(remote) {}

  // ---- daemon::ClientConnection
  void SetEvents(Events events) override { events_ = std::move(events); }
  void Send(absl::string_view octets) override;
  void PauseReading() override { paused_ = true; }
  void ResumeReading() override;
  void Close() override;
  size_t queued_octets() const override;
  const Endpoint& remote() const override { return remote_; }
  daemon::ClientWire wire() const override { return daemon::ClientWire::kFrames; }

  // ---- For the network. They are told in a turn of the process.
  bool reads() const { return !paused_ && network_ != nullptr; }
  void Octets(std::string octets);
  void Ended();
  // Its process is gone.
  void Die();

 private:
  ClientNetwork* network_;  // null: closed
  SimLoop* loop_;
  const uint64_t link_;
  const Endpoint remote_;
  Events events_;
  bool paused_ = false;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CLIENT_CONNECTION_H_
