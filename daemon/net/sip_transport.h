// The SIP transports of the node: UDP, TCP, TLS and WebSocket listeners, and connections to others.
//
//   SipTransport transport(&loop, &sink);
//   absl::StatusOr<Endpoint> at = transport.Listen(Transport::kUdp, *Endpoint::Parse("192.0.2.1", 5060));
//   loop.SetEndOfTurn([&] { transport.Flush(); });
//   transport.StopListening();   // this node is no longer the one that serves
//
// A wake-up reads many datagrams with one system call and gives them to the sink as one round; what is sent is
// gathered and leaves at Flush, many datagrams a call. Everything happens on the loop's thread.
#ifndef UNDERSTUDY_DAEMON_NET_SIP_TRANSPORT_H_
#define UNDERSTUDY_DAEMON_NET_SIP_TRANSPORT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/source_address.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/message_transport.h"
#include "daemon/net/tls_contexts.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class SipTransport : public MessageTransport {
 public:
  // `loop` and `sink` outlive the transport.
  SipTransport(IoLoop* loop, TrafficSink* sink, const TrafficLimits& limits = TrafficLimits());
  ~SipTransport() override;

  // Opens a listener and begins to read; returns where it is bound (a port that the kernel chose included). kUdp, kTcp,
  // kWs or, after UseTls, kTls or kWss. An error says what the operator can do. `inherited_fd`: a socket that is bound
  // already and becomes ours.
  absl::StatusOr<Endpoint> Listen(Transport transport, const Endpoint& local, int inherited_fd = -1);

  // Who we are over TLS, for connections from now on; those that are there keep what they have.
  void UseTls(TlsContexts contexts);

  // Of pages that may connect by WebSocket (RFC 6455 section 10.2); none: any.
  void AllowOrigins(std::vector<std::string> origins);

  // From which of the addresses where is listened that goes which answers nothing: by the network of its destination.
  // Where none of those covers it, from the first listener of its family.
  void UseSourceAddresses(std::vector<SourceAddress> addresses);

  // Marks what is sent from now on (TrafficLimits::tos); -1: no more.
  void SetTypeOfService(int tos);

  // The listening sockets, to be handed to another process. They stay ours as well.
  struct Listener {
    Transport transport;
    Endpoint local;
    int fd;
  };
  std::vector<Listener> Listeners() const;

  uint64_t Send(const Outgoing& outgoing) override;
  void Flush() override;
  void CloseFlow(uint64_t flow) override;
  void PauseDatagrams() override;
  void ResumeDatagrams() override;
  void PauseStreams() override;
  void ResumeStreams() override;
  void HoldInput() override;
  void ResumeInput() override;
  void SetKnownHosts(const std::vector<Endpoint>& hosts) override;
  void StopReceiving() override;
  void StopListening() override;

  TrafficCounters Counters() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_SIP_TRANSPORT_H_
