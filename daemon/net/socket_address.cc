#include "daemon/net/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace understudy::net {

int FamilyOf(const Endpoint& endpoint) {
  return endpoint.is_v4() ? AF_INET : AF_INET6;
}

socklen_t ToSockaddr(const Endpoint& endpoint, int family, void* out) {
  if (family == AF_INET) {
    if (!endpoint.is_v4()) return 0;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port());
    std::memcpy(&v4.sin_addr, endpoint.ip().data() + 12, 4);
    std::memcpy(out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port());
  std::memcpy(&v6.sin6_addr, endpoint.ip().data(), 16);
  std::memcpy(out, &v6, sizeof v6);
  return sizeof v6;
}

Endpoint FromSockaddr(const void* address) {
  sa_family_t family;
  std::memcpy(&family, address, sizeof family);
  if (family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    uint8_t ip[4];
    std::memcpy(ip, &v4.sin_addr, 4);
    return Endpoint::V4(ip[0], ip[1], ip[2], ip[3], ntohs(v4.sin_port));
  }
  if (family != AF_INET6) return Endpoint();
  sockaddr_in6 v6;
  std::memcpy(&v6, address, sizeof v6);
  Endpoint::Ip ip;
  std::memcpy(ip.data(), &v6.sin6_addr, 16);
  return Endpoint(ip, ntohs(v6.sin6_port));
}

Endpoint LocalEndpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return Endpoint();
  return FromSockaddr(&address);
}

Endpoint RemoteEndpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return Endpoint();
  return FromSockaddr(&address);
}

}  // namespace understudy::net
