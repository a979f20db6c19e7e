// The ends of a simulated connection between the nodes (sim_link.h), as the daemon sees them.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_PORT_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_PORT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "tests/sim/network/sim_link.h"

namespace understudy::sim {

class SimLink : public link::PeerLink, public std::enable_shared_from_this<SimLink> {
 public:
  // Of `side`, in a process with `loop`; both outlived by the network.
  SimLink(LinkNetwork* network, LinkNetwork::WirePtr wire, size_t side, SimLoop* loop);
  ~SimLink() override;

  void SetEvents(Events events) override;
  void Send(uint16_t type, absl::string_view payload) override;
  void SendShared(uint16_t type, std::shared_ptr<const void>, absl::string_view payload) override {
    Send(type, payload);
  }
  void Flush() override;
  void PauseReading() override;
  void ResumeReading() override;
  void Close(const absl::Status& why) override;
  bool is_open() const override { return !wire_->closed[side_]; }
  size_t queued_bytes() const override;
  const Endpoint& remote() const override { return remote_; }
  std::string peer_subject() const override { return ""; }
  link::LinkCounters Counters() const override { return counters_; }
  int fd_for_crash() const override { return -1; }

  // ---- For the network.
  void Receive(LinkNetwork::Item item);
  void End(const absl::Status& why);

 private:
  // What two kernels hold between a sender and a receiver that does not read.
  static constexpr size_t kWindow = size_t{256} << 10;

  void Later();
  void Give();

  LinkNetwork* const network_;
  const LinkNetwork::WirePtr wire_;
  const size_t side_;
  SimLoop* const loop_;
  const Endpoint remote_;
  std::shared_ptr<const Events> events_;
  std::vector<LinkNetwork::Item> out_;
  std::deque<LinkNetwork::Item> in_;
  absl::optional<absl::Status> untold_;  // why it ended
  link::LinkCounters counters_;
  bool flush_soon_ = false;
  bool giving_soon_ = false;
  bool paused_ = false;
};

class SimPort : public link::PeerPort {
 public:
  SimPort(LinkNetwork* network, size_t machine, SimLoop* loop);
  ~SimPort() override;

  absl::Status Listen(Events events) override;
  void Dial(Done done) override;
  void Close() override;

  static Endpoint AddressOf(size_t machine);

 private:
  void Reach(const Done& finish);
  void Meet(SimPort* there, const Done& finish, Duration back);

  LinkNetwork* const network_;
  const size_t machine_;
  SimLoop* const loop_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<const Events> events_;  // null: it does not listen
  uint64_t attempt_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_PORT_H_
