// Something outside the servers: it has an address, hears and says messages, has timers, and believes things that the
// servers' state can be compared with. Phones and gateways are agents; CTI clients and routers will be.
//
//   class Path : public AgentPort { ... };           // the world: whose datagrams are lost, late, doubled
//   Path path;
//   agent.Start();                                   // from here on it acts on the virtual time
//   agent.Receive(datagram, 0);                      // a message has come; 0: not over a connection
//   for (const CallBelief& call : agent.Calls()) ... // what it thinks is going on
//
// What an agent does is decided by its script and its Chance. What it must see is decided by its specification: it says
// so through the CallBook (tests/sim/agents/call_book.h) when it sees something else.
//
// One thread, virtual time. The queue, the port and the book outlive the agent; the queue runs no event after its end.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_AGENT_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_AGENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "base/transport.h"
#include "tests/sim/agents/call_book.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class Agent;

// What agents say their messages through. The world's side of the path: it may lose, delay, double and reorder
// datagrams; over a connection it may not, but for its end. Calls Agent::Receive and the others from events of the
// queue only, never before the call it was asked by has returned.
class AgentPort {
 public:
  virtual ~AgentPort() = default;

  // From the agent's address to the service address. False: the path has lost it. The agent does nothing with that but
  // count: a request that nothing was lost of must be answered in time (Tolerance).
  virtual bool SendDatagram(Agent& from, absl::string_view bytes) = 0;

  // A connection to the service address; FlowOpened or FlowClosed follows. Names are above 0 and never used again.
  virtual uint64_t Connect(Agent& from) = 0;
  // One whole message. Without effect on a connection that is not open.
  virtual void SendStream(Agent& from, uint64_t flow, absl::string_view bytes) = 0;
  virtual void Disconnect(Agent& from, uint64_t flow) = 0;
};

// A call as one party sees it.
struct CallBelief {
  enum class State : uint8_t {
    kCalling,      // its INVITE is out; it may have heard ringing
    kRinging,      // it was called, and has not answered
    kAnswered,     // it said 200, and waits for the ACK
    kEstablished,  // it has said the ACK, or heard it
    kEnding,       // it has said BYE or CANCEL, or has refused, and waits for the last answer
    kOver,
  };
  uint32_t call = 0;  // in the CallBook
  uint8_t side = 0;   // 0: it called
  State state = State::kOver;
  Duration since;           // in this state
  std::string sip_call_id;  // of its own dialog with the server
  std::string local_tag;
  std::string server_tag;  // "" before the server gave one; engine/sip_ids.h reads call and leg out of it
};

// A binding that the server has confirmed.
struct RegistrationBelief {
  std::string number;
  std::string contact;
  Duration since;  // confirmed without a break since then
  Duration until;  // not before then may it be gone
};

class Agent {
 public:
  Agent(std::string name, Endpoint address, Transport transport, EventQueue* events, AgentPort* port, CallBook* book);
  virtual ~Agent() = default;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  virtual void Start() = 0;

  // One message from the server; `flow`: the connection it came over, 0 for a datagram. Ignored while it is off.
  void Receive(absl::string_view bytes, uint64_t flow);
  // The path has lost this datagram on its way to the agent. For its books only.
  void Lost(absl::string_view bytes);

  // A connection that it asked for is open; or the server has opened one to its address (`accepted`).
  void FlowOpened(uint64_t flow, bool accepted);
  // The server, or the path, has ended it; or nobody listens.
  void FlowClosed(uint64_t flow);

  // Calls that are not over, and those that ended less than `recently` ago.
  virtual std::vector<CallBelief> Calls(Duration recently) const = 0;
  virtual std::vector<RegistrationBelief> Registrations() const = 0;

  // Nothing new from here on but what the running calls need.
  virtual void StopBeginning() = 0;
  // Ends every call it has.
  virtual void HangUpAll() = 0;

  // It neither hears nor says anything from now until `end`; its timers run. Its memory stays.
  void Mute(Duration end);
  // It forgets everything and comes back at `end`, under other tags and Call-IDs. CallBook::FarFuture: it never does.
  void Restart(Duration end);
  bool off() const { return events_->now() < off_until_; }

  const std::string& name() const { return name_; }
  const Endpoint& address() const { return address_; }
  Transport transport() const { return transport_; }
  uint32_t index() const { return index_; }  // in the CallBook
  Duration now() const { return events_->now(); }

 protected:
  virtual void OnMessage(absl::string_view bytes, uint64_t flow) = 0;
  virtual void OnLost(absl::string_view bytes) = 0;
  virtual void OnFlowOpened(uint64_t flow, bool accepted) = 0;
  virtual void OnFlowClosed(uint64_t flow) = 0;
  virtual void OnTimer(uint32_t kind, uint32_t row) = 0;
  // It is off from here on; `forgets`: and will not remember.
  virtual void OnOff(bool forgets) = 0;
  virtual void OnBackOn(bool forgot) = 0;

  // False: it is off, or the path has lost it.
  bool SendDatagram(absl::string_view bytes);
  void SendStream(uint64_t flow, absl::string_view bytes);

  // OnTimer(kind, row) after that time, unless it is cancelled or the agent restarts before.
  EventId After(Duration delay, uint32_t kind, uint32_t row);
  void Cancel(EventId* timer);

  // Says that the specification does not hold: what, and by which message. `call` 0: it belongs to none.
  void Violated(uint32_t call, absl::string_view what, absl::string_view message);

  EventQueue& events() { return *events_; }
  AgentPort& port() { return *port_; }
  CallBook& book() { return *book_; }
  const CallBook& book() const { return *book_; }
  uint32_t life() const { return life_; }  // how often it has restarted

 private:
  void GoOff(Duration end, bool forgets);

  const std::string name_;
  const Endpoint address_;
  const Transport transport_;
  EventQueue* const events_;
  AgentPort* const port_;
  CallBook* const book_;
  const uint32_t index_;
  uint32_t life_ = 0;
  Duration off_until_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_AGENT_H_
