// One TCP connection, plain, with TLS, or a WebSocket: bytes in become whole messages, messages out become bytes. It
// never waits; who owns it knows when the descriptor is ready.
//
// Both directions are bounded: the framer holds less than two messages, the queue at most a number of octets, and TLS
// little of its own (daemon/tls/tls_session.h).
#ifndef UNDERSTUDY_DAEMON_NET_TCP_FLOW_H_
#define UNDERSTUDY_DAEMON_NET_TCP_FLOW_H_

#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/tls_stream.h"
#include "daemon/net/traffic.h"
#include "daemon/net/websocket_stream.h"
#include "sip/framing.h"

namespace understudy::net {

class TcpFlow {
 public:
  enum class State {
    kConnecting,
    kHandshake,  // of TLS, of a WebSocket, or of both
    kOpen,
    kHalfClosed,  // the peer sends no more
    kClosing,     // ours to close once the queue has left
  };
  enum class ReadOutcome { kData, kNothing, kPeerClosed, kPeerReset, kTlsFailed };
  enum class WriteOutcome { kDrained, kBlocked, kBroken, kTlsFailed };

  // `tls`, `websocket`: null where there is none.
  TcpFlow(uint64_t id, OwnedFd fd, const Endpoint& local, const Endpoint& remote, State state, MonotonicTime now,
          const sip::ParseLimits& parse, std::unique_ptr<TlsStream> tls,
          std::unique_ptr<WebsocketStream> websocket = nullptr);

  // One recv into `scratch`, of at least TlsStream::kLeastScratch. kData: `*octets` is what came; with TLS it may be
  // empty.
  ReadOutcome Read(absl::Span<char> scratch, absl::string_view* octets);

  // After `read` octets of a scratch of `room`: sets waited and unread_since. With TLS it costs a system call.
  void NoteUnread(size_t read, size_t room);
  // Something waits here. Costs a system call.
  bool HasUnread() const;

  // Queues; as a WebSocket's message, if it is one. False when that would make more than `limit` octets wait.
  bool Queue(const Outgoing& outgoing, size_t limit);
  // The same of octets that are no message.
  bool QueueOctets(Outgoing outgoing, size_t limit);

  // Sends what the kernel takes, many messages a system call. kDrained with a queue that is not empty: the handshake of
  // TLS comes first.
  WriteOutcome Flush(TrafficCounters* counters);

  // Takes the result of a connection attempt: 0 or an errno.
  int ConnectError();
  void Connected(const Endpoint& local, MonotonicTime now);
  // From kHandshake on to kOpen, once it is over; true then.
  bool FinishHandshake(MonotonicTime now);
  bool owes_handshake() const { return tls_ != nullptr && tls_->pending(); }
  absl::string_view tls_error() const { return tls_ == nullptr ? "" : tls_->error().message(); }

  // Ends our direction and takes off what the peer still sent, so that closing does not reset the connection before
  // the peer has read our last message.
  void FinishWriting(absl::Span<char> scratch);

  uint64_t id() const { return id_; }
  Transport transport() const;
  WebsocketStream* websocket() { return websocket_.get(); }
  int fd() const { return fd_.get(); }
  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  const std::vector<Outgoing>& queue() const { return queue_; }
  // Messages, or something of TLS.
  bool has_waiting() const { return !queue_.empty() || owes_handshake(); }

  State state;
  FlowEnd end = FlowEnd::kOurs;  // the reason, once kClosing
  bool opened = false;           // the sink has been told of it
  bool heard = false;            // a whole message has come, or the connection is of our making
  bool dirty = false;            // listed for the next Flush
  bool blocked = false;          // waits until the kernel takes bytes again
  sip::StreamFramer framer;
  MonotonicTime last_activity;  // anything, either way
  MonotonicTime state_since;
  bool was_between_messages = true;            // the framer holds no part of a message
  MonotonicTime message_since;                 // when it began to hold one
  MonotonicTime blocked_since;                 // when it began to wait or last moved, while something waits
  absl::optional<MonotonicTime> unread_since;  // there has been something to read ever since
  Duration waited;                             // of what was read last, at the least

 private:
  // More waits, here or at the far side.
  bool HasMore(size_t read, size_t room) const;
  ReadOutcome ReadTls(absl::Span<char> scratch, absl::string_view* octets);
  WriteOutcome FlushTls(TrafficCounters* counters, size_t* first);
  void Left(size_t octets, TrafficCounters* counters, size_t* first);

  uint64_t id_;
  OwnedFd fd_;
  Endpoint local_;
  Endpoint remote_;
  std::vector<Outgoing> queue_;
  size_t queued_octets_ = 0;
  size_t sent_of_first_ = 0;  // octets of queue_[0] that have left
  std::unique_ptr<TlsStream> tls_;
  std::unique_ptr<WebsocketStream> websocket_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TCP_FLOW_H_
