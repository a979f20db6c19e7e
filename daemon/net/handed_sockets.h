// The sockets of the service address, from the process that holds them for both nodes of a pair on one host
// (//tools:socket-holder). What waits in them outlives any node.
//
//   absl::StatusOr<HandedSockets> sockets = TakeSockets("/run/understudy/sockets", service);
//   transport.Listen(Transport::kUdp, service, CopyOf(sockets->udp)->Detach());    // each time this node begins to
//   serve
//
// The message, once a connection, little endian: [u32 kMagic][u16 version 1][u16 count][u32 length of the text]
// [the service address as text], and with its first byte `count` descriptors: UDP, then the TCP listener.
#ifndef UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_
#define UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/net/owned_fd.h"

namespace understudy::net {

struct HandedSockets {
  OwnedFd udp;
  OwnedFd tcp;  // listening
};

// Connects to the holder at `path` and takes what it gives, if that is what `service` needs (port 0: any port). Waits
// up to 2 s. Unavailable: nobody holds sockets there (yet); FailedPrecondition or InvalidArgument: the wrong ones.
// Every error names the path and says what the operator can do.
absl::StatusOr<HandedSockets> TakeSockets(const std::string& path, const Endpoint& service);

// Another descriptor of the same socket.
absl::StatusOr<OwnedFd> CopyOf(const OwnedFd& socket);

// The holder's side: gives both sockets to whoever connected to the Unix socket `client`. Never waits.
absl::Status HandSockets(int client, const Endpoint& service, const HandedSockets& sockets);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_
