// What passes between the SIP transports and the daemon.
#ifndef UNDERSTUDY_DAEMON_NET_TRAFFIC_H_
#define UNDERSTUDY_DAEMON_NET_TRAFFIC_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "base/transport.h"
#include "sip/parse_error.h"

namespace understudy::net {

// One datagram, or one message cut out of a stream. `bytes` is valid during the call-back only.
struct Received {
  Transport transport = Transport::kUdp;
  uint64_t flow = 0;  // connection it came on; 0 on UDP
  Endpoint local;     // where it came to
  Endpoint remote;    // where it came from
  absl::string_view bytes;
  // How long it has been here unread: a datagram since it came; at the least, where a connection has not been read
  // empty.
  Duration waited = {};
};

// One message to send. UDP: from the listener at `local`, or from the one that the network of `remote` sees. Streams:
// over `flow`, or for flow 0 over a connection to `remote`, which is made if there is none; over TLS to a server of
// `domain`, whose certificate it must have shown (RFC 5922).
struct Outgoing {
  Transport transport = Transport::kUdp;
  uint64_t flow = 0;
  Endpoint local;  // empty: any
  Endpoint remote;
  SharedBytes bytes;
  uint64_t token = 0;       // named by OnSendFailed; 0: nobody wants to know
  SharedBytes domain = {};  // ""; the server is known by its address
};

enum class SendFailure : uint8_t {
  kFlowGone = 0,       // the connection has ended, or is not there: counted, and told by OnFlowClosed alone
  kNoListener = 1,     // no socket of ours reaches that address
  kQueueFull = 2,      // the receiver does not read, or the kernel takes no more
  kUnreachable = 3,    // refused by this host's routing, or by the far host
  kTooLarge = 4,       // a datagram over 65,507 octets
  kConnectFailed = 5,  // refused, timed out, or no descriptors left
};
inline constexpr int kSendFailureCount = 6;
absl::string_view SendFailureName(SendFailure why);

enum class FlowEnd : uint8_t {
  kPeerClosed = 0,
  kPeerReset = 1,
  kIdle = 2,         // nothing either way for `idle`
  kUnframeable = 3,  // no message can be found in the stream
  kHalfMessage = 4,  // a message begun was not finished within `half_message`
  kStalled = 5,      // took nothing of what waits for `stall`
  kConnectFailed = 6,
  kOurs = 7,          // CloseFlow, or the transport ends
  kSilent = 8,        // accepted, and no whole message came within `first_message`
  kQuarantined = 9,   // the sink does not want what came to be looked at
  kTlsFailed = 10,    // no TLS, a certificate that is not believed, or none
  kTlsSilent = 11,    // the handshake of TLS, or of a WebSocket, took longer than `handshake`
  kNoWebsocket = 12,  // another protocol, subprotocol or origin
  kShutOut = 13,      // the sink admits nobody from there any more
};
inline constexpr int kFlowEndCount = 14;
absl::string_view FlowEndName(FlowEnd why);

// Called on the loop's thread. Each may call Send and CloseFlow of the transport, not Flush.
class TrafficSink {
 public:
  virtual ~TrafficSink() = default;

  // Asked before each reading of a socket or a connection: another node may serve by now. False: the sink holds the
  // input (SipTransport::HoldInput) until it knows.
  virtual bool MayRead() { return true; }

  // Asked before a connection is accepted, and before what comes over one is read: false ends it. And before STUN is
  // answered.
  virtual bool Admits(const Endpoint& remote) {
    static_cast<void>(remote);
    return true;
  }

  // All that one reading of a socket gave, in order of arrival. Never empty.
  virtual void OnRound(absl::Span<const Received> round) = 0;

  // Datagrams for us were dropped by the kernel, which had no room for them. Not of those that it drops for their
  // checksum: anybody can send such.
  virtual void OnDatagramsDropped() {}

  // A connection was accepted or has been established; and its end. A connection that could not be made has
  // neither: its messages fail.
  virtual void OnFlowOpened(uint64_t flow, Transport transport, const Endpoint& local, const Endpoint& remote) = 0;
  virtual void OnFlowClosed(uint64_t flow, Transport transport, const Endpoint& remote, FlowEnd why) = 0;

  // From within Flush or a later turn, never from within Send. Not for a message that named a connection which is
  // closed, or that Send gave to one which has been open: OnFlowClosed says that, and whoever sends again because of it
  // must not hear that what it sent first failed.
  virtual void OnSendFailed(uint64_t token, SendFailure why) = 0;

  // A network or a host reported by ICMP that UDP to `remote` does not arrive (RFC 3261 section 18.4). Anybody can
  // forge such a report: a hint; at most 64 a turn.
  virtual void OnUnreachable(const Endpoint& remote) = 0;

  // Octets of a stream are cut into messages between these two. False: they are not to be looked at, and the
  // connection is closed.
  virtual bool BeforeCutting(absl::string_view octets) = 0;
  virtual void AfterCutting() = 0;

  // A connection could not be protected, and has been closed.
  virtual void OnTlsFailed(const Endpoint& remote, absl::string_view reason) {
    static_cast<void>(remote);
    static_cast<void>(reason);
  }

  // The stream cannot be cut into messages any more. `received.bytes` is the header part for an answer (may be empty).
  // What is sent to the flow now still goes out; then it is closed.
  virtual void OnUnframeable(const Received& received, sip::ParseErrorKind error) = 0;
};

// A message that could not be sent, before the sink hears of it.
struct FailedSend {
  uint64_t token = 0;
  SendFailure why = SendFailure::kQueueFull;
  uint64_t flow = 0;  // that it was to go over; 0: none
};

struct TrafficLimits {
  int round_datagrams = 256;  // most datagrams a round
  // Most rounds before the turn ends. Where rounds are far apart (`gather`, a slow disk) all that waits must be read,
  // or a burst of repetitions makes itself permanent.
  int rounds_at_once = 1;
  // Nor is more read than in so long: what is read is answered only when the turn ends. 0: no limit.
  Duration longest_turn;
  // The next round is read no sooner than this after the last: larger rounds, fewer wake-ups. 0: at once. Connections
  // are read as far apart (reading_pace.h).
  Duration gather;
  // A pause of datagrams ends by itself: the kernel's buffer does not last for ever. 0: it lasts until it is ended.
  Duration longest_pause;
  // What waited longer in the kernel, while this process or all nodes stood still, is not looked at: by RFC 3261
  // nothing is older than T4, and who forgot a transaction (timers I, K) must not meet it again. 0: no limit.
  Duration datagram_age = Duration::Seconds(5);
  int stun_per_second = 20000;        // STUN requests answered
  int64_t stun_per_source = 1000;     // of them to one source; 0: no limit
  size_t udp_queue = 4096;            // datagrams kept while the kernel takes none
  int tos = -1;                       // type of service of what is sent; -1: the system's
  size_t message_octets = 64 * 1024;  // largest message of a stream, pings of a WebSocket
  size_t max_flows = 10000;           // connections, both ways together; the last tenth: known hosts, and our own
  size_t max_flows_per_host = 1000;   // accepted no more from a host that has so many, unless it is a known one
  int64_t handshakes_per_host = 0;    // TLS, accepted a second from a host that is no known one; 0: no limit
  size_t flow_queue_bytes = 1 << 20;  // waiting for one slow reader
  Duration connect = Duration::Seconds(4);
  Duration handshake = Duration::Seconds(10);      // of TLS, either way, and of a WebSocket
  Duration idle = Duration::Seconds(4000);         // longer than a registration of an hour
  Duration first_message = Duration::Seconds(10);  // from the connection to the first whole message, if it was accepted
  Duration half_message = Duration::Seconds(32);   // RFC 3261: 64*T1
  Duration stall = Duration::Seconds(32);
  Duration half_closed = Duration::Seconds(1);  // after the peer's FIN, for answers on their way
};

// Since the start, but for the last group. Read on the loop's thread.
struct TrafficCounters {
  uint64_t udp_datagrams_in = 0;
  uint64_t udp_bytes_in = 0;
  uint64_t udp_datagrams_out = 0;
  uint64_t udp_bytes_out = 0;
  uint64_t udp_receive_calls = 0;  // recvmmsg
  uint64_t udp_send_calls = 0;     // sendmmsg
  uint64_t udp_icmp_errors = 0;
  uint64_t udp_kernel_drops = 0;  // the receive buffer was full, or a checksum was wrong
  uint64_t udp_too_old = 0;       // waited longer than `datagram_age`
  uint64_t stun_answered = 0;
  uint64_t stun_dropped = 0;  // malformed, no request, beyond a limit, or from whom the sink does not admit
  uint64_t keepalives = 0;    // CRLF in a datagram, CRLF CRLF in a stream
  uint64_t stream_messages_in = 0;
  uint64_t stream_bytes_in = 0;
  uint64_t stream_messages_out = 0;
  uint64_t stream_bytes_out = 0;
  uint64_t flows_accepted = 0;
  uint64_t flows_connected = 0;
  uint64_t flows_refused = 0;           // over a limit, or from whom the sink does not admit
  uint64_t tls_handshakes = 0;          // done, either way
  uint64_t tls_handshakes_refused = 0;  // connections of a host that begins too many a second
  uint64_t flows_ended[kFlowEndCount] = {};
  uint64_t sends_failed[kSendFailureCount] = {};

  uint64_t flows_open = 0;
  uint64_t flows_connecting = 0;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TRAFFIC_H_
