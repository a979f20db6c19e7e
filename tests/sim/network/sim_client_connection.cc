#include "tests/sim/network/sim_client_connection.h"

#include <utility>

#include "absl/status/status.h"
#include "tests/sim/network/client_network.h"

namespace understudy::sim {

void SimClientConnection::Send(absl::string_view octets) {
  if (network_ != nullptr) network_->SendToClient(link_, octets);
}

void SimClientConnection::ResumeReading() {
  if (!std::exchange(paused_, false) || network_ == nullptr) return;
  loop_->Post([self = weak_from_this()] {
    const std::shared_ptr<SimClientConnection> here = self.lock();
    if (here != nullptr && here->network_ != nullptr) here->network_->Resume(here->link_);
  });
}

void SimClientConnection::Close() {
  events_ = Events();
  if (ClientNetwork* const network = std::exchange(network_, nullptr)) network->CloseByServer(link_);
}

size_t SimClientConnection::queued_octets() const {
  const size_t unread = network_ == nullptr ? 0 : network_->Unread(link_);
  return unread <= ClientNetwork::kWindow ? 0 : unread - ClientNetwork::kWindow;
}

void SimClientConnection::Octets(std::string octets) {
  loop_->Post([self = weak_from_this(), octets = std::move(octets)] {
    const std::shared_ptr<SimClientConnection> here = self.lock();
    if (here == nullptr || !here->events_.octets) return;
    const auto take = here->events_.octets;
    take(octets);
  });
}

void SimClientConnection::Ended() {
  loop_->Post([self = weak_from_this()] {
    const std::shared_ptr<SimClientConnection> here = self.lock();
    if (here == nullptr || !here->events_.closed) return;
    const auto closed = std::exchange(here->events_, Events()).closed;
    here->network_ = nullptr;
    closed(absl::UnavailableError("the client has closed its connection"));
  });
}

void SimClientConnection::Die() {
  events_ = Events();
  network_ = nullptr;
  loop_ = nullptr;
}

}  // namespace understudy::sim
