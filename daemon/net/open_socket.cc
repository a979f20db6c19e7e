#include "daemon/net/open_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

constexpr int kBacklog = 1024;
constexpr char kRefused[] = "understudy/connection-refused";

void SetInt(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

int GetInt(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

// The FORCE forms pass net.core.[rw]mem_max and need CAP_NET_ADMIN.
void SetBuffer(int fd, int forced_name, int name) {
  if (setsockopt(fd, SOL_SOCKET, forced_name, &kUdpBufferBytes, sizeof kUdpBufferBytes) == 0) return;
  SetInt(fd, SOL_SOCKET, name, kUdpBufferBytes);
}

void SetUdpOptions(int fd, int family, bool any) {
  SetBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  SetBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (family == AF_INET) {
    SetInt(fd, IPPROTO_IP, IP_RECVERR, 1);
    SetInt(fd, IPPROTO_IP, IP_PKTINFO, any ? 1 : 0);
  } else {
    SetInt(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    SetInt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, any ? 1 : 0);
  }
}

std::string Advice(int error, absl::string_view name, const Endpoint& local, const AddressSettings& settings) {
  const bool udp = name == "UDP";
  switch (error) {
    case EADDRINUSE:
      return absl::StrCat("another program has it: find it with \"ss -", udp ? "u" : "t", "lpn sport = :", local.port(),
                          "\" and stop it, or choose another ", settings.port);
    case EADDRNOTAVAIL:
      return absl::StrCat("no interface of this host has the address ", local.HostText(),
                          ": see \"ip addr\", or change ", settings.address);
    case EACCES:
    case EPERM:
      return absl::StrCat("not permitted: ports below 1024 need CAP_NET_BIND_SERVICE, or choose another ",
                          settings.port);
    case EMFILE:
    case ENFILE:
      return "too many open files: raise the limit (ulimit -n, LimitNOFILE)";
    case EAFNOSUPPORT:
      return "this host has no such address family (is IPv6 switched off?)";
    default:
      return strerror(error);
  }
}

absl::Status OpenError(int error, absl::string_view name, const Endpoint& local, const AddressSettings& settings) {
  const std::string text =
      absl::StrCat("cannot listen on ", name, " ", local.ToText(), ": ", Advice(error, name, local, settings));
  return error == EADDRINUSE ? absl::AlreadyExistsError(text) : absl::FailedPreconditionError(text);
}

absl::Status Bind(int fd, int family, const Endpoint& local) {
  sockaddr_storage address{};
  const socklen_t size = ToSockaddr(local, family, &address);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "bind");
}

}  // namespace

absl::StatusOr<OwnedFd> OpenUdpSocket(const Endpoint& local, const AddressSettings& settings) {
  const int family = FamilyOf(local);
  OwnedFd fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return OpenError(errno, "UDP", local, settings);
  if (family == AF_INET6) SetInt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  SetUdpOptions(fd.get(), family, local.is_any());
  if (!Bind(fd.get(), family, local).ok()) return OpenError(errno, "UDP", local, settings);
  return fd;
}

absl::StatusOr<OwnedFd> OpenTcpListener(const Endpoint& local, const AddressSettings& settings) {
  const int family = FamilyOf(local);
  OwnedFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return OpenError(errno, "TCP", local, settings);
  if (family == AF_INET6) SetInt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  SetInt(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (!Bind(fd.get(), family, local).ok()) return OpenError(errno, "TCP", local, settings);
  if (listen(fd.get(), kBacklog) != 0) return OpenError(errno, "TCP", local, settings);
  return fd;
}

absl::Status AdoptSocket(int fd, Transport transport, const Endpoint& local) {
  const bool udp = transport == Transport::kUdp;
  const absl::string_view name = TransportName(transport);
  if (GetInt(fd, SOL_SOCKET, SO_TYPE) != (udp ? SOCK_DGRAM : SOCK_STREAM)) {
    return absl::InvalidArgumentError(absl::StrCat("inherited descriptor ", fd, " is no ", name, " socket"));
  }
  if (!udp && GetInt(fd, SOL_SOCKET, SO_ACCEPTCONN) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("inherited descriptor ", fd, " does not listen"));
  }
  const Endpoint bound = LocalEndpoint(fd);
  if (!bound.SameHost(local) || (local.port() != 0 && bound.port() != local.port())) {
    return absl::InvalidArgumentError(absl::StrCat("inherited descriptor ", fd, " is bound to ", bound.ToText(),
                                                   ", the configuration says ", local.ToText()));
  }
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) return absl::ErrnoToStatus(errno, "fcntl");
  if (udp) SetUdpOptions(fd, GetInt(fd, SOL_SOCKET, SO_DOMAIN), bound.is_any());
  return absl::OkStatus();
}

absl::StatusOr<OwnedFd> StartConnect(const Endpoint& source, const Endpoint& remote) {
  const int family = FamilyOf(remote);
  OwnedFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "socket");
  if (FamilyOf(source) == family && !source.empty() && !source.is_any()) {
    SetInt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (absl::Status bound = Bind(fd.get(), family, source.WithPort(0)); !bound.ok()) return bound;
  }
  sockaddr_storage address{};
  const socklen_t size = ToSockaddr(remote, family, &address);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  if (errno != EINPROGRESS) return ConnectError(errno, remote);
  return fd;
}

absl::Status ConnectError(int error, const Endpoint& remote) {
  const std::string text = absl::StrCat("cannot connect to ", remote.ToText());
  if (error == ETIMEDOUT) return absl::DeadlineExceededError(absl::StrCat(text, ": no answer"));
  absl::Status status = absl::ErrnoToStatus(error, text);
  if (error == ECONNREFUSED) status.SetPayload(kRefused, absl::Cord());
  return status;
}

bool IsRefused(const absl::Status& status) {
  return status.GetPayload(kRefused).has_value();
}

void SetTypeOfService(int fd, int tos) {
  if (GetInt(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6) {
    SetInt(fd, IPPROTO_IPV6, IPV6_TCLASS, tos);
  } else {
    SetInt(fd, IPPROTO_IP, IP_TOS, tos);
  }
}

void SetConnectionOptions(int fd) {
  SetInt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetInt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetInt(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  SetInt(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  SetInt(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace understudy::net
