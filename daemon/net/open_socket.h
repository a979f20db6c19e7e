// Opens the sockets of the SIP transports and says what to do when that fails.
#ifndef UNDERSTUDY_DAEMON_NET_OPEN_SOCKET_H_
#define UNDERSTUDY_DAEMON_NET_OPEN_SOCKET_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/transport.h"
#include "daemon/net/owned_fd.h"

namespace understudy::net {

// Wanted for each UDP socket. A burst of this many bytes survives a stall of the reader: 4 MiB hold some 2,500
// datagrams (each is charged with its bookkeeping), which is 100 ms at 2,000 calls a second.
inline constexpr int kUdpBufferBytes = 4 << 20;

// What an error tells the operator to change.
struct AddressSettings {
  absl::string_view port = "sip-port";
  absl::string_view address = "sip-address";
};

// A bound, non-blocking UDP socket that reports ICMP errors (IP_RECVERR) and, when bound to every address, the
// address each datagram came to (IP_PKTINFO). Without SO_REUSEADDR: on UDP that would let a second server started by
// mistake take the datagrams of the first. `local` port 0: the kernel chooses.
absl::StatusOr<OwnedFd> OpenUdpSocket(const Endpoint& local, const AddressSettings& settings = AddressSettings());

// A bound, listening, non-blocking TCP socket, with SO_REUSEADDR so that a restart need not wait for TIME_WAIT.
absl::StatusOr<OwnedFd> OpenTcpListener(const Endpoint& local, const AddressSettings& settings = AddressSettings());

// Takes over a socket that somebody else bound: checks that it is of the right kind and at `local` (port 0: any
// port) and sets the options above. Closes nothing on failure.
absl::Status AdoptSocket(int fd, Transport transport, const Endpoint& local);

// A non-blocking TCP socket that has begun to connect from `source`'s address (its port is not used; an empty or
// "any" address: the kernel chooses). An error is this
// host's own (no route, no descriptors) or an immediate refusal.
absl::StatusOr<OwnedFd> StartConnect(const Endpoint& source, const Endpoint& remote);

// A connection attempt that ended with errno `error`: Unavailable when the far host or the way to it is the reason.
absl::Status ConnectError(int error, const Endpoint& remote);

// Whether the far host itself answered that nobody listens there: it is up, and the program is not.
bool IsRefused(const absl::Status& status);

// The type-of-service octet of what a socket sends, 0 to 255: DSCP in its upper six bits (RFC 2474).
void SetTypeOfService(int fd, int tos);

// TCP_NODELAY and keep-alive probes for a connected socket.
void SetConnectionOptions(int fd);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_OPEN_SOCKET_H_
