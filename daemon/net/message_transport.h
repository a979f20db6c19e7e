// How SIP messages leave a node and come to it, whatever carries them: sockets (SipTransport), or a simulated network.
//
//   transport->Send(outgoing);      // during a turn
//   transport->Flush();             // at its end
//   transport->StopListening();     // this node is no longer the one that serves
//
// What comes goes to the TrafficSink that the transport was made for, on the thread on which everything happens.
#ifndef UNDERSTUDY_DAEMON_NET_MESSAGE_TRANSPORT_H_
#define UNDERSTUDY_DAEMON_NET_MESSAGE_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "base/endpoint.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class MessageTransport {
 public:
  virtual ~MessageTransport() = default;

  // Queues one message until Flush. Returns the connection used, 0 on UDP or when there is none. A failure is told
  // by OnSendFailed, from within the next Flush; that of a connection which was there by OnFlowClosed.
  virtual uint64_t Send(const Outgoing& outgoing) = 0;

  // Hands over what was queued, then tells the sink of failures. Call it at the end of a turn; what the sink sends in
  // answer waits for the next one.
  virtual void Flush() = 0;

  // The connection ends once what waits for it has left.
  virtual void CloseFlow(uint64_t flow) = 0;

  // While paused, datagrams stay in the kernel's buffer: reading goes on when the rest of the server has time for
  // a round, and the rounds are larger for it. Nothing wakes the loop meanwhile. Resuming reads at once what has come
  // (unless rounds are gathered: then when it is time); after that the next Flush lets datagrams wake the loop again.
  // The sink may pause, but not resume, from within OnRound.
  virtual void PauseDatagrams() = 0;
  virtual void ResumeDatagrams() = 0;

  // While paused, nothing is read from connections, so that TCP itself slows the senders down: what comes over
  // a reliable transport is not repeated, and must not be dropped. Connections are accepted, messages leave, and no
  // connection ends for its silence. Either may be called at any time, again and again.
  virtual void PauseStreams() = 0;
  virtual void ResumeStreams() = 0;

  // While held nothing is read, whatever the pauses say: what comes waits in the kernel, for this node or for the one
  // that serves after it. StopListening undoes it.
  virtual void HoldInput() = 0;
  virtual void ResumeInput() = 0;

  // Hosts that may take all connections, not only max_flows_per_host of them. Ports do not matter.
  virtual void SetKnownHosts(const std::vector<Endpoint>& hosts) = 0;

  // Reads no more and accepts no more; what is queued can still be flushed.
  virtual void StopReceiving() = 0;

  // Forgets the listeners, and everything else that this node had of the world: connections are closed, what was queued
  // (Flush before) is dropped, and the sink hears of none of it. Pauses and StopReceiving are undone. Sockets that
  // another process has as well live on there, with what waits in them. Listening may begin anew, as often as roles
  // change. Not from within a call of the sink.
  virtual void StopListening() = 0;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_MESSAGE_TRANSPORT_H_
