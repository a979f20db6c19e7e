#include "daemon/net/handed_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/transport.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/unix_listener.h"

namespace understudy::net {
namespace {

constexpr char kMagic[] = {'U', 'S', 'H', '1'};
constexpr uint16_t kVersion = 1;
constexpr size_t kLeastSockets = 2;
constexpr size_t kHeaderBytes = 12;
constexpr size_t kMostText = 1024;
constexpr size_t kMostDescriptors = 32;  // more than there are, so that a wrong number is seen and closed
constexpr timeval kPatience = {2, 0};

struct Message {
  std::string bytes;
  std::vector<OwnedFd> descriptors;
};

void Put(uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t Get(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return value;
}

absl::Status Named(const absl::Status& why, const std::string& path) {
  return absl::Status(why.code(), absl::StrCat("socket holder at ", path, ": ", why.message()));
}

absl::Status Wrong(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(what, ": is it the socket-holder of this version?"));
}

absl::StatusOr<OwnedFd> Connect(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = UnixAddress(path, "path");
  if (!address.ok()) return address.status();
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "socket");
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return fd;
  if (errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN) {
    return absl::UnavailableError(
        "nobody answers: start socket-holder first, or take socket-holder out of the node's configuration");
  }
  return absl::ErrnoToStatus(errno, "cannot connect");
}

void TakeDescriptors(msghdr* header, std::vector<OwnedFd>* out) {
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      out->emplace_back(fd);
    }
  }
}

// All that the holder has to say: it closes then.
absl::StatusOr<Message> Receive(int fd) {
  Message message;
  for (;;) {
    char bytes[kHeaderBytes + kMostText];
    alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))];
    iovec vector = {bytes, sizeof bytes};
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return absl::UnavailableError("it says nothing for 2 s");
    if (n < 0) return absl::ErrnoToStatus(errno, "cannot read");
    TakeDescriptors(&header, &message.descriptors);
    if ((header.msg_flags & MSG_CTRUNC) != 0) return Wrong("not all of its descriptors could be taken (ulimit -n?)");
    if (n == 0) return message;
    message.bytes.append(bytes, static_cast<size_t>(n));
    if (message.bytes.size() > sizeof bytes) return Wrong("it says too much");
  }
}

absl::Status CheckMessage(const Message& message, const Endpoint& service) {
  const absl::string_view bytes = message.bytes;
  if (bytes.size() < kHeaderBytes || bytes.substr(0, 4) != absl::string_view(kMagic, 4))
    return Wrong("not its message");
  if (Get(bytes.substr(4, 2)) != kVersion) return Wrong(absl::StrCat("version ", Get(bytes.substr(4, 2)), ", not 1"));
  const absl::string_view text = bytes.substr(kHeaderBytes);
  if (text.size() != Get(bytes.substr(8, 4))) return Wrong("half a message");
  const size_t count = message.descriptors.size();
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  const size_t named = kLeastSockets + words.size() / 2;
  if (Get(bytes.substr(6, 2)) != named || count != named)
    return Wrong(absl::StrCat(count, " descriptors, not ", named));
  const absl::optional<Endpoint> held = Endpoint::ParseHostPort(words[0], 0);
  if (!held) return Wrong("no address in its message");
  if (held->SameHost(service) && (service.port() == 0 || held->port() == service.port())) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("it holds ", held->ToText(), ", the service address is ",
                                                    service.ToText(), ": start it with --sip ", service.ToText(),
                                                    ", or change sip-address and sip-port"));
}

// Those that are wanted, in that order.
absl::Status TakeStreams(Message message, const std::vector<ServedStream>& wanted, HandedSockets* sockets) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(absl::string_view(message.bytes).substr(kHeaderBytes), ' ');
  for (const ServedStream& stream : wanted) {
    const std::string name = absl::AsciiStrToLower(TransportName(stream.transport));
    size_t i = 1;
    while (i + 1 < words.size() && (words[i] != name || words[i + 1] != stream.at.ToText())) i += 2;
    if (i + 1 >= words.size()) {
      return absl::FailedPreconditionError(absl::StrCat("it does not hold ", name, " ", stream.at.ToText(),
                                                        ": start it with --", name, " ", stream.at.ToText()));
    }
    OwnedFd fd = std::move(message.descriptors[kLeastSockets + i / 2]);
    if (absl::Status adopted = AdoptSocket(fd.get(), stream.transport, stream.at); !adopted.ok()) return adopted;
    sockets->streams.push_back({stream, std::move(fd)});
  }
  return absl::OkStatus();
}

absl::StatusOr<HandedSockets> TakeFrom(const std::string& path, const Endpoint& service,
                                       const std::vector<ServedStream>& streams) {
  const absl::StatusOr<OwnedFd> connection = Connect(path);
  if (!connection.ok()) return connection.status();
  absl::StatusOr<Message> message = Receive(connection->get());
  if (!message.ok()) return message.status();
  if (absl::Status checked = CheckMessage(*message, service); !checked.ok()) return checked;
  HandedSockets sockets{std::move(message->descriptors[0]), std::move(message->descriptors[1])};
  if (absl::Status taken = TakeStreams(*std::move(message), streams, &sockets); !taken.ok()) return taken;
  absl::Status adopted = AdoptSocket(sockets.udp.get(), Transport::kUdp, service);
  if (adopted.ok()) adopted = AdoptSocket(sockets.tcp.get(), Transport::kTcp, service);
  if (!adopted.ok()) return adopted;
  return sockets;
}

}  // namespace

absl::StatusOr<HandedSockets> TakeSockets(const std::string& path, const Endpoint& service,
                                          const std::vector<ServedStream>& streams) {
  absl::StatusOr<HandedSockets> sockets = TakeFrom(path, service, streams);
  if (!sockets.ok()) return Named(sockets.status(), path);
  return sockets;
}

absl::StatusOr<OwnedFd> CopyOf(const OwnedFd& socket) {
  OwnedFd copy(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return absl::ErrnoToStatus(errno, "cannot have another descriptor of a socket");
  return copy;
}

absl::Status HandSockets(int client, const Endpoint& service, const HandedSockets& sockets) {
  std::string text = service.ToText();
  std::vector<int> descriptors = {sockets.udp.get(), sockets.tcp.get()};
  for (const HandedSockets::Stream& stream : sockets.streams) {
    absl::StrAppend(&text, " ", absl::AsciiStrToLower(TransportName(stream.served.transport)), " ",
                    stream.served.at.ToText());
    descriptors.push_back(stream.fd.get());
  }
  if (descriptors.size() > kMostDescriptors) return absl::InvalidArgumentError("too many sockets");
  std::string bytes(kMagic, sizeof kMagic);
  Put(kVersion, 2, &bytes);
  Put(descriptors.size(), 2, &bytes);
  Put(text.size(), 4, &bytes);
  bytes += text;
  const size_t size = descriptors.size() * sizeof(int);
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  iovec vector = {bytes.data(), bytes.size()};
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(size);
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(c), descriptors.data(), size);
  const ssize_t n = sendmsg(client, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n == static_cast<ssize_t>(bytes.size())) return absl::OkStatus();
  return absl::ErrnoToStatus(n < 0 ? errno : EMSGSIZE, "cannot hand the sockets over");
}

}  // namespace understudy::net
