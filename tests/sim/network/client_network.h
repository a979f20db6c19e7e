// The network between T-Library clients and the nodes: links of octets that keep their order, are late, are cut for a
// while, and end; and clients that do not read.
//
//   ClientNetwork network(&events, chance);
//   network.Listen(0, &loop, [&](std::shared_ptr<daemon::ClientConnection> connection) { edge.Accept(connection); });
//   const uint64_t link = network.Connect(&client, 0);     // LinkOpened or LinkClosed follows
//   network.Send(link, octets);
//   network.ProcessDied(0);                                // its kernel ends what it had: clients hear of it
//   network.PowerLost(0);                                  // nobody does, until they speak to it again
//
// Names of links are above 0 and never used again. What the server's end is told of waits while its process is stopped.
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_NETWORK_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_NETWORK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/cti/client_connection.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// A client's end of its links. Called from events of the queue only.
class ClientEnd {
 public:
  virtual ~ClientEnd() = default;
  virtual void LinkOpened(uint64_t link) = 0;
  virtual void LinkOctets(uint64_t link, absl::string_view octets) = 0;
  // By the server, or by the network; or nobody listens.
  virtual void LinkClosed(uint64_t link) = 0;
  // The server can hear nothing more over it, whether the client knows or not: once, also after Disconnect.
  virtual void LinkDead(uint64_t link) = 0;
};

class SimClientConnection;

class ClientNetwork {
 public:
  static constexpr size_t kMachines = 2;
  // What a client does not read beyond so much waits in the server.
  static constexpr size_t kWindow = size_t{64} << 10;

  using Accept = std::function<void(std::shared_ptr<daemon::ClientConnection>)>;

  ClientNetwork(EventQueue* events, const Chance& chance);
  ~ClientNetwork();

  // ---- For the machines. `loop` is the process's, and outlives what it accepts.
  void Listen(size_t machine, SimLoop* loop, Accept accept);
  void ProcessDied(size_t machine);
  void PowerLost(size_t machine);

  // ---- For the clients. `end` outlives the network's last event.
  uint64_t Connect(ClientEnd* end, size_t machine);
  void Send(uint64_t link, absl::string_view octets);
  // Nothing follows but LinkDead.
  void Disconnect(uint64_t link);
  // While it reads nothing, what comes waits.
  void SetReads(uint64_t link, bool reads);

  // ---- For faults. While a machine is cut off nothing passes; cut twice, it is mended twice.
  void SetCut(size_t machine, bool cut);
  // Both ends see it, at different times.
  void Break(uint64_t link);
  // nullopt: there is no such link any more.
  absl::optional<size_t> MachineOf(uint64_t link) const;

  // Sees all octets as they leave.
  using Trace = std::function<void(bool to_client, uint64_t link, absl::string_view octets)>;
  void SetTrace(Trace trace) { trace_ = std::move(trace); }

  // ---- For the server's end.
  void SendToClient(uint64_t link, absl::string_view octets);
  void CloseByServer(uint64_t link);
  void Resume(uint64_t link) { Drain(link, kToServer); }
  size_t Unread(uint64_t link) const;

 private:
  enum Direction : size_t { kToClient = 0, kToServer = 1 };
  // Octets; nullopt: the end, which nothing overtakes.
  using Said = absl::optional<std::string>;

  struct Machine {
    SimLoop* loop = nullptr;  // null: nobody listens
    Accept accept;
    int cuts = 0;
  };
  struct Link {
    ClientEnd* client = nullptr;
    size_t machine = 0;
    std::shared_ptr<SimClientConnection> server;  // null: not accepted yet, or closed
    bool accepted = false;
    bool client_closed = false;
    bool reads = true;
    bool silent = false;  // the server's machine has lost its power: the client is told when it speaks
    size_t unread = 0;    // octets on their way to the client
    Duration busy_until[2];
    std::deque<Said> arrived[2];
  };

  Link* Find(uint64_t link);
  Duration Way() { return chance_.Skewed(Duration::Microseconds(200), Duration::Milliseconds(20)); }
  void Arrive(uint64_t link);
  void Say(uint64_t link, Direction direction, Said said);
  void Drain(uint64_t link, Direction direction);
  bool MayPass(const Link& link, Direction direction) const;
  void Hear(uint64_t name, Direction direction, Said said);
  void KillAll(size_t machine, bool silently);
  void Kill(uint64_t link, bool silently);
  // The server's end is gone.
  void Dead(uint64_t link);
  // Nobody has it any more.
  void ForgetIfClosed(uint64_t link);

  EventQueue* const events_;
  Chance chance_;
  std::array<Machine, kMachines> machines_;
  std::map<uint64_t, Link> links_;
  uint64_t last_link_ = 0;
  Trace trace_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_NETWORK_H_
