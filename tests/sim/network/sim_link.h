// The connection between the two nodes of a simulated pair, and all that can happen to it: delay, cuts of either way,
// resets that the ends see at different times, ends that nobody told.
//
//   LinkNetwork link(&events, chance);
//   std::unique_ptr<link::PeerPort> port = link.NewPort(0, &loop);     // of a process on machine 0
//   link.SetCut(0, true);                                              // what 0 sends does not arrive
//   link.Break();  link.Swizzle();
//   link.ProcessDied(0);                                               // before its port and links are destroyed
//
// As TCP (sim_connection.h): what is sent arrives once and in order, or the link ends; what a cut holds up arrives when
// it is mended, unless the sender has given up by then (LinkOptions::user_timeout). One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/link/link_options.h"
#include "daemon/link/peer_port.h"
#include "daemon/net/scheduler.h"
#include "tests/sim/network/sim_connection.h"
#include "tests/sim/network/link_end.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class SimPort;

class LinkNetwork {
 public:
  static constexpr size_t kMachines = kPeerMachines;

  // `events` outlives it; it outlives the ports.
  LinkNetwork(EventQueue* events, const Chance& chance) : wire_(events, chance) {}
  LinkNetwork(const LinkNetwork&) = delete;
  LinkNetwork& operator=(const LinkNetwork&) = delete;

  // Of a process on `machine`, whose host answers from now on. `loop` outlives the port, the network both.
  std::unique_ptr<link::PeerPort> NewPort(size_t machine, net::Scheduler* loop, const link::LinkOptions& options = {});

  // Of what `sender` sends, from now on.
  void SetPath(size_t sender, const PathTraits& traits) { wire_.paths.at(sender) = traits; }
  // At most so much on top of that, drawn for what leaves together.
  void SetDelay(size_t sender, Duration more) { wire_.more.at(sender) = more; }
  // Cut twice, it is mended twice.
  void SetCut(size_t sender, bool cut);
  bool cut(size_t sender) const { return wire_.cut(sender); }
  // Every connection is reset. Its two ends see that some milliseconds apart; with Swizzle one of them sees it up to
  // seconds later, when there may be another connection.
  void Break();
  void Swizzle();

  // Its kernel tells the other end, if the way there is open. Nothing is called back there any more.
  void ProcessDied(size_t machine);
  // Nobody tells the other end, and nobody answers until the next process.
  void PowerLost(size_t machine);

  const PeerCounts& counts() const { return wire_.counts; }
  // That somebody has an end of, or that are still on their way.
  size_t connections() const;

  static Endpoint AddressOf(size_t machine) { return Endpoint::V4(10, 0, 1, static_cast<uint8_t>(machine + 1), 5070); }

 private:
  friend class SimPort;

  std::shared_ptr<SimConnection> Connect(Duration user_timeout);
  // The other side has been heard; whoever listens there now gets the connection.
  void Offer(size_t machine, const std::shared_ptr<SimConnection>& connection);
  void Mended();

  PeerWire wire_;
  std::vector<std::shared_ptr<SimConnection>> connections_;
  uint64_t last_number_ = 0;
  std::array<std::vector<SimPort*>, kPeerMachines> ports_;
  std::array<SimPort*, kPeerMachines> listening_{};
};

class SimPort : public link::PeerPort {
 public:
  // Both outlive it. Of `options`, half_frame and tls mean nothing here.
  SimPort(net::Scheduler* loop, LinkNetwork* network, size_t machine, const link::LinkOptions& options = {});
  ~SimPort() override;

  absl::Status Listen(Events events) override;
  void Dial(Done done) override;
  void Close() override;

  // Callbacks of `accepted` and of Dial with a link.

 private:
  friend class LinkNetwork;

  struct Attempt {
    Done done;
    std::shared_ptr<SimLink> link;
  };
  using Trying = std::weak_ptr<Attempt>;

  size_t other() const { return 1 - machine_; }
  void Call(const Trying& trying, int tries);
  void Called(const Trying& trying, int tries);
  void Refused(const Trying& trying);
  void Connected(const Trying& trying);
  void Finish(const absl::Status& status);
  void Accept(const std::shared_ptr<SimConnection>& connection);
  void Opened(uint64_t number, const absl::Status& status);

  net::Scheduler* const loop_;
  LinkNetwork* const network_;
  const size_t machine_;
  const link::LinkOptions options_;
  std::shared_ptr<const Events> events_;  // while it listens
  std::map<uint64_t, std::shared_ptr<SimLink>> opening_;
  std::shared_ptr<Attempt> attempt_;
  net::Alarm deadline_;  // of the attempt
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_
