// The sockets of the service address, from the process that holds them for both nodes of a pair on one host
// (//tools:socket-holder). What waits in them outlives any node.
//
//   absl::StatusOr<HandedSockets> sockets = TakeSockets("/run/understudy/sockets", service);
//   transport.Listen(Transport::kUdp, service, CopyOf(sockets->udp)->Detach());    // each time this node begins to
//   serve
//
// The message, once a connection, little endian: [u32 kMagic][u16 version 1][u16 count][u32 length of the text]
// [the service address as text, then " tls ADDRESS:PORT" for each further listener], and with its first byte `count`
// descriptors: UDP, the TCP listener, then the others in that order.
#ifndef UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_
#define UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "base/transport.h"
#include "daemon/net/owned_fd.h"

namespace understudy::net {

// Where else is listened.
struct ServedStream {
  Transport transport = Transport::kTls;
  Endpoint at;

  friend bool operator==(const ServedStream&, const ServedStream&) = default;
};

struct HandedSockets {
  OwnedFd udp;
  OwnedFd tcp;  // listening

  struct Stream {
    ServedStream served;
    OwnedFd fd;
  };
  std::vector<Stream> streams = {};
};

// Connects to the holder at `path` and takes what it gives, if that is what `service` needs (port 0: any port), and
// `streams` are among it. Waits
// up to 2 s. Unavailable: nobody holds sockets there (yet); FailedPrecondition or InvalidArgument: the wrong ones.
// Every error names the path and says what the operator can do.
absl::StatusOr<HandedSockets> TakeSockets(const std::string& path, const Endpoint& service,
                                          const std::vector<ServedStream>& streams = {});

// Another descriptor of the same socket.
absl::StatusOr<OwnedFd> CopyOf(const OwnedFd& socket);

// The holder's side: gives all sockets to whoever connected to the Unix socket `client`. Never waits.
absl::Status HandSockets(int client, const Endpoint& service, const HandedSockets& sockets);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_HANDED_SOCKETS_H_
