// How one simulated process sends and receives SIP: net::MessageTransport without sockets. What comes waits in a buffer
// as in a kernel, and is read in rounds when the process has time for it, as net::SipTransport does; that a connection
// has ended is known when it is read.
//
//   SimTransport transport(&loop, &network, /*machine=*/0);
//   transport.SetSink(&node);
//   node.Open(&transport, &transport);             // it is its own gate: Open listens at the service address
//
// When it is destroyed its process is gone, and its connections are reset. One thread. The loop and the network
// (service_network.h) outlive it.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_TRANSPORT_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_TRANSPORT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "daemon/net/message_transport.h"
#include "daemon/net/scheduler.h"
#include "daemon/net/traffic.h"
#include "daemon/service_gate.h"
#include "tests/sim/sim_loop.h"

namespace understudy::sim {

class ServiceNetwork;

// A datagram where it waits to be read.
struct WaitingDatagram {
  Endpoint from;
  std::string bytes;
  Duration sent;
};

class SimTransport : public net::MessageTransport, public daemon::ServiceGate {
 public:
  SimTransport(SimLoop* loop, ServiceNetwork* network, size_t machine);
  ~SimTransport() override;

  void SetSink(net::TrafficSink* sink) { sink_ = sink; }
  // Sees each message when it leaves.
  void OnLeaving(std::function<void(const net::Outgoing&)> seen) { leaving_ = std::move(seen); }
  size_t machine() const { return machine_; }
  bool listening() const { return listening_; }
  // What comes is read as soon as the process has time.
  bool reads() const { return listening_ && !held_ && !stopped_; }
  // Connections that come are this process's, at once or when it reads again.
  bool accepts() const { return listening_ && !stopped_; }

  // ---- For the network.
  // Something waits in the buffer that this process may read.
  void Readable();
  void FlowAccepted(uint64_t flow, const Endpoint& remote);
  void FlowMessage(uint64_t flow, std::string bytes);
  void FlowEnded(uint64_t flow);  // by the agent
  // Of a connection that this process has asked for.
  void FlowConnected(uint64_t flow);
  void FlowFailed(uint64_t flow);

  // ---- daemon::ServiceGate
  absl::Status Open() override;
  absl::Status Close() override;

  // ---- net::MessageTransport
  uint64_t Send(const net::Outgoing& outgoing) override;
  void Flush() override;
  void CloseFlow(uint64_t flow) override;
  void PauseDatagrams() override;
  void ResumeDatagrams() override;
  void PauseStreams() override { streams_paused_ = true; }
  void ResumeStreams() override;
  void HoldInput() override { held_ = true; }
  void ResumeInput() override;
  void SetKnownHosts(const std::vector<Endpoint>&) override {}
  void StopReceiving() override { stopped_ = true; }
  void StopListening() override;

 private:
  struct Flow {
    Endpoint remote;
    bool connecting = false;  // asked for, and not there yet
    bool opened = false;      // the sink knows of it
    bool ended = false;       // by the agent, behind what is in `in`
    std::deque<std::string> in;
    std::vector<net::Outgoing> unsent;     // while it is connecting
    absl::optional<net::FlowEnd> closing;  // by this side, when what is queued has left
  };
  struct Queued {
    net::Outgoing outgoing;
    uint64_t flow = 0;  // that it goes over
  };
  static constexpr size_t kRoundDatagrams = 256;

  void ReadSoon();
  void Read();
  void ReadDatagrams();
  void ReadStreams();
  bool ReadsStreams() const { return reads() && !streams_paused_ && !streams_gathering_; }
  void OpenFlow(uint64_t flow);
  bool ReadMessage(uint64_t flow);
  void EndIfRead(uint64_t flow);
  uint64_t FlowTo(const Endpoint& remote);
  void SendOver(const Queued& queued);
  void BeginClosing(uint64_t flow, net::FlowEnd why);
  void EndClosing();
  void TellFailures();
  void Fail(const net::Outgoing& outgoing, net::SendFailure why);

  SimLoop* const loop_;
  ServiceNetwork* const network_;
  const size_t machine_;
  net::TrafficSink* sink_ = nullptr;
  std::function<void(const net::Outgoing&)> leaving_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool listening_ = false;
  bool held_ = false;
  bool stopped_ = false;
  bool datagrams_paused_ = false;
  bool streams_paused_ = false;
  bool reading_soon_ = false;
  bool gathering_ = false;
  bool streams_gathering_ = false;
  std::vector<Queued> out_;
  std::vector<net::FailedSend> failed_;
  std::map<uint64_t, Flow> flows_;
  net::Alarm gathered_;
  net::Alarm streams_gathered_;
  net::Alarm paused_long_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_TRANSPORT_H_
