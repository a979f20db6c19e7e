// Endpoints as the kernel writes them.
#ifndef UNDERSTUDY_DAEMON_NET_SOCKET_ADDRESS_H_
#define UNDERSTUDY_DAEMON_NET_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include "base/endpoint.h"

namespace understudy::net {

// AF_INET or AF_INET6: the kind of socket that reaches `endpoint`.
int FamilyOf(const Endpoint& endpoint);

// For a socket of `family`. Returns the length; 0 when such a socket cannot reach `endpoint` (IPv6 over AF_INET).
// IPv4 over AF_INET6 becomes a mapped address, which a dual-stack socket understands.
// `out`: room for a sockaddr_in6.
socklen_t ToSockaddr(const Endpoint& endpoint, int family, void* out);

// `address`: a sockaddr of any family, aligned or not. The empty endpoint for a family that is not IP.
Endpoint FromSockaddr(const void* address);

// Of the socket itself and of its peer; empty when there is none.
Endpoint LocalEndpoint(int fd);
Endpoint RemoteEndpoint(int fd);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_SOCKET_ADDRESS_H_
