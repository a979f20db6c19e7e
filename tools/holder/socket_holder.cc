#include "tools/holder/socket_holder.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "tools/command_line.h"

namespace understudy::tools {
namespace {

constexpr char kName[] = "socket-holder";
constexpr net::UnixSocketWords kWords = {kName, "--socket"};
constexpr int kClientsAtOnce = 16;
constexpr int kTriesForAPort = 64;
constexpr Duration kPause = Duration::Milliseconds(100);

constexpr OptionSpec kOptions[] = {
    {"sip", "ADDRESS:PORT", "The service address: sip-address and sip-port of the nodes. Default port: 5060."},
    {"tls", "ADDRESS:PORT", "For SIP over TLS: sip-address and sip-tls-port of the nodes. Default port: 5061."},
    {"ws", "ADDRESS:PORT", "For SIP over WebSocket: their sip-ws-port. Default port: 80."},
    {"wss", "ADDRESS:PORT", "The same over TLS: their sip-wss-port. Default port: 443."},
    {"udp", "ADDRESS:PORT", "Their sip-address-v6. Default port: 5060. Of these, too: several, with commas between."},
    {"tcp", "ADDRESS:PORT", "Likewise."},
    {"socket", "PATH", "Where the nodes find this program: their node: socket-holder."},
};

constexpr ToolSpec kSpec = {
    kName,
    "--sip ADDRESS:PORT [--tls ADDRESS:PORT] [--ws ADDRESS:PORT] [--wss ADDRESS:PORT] --socket PATH",
    "Opens the UDP socket and the listeners of the service address and hands them to the two nodes of a pair on "
    "this\n"
    "host. Only the primary reads them, and what waits while the other one takes over is not lost. Start it before "
    "the\n"
    "nodes; as long as one of them runs, the address is taken. Ends with SIGTERM or SIGINT.\n",
    kOptions,
    "  socket-holder --sip 192.0.2.1:5060 --socket /run/understudy/sockets\n",
    "Exit codes:\n"
    "  0  ended by a signal\n"
    "  2  the command line was not understood\n"
    "  3  the address or the path cannot be used\n",
};

absl::StatusOr<net::HandedSockets> OpenAt(const Endpoint& sip) {
  absl::StatusOr<net::OwnedFd> tcp = net::OpenTcpListener(sip, {"--sip port", "--sip"});
  if (!tcp.ok()) return tcp.status();
  absl::StatusOr<net::OwnedFd> udp = net::OpenUdpSocket(net::LocalEndpoint(tcp->get()), {"--sip port", "--sip"});
  if (!udp.ok()) return udp.status();
  return net::HandedSockets{*std::move(udp), *std::move(tcp)};
}

// A port that the kernel chose for one may be taken for the other.
absl::StatusOr<net::HandedSockets> OpenSockets(const Endpoint& sip) {
  absl::StatusOr<net::HandedSockets> sockets = OpenAt(sip);
  for (int i = 1; sip.port() == 0 && absl::IsAlreadyExists(sockets.status()) && i < kTriesForAPort; ++i) {
    sockets = OpenAt(sip);
  }
  return sockets;
}

absl::StatusOr<SocketHolderOptions> ReadOptions(const CommandLine& line) {
  if (!line.operands().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", line.operands()[0], "\" is not an option; see socket-holder --help"));
  }
  for (absl::string_view name : {"sip", "socket"}) {
    if (!line.Value(name).empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat("--", name, " is missing; see socket-holder --help"));
  }
  const absl::optional<Endpoint> sip = Endpoint::ParseHostPort(line.Value("sip"), 5060);
  if (!sip) return absl::InvalidArgumentError(absl::StrCat("--sip ", line.Value("sip"), " is not ADDRESS:PORT"));
  SocketHolderOptions options{*sip, std::string(line.Value("socket"))};
  for (int i = 0; i < kTransportCount; ++i) {
    const Transport transport = static_cast<Transport>(i);
    const std::string name = absl::AsciiStrToLower(TransportName(transport));
    const absl::string_view text = line.Value(name);
    if (text.empty()) continue;
    for (absl::string_view one : absl::StrSplit(text, ',')) {
      const absl::optional<Endpoint> at = Endpoint::ParseHostPort(one, DefaultPort(transport));
      if (!at) return absl::InvalidArgumentError(absl::StrCat("--", name, " ", one, " is not ADDRESS:PORT"));
      options.streams.push_back({transport, *at});
    }
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SocketHolder>> SocketHolder::Start(net::IoLoop* loop,
                                                                  const SocketHolderOptions& options) {
  absl::StatusOr<net::UnixListener> listener = net::UnixListener::Open(options.path, kWords);
  if (!listener.ok()) return listener.status();
  absl::StatusOr<net::HandedSockets> sockets = OpenSockets(options.sip);
  if (!sockets.ok()) return sockets.status();
  for (const net::ServedStream& stream : options.streams) {
    constexpr net::AddressSettings kSettings = {"the port", "the address"};
    absl::StatusOr<net::OwnedFd> fd = stream.transport == Transport::kUdp ? net::OpenUdpSocket(stream.at, kSettings)
                                                                          : net::OpenTcpListener(stream.at, kSettings);
    if (!fd.ok()) return fd.status();
    sockets->streams.push_back({stream, *std::move(fd)});
  }
  const Endpoint sip = net::LocalEndpoint(sockets->udp.get());
  return std::unique_ptr<SocketHolder>(new SocketHolder(loop, sip, *std::move(sockets), *std::move(listener)));
}

SocketHolder::SocketHolder(net::IoLoop* loop, const Endpoint& sip, net::HandedSockets sockets,
                           net::UnixListener listener)
    : sip_(sip),
      sockets_(std::move(sockets)),
      listener_(std::move(listener)),
      watch_(loop, listener_.fd()),
      again_(loop, [this] { watch_.ResumeReadable(); }) {
  watch_.WatchReadable([this] { Accept(); });
}

void SocketHolder::Accept() {
  for (int i = 0; i < kClientsAtOnce; ++i) {
    const net::OwnedFd client(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.valid()) {
      ++(net::HandSockets(client.get(), sip_, sockets_).ok() ? handed_ : failed_);
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == ECONNABORTED || errno == EINTR) continue;
    watch_.PauseReadable();
    return again_.SetAfter(kPause);
  }
}

int HoldSockets(const std::vector<std::string>& args, const ToolIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Fail(io, line.status(), kName);
  if (line->Has("help")) {
    io.out << HelpText(kSpec);
    return Finish(io, kName);
  }
  const absl::StatusOr<SocketHolderOptions> options = ReadOptions(*line);
  if (!options.ok()) return Fail(io, options.status(), kName);
  net::IoLoop loop;
  loop.OnSignals({SIGTERM, SIGINT}, [&](int) { loop.Stop(); });
  const absl::StatusOr<std::unique_ptr<SocketHolder>> holder = SocketHolder::Start(&loop, *options);
  if (!holder.ok()) {
    Fail(io, holder.status(), kName);
    return kUnreadable;
  }
  io.out << kName << " has " << (*holder)->sip().ToText() << " (UDP and TCP) for who connects to " << options->path
         << std::endl;
  loop.Run();
  return Finish(io, kName);
}

}  // namespace understudy::tools
