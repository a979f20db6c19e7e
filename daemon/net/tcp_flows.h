// All TCP connections of the node, plain, with TLS, and WebSockets: accepted ones and those made because something had
// to be sent.
//
// A connection has a number that is never used again in this process. It ends by the peer, by a limit of time or
// size, or by us; the sink hears so once, and not of the messages that it had. Of one that could not be made it hears
// by its messages alone. The sink is called from the loop and from Flush, never from Send or CloseFlow.
#ifndef UNDERSTUDY_DAEMON_NET_TCP_FLOWS_H_
#define UNDERSTUDY_DAEMON_NET_TCP_FLOWS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/source_address.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/reading_pace.h"
#include "daemon/net/tcp_flow.h"
#include "daemon/net/tcp_listener.h"
#include "daemon/net/tls_contexts.h"
#include "daemon/net/traffic.h"
#include "daemon/sources/source_rates.h"

namespace understudy::net {

class TcpFlows {
 public:
  // What is pointed at outlives the flows.
  TcpFlows(IoLoop* loop, TrafficSink* sink, const TrafficLimits* limits, TrafficCounters* counters,
           std::vector<FailedSend>* failures);
  ~TcpFlows();

  // Accepts connections from `listener`, from OpenTcpListener or AdoptSocket. Not kUdp.
  void Listen(OwnedFd listener, Transport transport);

  // For connections from now on; those that are there keep what they have.
  void UseTls(TlsContexts contexts) { tls_ = std::move(contexts); }

  void SetKnownHosts(const std::vector<Endpoint>& hosts);

  // Accepts and reads no more; what is queued can still leave.
  void StopReceiving();
  // Closes listeners and connections, says so to nobody, and is as new.
  void StopListening();
  // While held, nothing is read or accepted, whatever Pause and Resume say.
  void Hold();
  void Release();
  // TrafficLimits::tos has changed: for the connections that are there.
  void MarkPackets();
  void UseSourceAddresses(std::vector<SourceAddress> addresses) { sources_ = std::move(addresses); }
  void AllowOrigins(std::vector<std::string> origins) { websocket_.origins = std::move(origins); }

  struct ListeningFd {
    Transport transport;
    int fd;
  };
  std::vector<ListeningFd> ListenerFds() const;

  // Reads nothing meanwhile, and ends no connection for its silence.
  void Pause();
  void Resume();

  // Queues for the next Flush. Returns the connection used, 0 if there is none (then the message has failed).
  uint64_t Send(const Outgoing& outgoing);

  void Flush();

  // Ends the connection when what waits has left, at the latest after TrafficLimits::stall.
  void CloseFlow(uint64_t id);

 private:
  void StopReading();
  void GoOnReading();
  // Whom a request goes to: of TLS a server of that domain, or one that is known by its address.
  struct Remote {
    Endpoint endpoint;
    Transport transport = Transport::kTcp;
    std::string domain;

    friend bool operator==(const Remote&, const Remote&) = default;
    template <class H>
    friend H AbslHashValue(H h, const Remote& r) {
      return H::combine(std::move(h), r.endpoint, r.transport, r.domain);
    }
  };
  struct Entry {
    std::unique_ptr<TcpFlow> flow;
    std::unique_ptr<FdWatch> watch;
    Remote remote;
  };

  struct Listener {
    Transport transport;
    std::unique_ptr<TcpListener> socket;
  };

  void Accept(OwnedFd fd, const Endpoint& listening, Transport transport, const Endpoint& remote);
  bool MayAccept(const Endpoint& remote) const;
  bool MayShakeHands(const Endpoint& remote);
  bool HasRoom(bool known) const;
  TcpFlow* Add(OwnedFd fd, const Endpoint& local, const Endpoint& remote, TcpFlow::State state,
               std::unique_ptr<TlsStream> tls, std::unique_ptr<WebsocketStream> websocket = nullptr,
               std::string domain = {});
  std::unique_ptr<TlsStream> Accepting() const;
  std::unique_ptr<TlsStream> ConnectingTo(const Remote& remote) const;
  static Remote RemoteOf(const Outgoing& outgoing);
  TcpFlow* Find(uint64_t id);
  TcpFlow* Connect(const Outgoing& outgoing);
  Endpoint SourceFor(const Endpoint& remote) const;
  void Connected(uint64_t id);
  void Watch(TcpFlow* flow);
  void Opened(TcpFlow* flow);
  bool Reads(const TcpFlow& flow) const;
  void Readable(uint64_t id);
  void ReadHeld(uint64_t id);
  void Read(TcpFlow* flow);
  static constexpr int kLastReads = 16;  // of whom nothing reaches any more: a megabyte, 256 KiB of TLS
  void EndAfterReading(uint64_t id);
  void TakeOctets(TcpFlow* flow, absl::string_view octets);
  void TlsFailed(TcpFlow* flow);
  void TakeMessages(TcpFlow* flow, absl::string_view octets);
  void FinishHandshake(TcpFlow* flow);
  void TakeWebsocket(TcpFlow* flow, absl::string_view octets);
  WebsocketStream::Event CutWebsocket(TcpFlow* flow, absl::string_view octets, std::vector<std::string>* messages);
  void WebsocketEnded(TcpFlow* flow, WebsocketStream::Event last);
  void Cut(TcpFlow* flow, bool between_messages, bool any);
  void SetOptions(int fd) const;
  bool CutMessages(TcpFlow* flow, absl::string_view octets, sip::StreamFramer::Frame* broken);
  void PeerClosed(TcpFlow* flow);
  void BeginClosing(TcpFlow* flow, FlowEnd why);
  void NoNewRequestsOn(const TcpFlow& flow);
  void ForgetRemote(const Entry& entry);
  void Enqueue(TcpFlow* flow, const Outgoing& outgoing);
  void MarkDirty(TcpFlow* flow);
  void FlushOne(TcpFlow* flow);
  void End(uint64_t id, FlowEnd why);
  void Forget(const Entry& entry);
  void Fail(const Outgoing& outgoing, SendFailure why, uint64_t flow = 0);
  void Sweep();
  bool Overdue(const TcpFlow& flow, MonotonicTime now, FlowEnd* why) const;

  IoLoop* loop_;
  TrafficSink* sink_;
  const TrafficLimits* limits_;
  TrafficCounters* counters_;
  std::vector<FailedSend>* failures_;

  uint64_t last_id_ = 0;
  std::vector<Listener> listeners_;
  TlsContexts tls_;
  WebsocketOptions websocket_;
  std::vector<SourceAddress> sources_;
  absl::flat_hash_map<uint64_t, Entry> flows_;
  absl::flat_hash_map<Remote, uint64_t> by_remote_;  // the youngest that can carry a request
  absl::flat_hash_map<Endpoint, size_t> per_host_;   // SourceOf
  absl::flat_hash_set<Endpoint> known_hosts_;        // port 0
  daemon::SourceRates handshakes_;                   // TrafficLimits::handshakes_per_host
  std::vector<uint64_t> dirty_;
  ReadingPace pace_;
  std::vector<char> scratch_;
  std::vector<Received> round_;
  SharedBytes pong_;
  bool stopped_ = false;
  bool paused_ = false;
  bool held_ = false;
  Alarm sweep_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TCP_FLOWS_H_
