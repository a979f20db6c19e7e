// The connection between the two nodes of a simulated pair, and all that can happen to it: delay, cuts of either way,
// resets that the ends see at different times, ends that nobody told.
//
//   LinkNetwork link(&events, chance);
//   std::unique_ptr<link::PeerPort> port = link.NewPort(0, &loop);     // of a process on machine 0
//   link.SetCut(0, true);                                              // what 0 sends does not arrive
//   link.Break();  link.Swizzle();
//   link.ProcessDied(0);                                               // before its port and links are destroyed
//
// As TCP: what is sent arrives once and in order, or the link ends; what a cut holds up arrives when it is mended, unless
// the sender has given up by then (LinkOptions::user_timeout). One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/link/link_options.h"
#include "daemon/link/peer_link.h"
#include "daemon/link/peer_port.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class SimLink;
class SimPort;

class LinkNetwork {
 public:
  static constexpr size_t kMachines = 2;

  // `events` outlives it.
  LinkNetwork(EventQueue* events, const Chance& chance) : events_(events), chance_(chance) {}

  // Of a process on `machine`, whose host answers from now on. `loop` outlives the port, the network both.
  std::unique_ptr<link::PeerPort> NewPort(size_t machine, SimLoop* loop);

  // Of what `sender` sends. Cut twice, it is mended twice.
  void SetCut(size_t sender, bool cut);
  bool cut(size_t sender) const { return cuts_.at(sender) > 0; }
  void SetDelay(size_t sender, Duration more) { delay_.at(sender) = more; }
  // Every connection is reset. Its two ends see that some milliseconds apart; with Swizzle one of them sees it up to
  // seconds later, when there may be another connection.
  void Break();
  void Swizzle();

  // Its kernel tells the other end, if the way there is open.
  void ProcessDied(size_t machine);
  // Nobody tells the other end, and nobody answers until the next process.
  void PowerLost(size_t machine);

  uint64_t half_open() const { return half_open_; }  // ends that went and left the other without a word
  uint64_t swizzled() const { return swizzled_; }    // ends that outlived the next connection's beginning

 private:
  friend class SimLink;
  friend class SimPort;

  // On its way: a frame, or the end of what the sender says.
  struct Item {
    uint16_t type = 0;
    std::string payload;
    absl::optional<absl::Status> end;
  };
  // One connection. An end is null once its process is gone or has closed it.
  struct Wire {
    std::weak_ptr<SimLink> ends[kMachines];
    bool closed[kMachines] = {};
    bool torn = false;  // nothing arrives any more
    Duration busy_until[kMachines];
    std::deque<Item> held[kMachines];  // by a cut, of what this machine sent
    Duration held_since[kMachines];
    size_t unread[kMachines] = {};  // bytes that this machine sent and the other has not read
  };
  using WirePtr = std::shared_ptr<Wire>;

  Duration Way(size_t sender);
  void Carry(const WirePtr& wire, size_t sender, Item item);
  void Arrive(const WirePtr& wire, size_t sender, Item item);
  void Deliver(const WirePtr& wire, size_t sender, Item item);
  void GiveUpLater(const WirePtr& wire, size_t sender);
  void Tear(const WirePtr& wire, Duration first, Duration second);
  void EndLater(const WirePtr& wire, size_t side, Duration after, const absl::Status& why);
  void Leave(size_t machine, bool tell);
  WirePtr Join(size_t dialler);

  EventQueue* const events_;
  Chance chance_;
  std::array<SimPort*, kMachines> ports_{};
  std::array<bool, kMachines> host_is_down_{};
  std::array<int, kMachines> cuts_{};
  std::array<Duration, kMachines> delay_;
  std::vector<WirePtr> wires_;  // that are not over
  uint64_t half_open_ = 0;
  uint64_t swizzled_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_LINK_H_
