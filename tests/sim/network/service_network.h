// The network between agents and the service address: what it does to datagrams and connections, and who reads what
// comes to the address.
//
//   ServiceNetwork network(&events, chance, service, /*socket_holder=*/true);
//   network.Add(&phone);                               // an agent: it has an address of its own
//   SimTransport transport(&loop, &network, 0);        // one a process; the node opens it as its service gate
//   network.SetTrouble({.loss = 50});                  // of a thousand
//
// With a socket holder both nodes are on one host, and what waits at the address waits for whoever serves next. Without
// one the address moves: it is of the node that opened it last, and what waits in a dead node's kernel is lost.
// What waits for longer than kOldest in a stopped process's buffer is dropped when it is read, as by the daemon's
// sockets. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SERVICE_NETWORK_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SERVICE_NETWORK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "daemon/net/traffic.h"
#include "tests/sim/agents/agent.h"
#include "tests/sim/network/sim_transport.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

struct PhoneTrouble {
  Duration delay = {};  // at most so much more, drawn for each message
  uint64_t loss = 0;    // datagrams of a thousand, as the next two
  uint64_t duplicate = 0;
  uint64_t reorder = 0;  // overtaken by what is sent up to 200 ms later
};

class ServiceNetwork : public AgentPort {
 public:
  static constexpr size_t kMachines = 2;
  static constexpr size_t kBuffer = 4096;  // datagrams
  static constexpr Duration kOldest = net::TrafficLimits().datagram_age;

  ServiceNetwork(EventQueue* events, const Chance& chance, const Endpoint& service, bool socket_holder);

  // Before the agent starts; it outlives the network's last event.
  void Add(Agent* agent);
  const Endpoint& service() const { return service_; }

  void SetTrouble(const PhoneTrouble& trouble) { trouble_ = trouble; }
  // Of the way between the phones and a machine; with a socket holder both machines are one host.
  // Datagrams are lost meanwhile; what was said on a connection arrives afterwards, as TCP repeats it. Cut twice, it is
  // mended twice.
  void SetCut(size_t machine, bool cut);
  bool cut(size_t machine) const { return socket_holder_ ? cuts_[0] + cuts_[1] > 0 : cuts_.at(machine) > 0; }

  // Whose sockets read what comes to the address now; null: nobody's.
  const SimTransport* reader() const;
  // Sees each message as it leaves, with what becomes of it: "sent", "lost"; to or from that agent.
  using Trace = std::function<void(absl::string_view fate, bool to_agent, const Agent& agent, absl::string_view bytes)>;
  void SetTrace(Trace trace) { trace_ = std::move(trace); }
  uint64_t delivered() const { return delivered_; }  // messages, to agents
  uint64_t lost() const { return lost_; }            // datagrams, by `loss` and by cuts
  uint64_t dropped() const { return dropped_; }      // at the address: nobody listened, full, too old

  // ---- AgentPort
  bool SendDatagram(Agent& from, absl::string_view bytes) override;
  uint64_t Connect(Agent& from) override;
  void SendStream(Agent& from, uint64_t flow, absl::string_view bytes) override;
  void Disconnect(Agent& from, uint64_t flow) override;

  // ---- For the transports.
  void Listens(SimTransport* transport);
  // Its process is gone, or serves no longer: its connections end behind what was said on them.
  void Forget(SimTransport* transport);
  bool Waits(const SimTransport* transport) const;
  std::vector<WaitingDatagram> Take(const SimTransport* transport, size_t most);
  void SendDatagram(SimTransport* from, const Endpoint& to, const SharedBytes& bytes);
  // FlowConnected or FlowFailed follows.
  uint64_t ConnectTo(SimTransport* from, const Endpoint& to);
  void SendStream(uint64_t flow, const SharedBytes& bytes);
  // Nothing follows: the transport has forgotten it.
  void CloseFlow(uint64_t flow);

 private:
  struct Host {
    Agent* agent = nullptr;
    Duration way;  // between it and the address
  };
  // A message of a connection; nullopt: its end, which no cut can overtake either.
  using Said = absl::optional<std::string>;
  struct Flow {
    Agent* agent = nullptr;             // null: the server has not reached it yet
    SimTransport* transport = nullptr;  // null: nobody has accepted it yet, or its process has closed it
    size_t machine = 0;                 // the transport's, also afterwards
    bool agent_closed = false;          // it hears nothing more
    Duration busy_until[2];             // to the agent, to the transport: what is sent later arrives later
    std::deque<Said> arrived[2];        // and waits for the end of a cut
  };

  const Host* Find(const Endpoint& address) const;
  void Tell(absl::string_view fate, bool to_agent, const Agent& agent, absl::string_view bytes) const {
    if (trace_) trace_(fate, to_agent, agent, bytes);
  }
  Duration Way(const Host& host);
  void Deliver(const Host& host, std::string bytes);
  void Arrive(WaitingDatagram datagram);
  SimTransport* Acceptor() const;
  void Accept(uint64_t flow);
  void Refuse(uint64_t flow);
  void Reach(uint64_t flow, const Endpoint& to);
  void Say(uint64_t flow, size_t direction, Said said);
  void Drain(uint64_t flow);
  void HearAgent(uint64_t flow, const Said& said);
  void HearTransport(uint64_t flow, const Said& said);
  std::deque<WaitingDatagram>& BufferOf(size_t machine) { return buffers_[socket_holder_ ? 0 : machine]; }
  Duration InOrder(Duration* busy_until, Duration arrival);

  EventQueue* const events_;
  Chance chance_;
  const Endpoint service_;
  const bool socket_holder_;
  std::map<Endpoint, Host> hosts_;
  std::vector<SimTransport*> listening_;  // in the order in which they began to
  size_t owner_ = 0;                      // of the address: the machine that opened it last
  std::array<std::deque<WaitingDatagram>, kMachines> buffers_;
  std::map<uint64_t, Flow> flows_;
  uint64_t last_flow_ = 0;
  PhoneTrouble trouble_;
  Trace trace_;
  std::array<int, kMachines> cuts_{};
  uint64_t delivered_ = 0;
  uint64_t lost_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SERVICE_NETWORK_H_
