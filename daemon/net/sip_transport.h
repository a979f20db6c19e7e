// The SIP transports of the node: UDP and TCP listeners, and connections to others.
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
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class SipTransport {
 public:
  // `loop` and `sink` outlive the transport.
  SipTransport(IoLoop* loop, TrafficSink* sink, const TrafficLimits& limits = TrafficLimits());
  ~SipTransport();

  // Opens a listener and begins to read; returns where it is bound (a port that the kernel chose included). kUdp or
  // kTcp. An error says what the operator can do. `inherited_fd`: a socket that is bound already and becomes ours.
  absl::StatusOr<Endpoint> Listen(Transport transport, const Endpoint& local, int inherited_fd = -1);

  // The listening sockets, to be handed to another process. They stay ours as well.
  struct Listener {
    Transport transport;
    Endpoint local;
    int fd;
  };
  std::vector<Listener> Listeners() const;

  // Queues one message until Flush. Returns the connection used, 0 on UDP or when there is none. A failure is told
  // by OnSendFailed, from within the next Flush.
  uint64_t Send(const Outgoing& outgoing);

  // Hands what was queued to the kernel, then tells the sink of failures. Call it at the end of a turn; what the
  // sink sends in answer waits for the next one.
  void Flush();

  // The connection ends once what waits for it has left.
  void CloseFlow(uint64_t flow);

  // While paused, datagrams stay in the kernel's buffer: reading goes on when the rest of the server has time for
  // a round, and the rounds are larger for it. Nothing wakes the loop meanwhile. Resuming reads at once what has come
  // (unless rounds are gathered: then when it is time); after that the next Flush lets datagrams wake the loop again.
  // The sink may pause, but not resume, from within OnRound.
  void PauseDatagrams();
  void ResumeDatagrams();

  // While paused, nothing is read from connections, so that TCP itself slows the senders down: what comes over
  // a reliable transport is not repeated, and must not be dropped. Connections are accepted, messages leave, and no
  // connection ends for its silence. Either may be called at any time, again and again.
  void PauseStreams();
  void ResumeStreams();

  // While held nothing is read, whatever the pauses say: what comes waits in the kernel, for this node or for the one
  // that serves after it. StopListening undoes it.
  void HoldInput();
  void ResumeInput();

  // Hosts that may take all connections, not only max_flows_per_host of them. Ports do not matter.
  void SetKnownHosts(const std::vector<Endpoint>& hosts);

  // Reads no more and accepts no more; what is queued can still be flushed.
  void StopReceiving();

  // Forgets the listeners, and everything else that this node had of the world: connections are closed, what was queued
  // (Flush before) is dropped, and the sink hears of none of it. Pauses and StopReceiving are undone. Sockets that
  // another process has as well live on there, with what waits in them. Listen may follow, as often as roles change.
  // Not from within a call of the sink.
  void StopListening();

  TrafficCounters Counters() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_SIP_TRANSPORT_H_
