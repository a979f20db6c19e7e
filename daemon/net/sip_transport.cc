#include "daemon/net/sip_transport.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/net/datagram_batch.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "daemon/net/stun.h"
#include "daemon/net/tcp_flows.h"
#include "daemon/net/udp_socket.h"
#include "daemon/sources/source.h"
#include "daemon/sources/source_rates.h"

namespace understudy::net {
namespace {

constexpr Duration kDropsInterval = Duration::Milliseconds(50);

struct UdpPort {
  explicit UdpPort(std::unique_ptr<UdpSocket> opened) : socket(std::move(opened)) {}

  std::unique_ptr<UdpSocket> socket;
  // None while nothing is waited for: a descriptor that the reactor knows wakes it with every datagram, wanted or not.
  std::unique_ptr<FdWatch> watch;
  bool blocked = false;
};

absl::StatusOr<OwnedFd> OpenOrAdopt(Transport transport, const Endpoint& local, int inherited_fd) {
  if (inherited_fd < 0) return transport == Transport::kUdp ? OpenUdpSocket(local) : OpenTcpListener(local);
  if (absl::Status adopted = AdoptSocket(inherited_fd, transport, local); !adopted.ok()) return adopted;
  return OwnedFd(inherited_fd);
}

}  // namespace

struct SipTransport::Rep {
  Rep(IoLoop* its_loop, TrafficSink* its_sink, const TrafficLimits& its_limits)
      : loop(its_loop),
        sink(its_sink),
        limits(its_limits),
        batch(its_limits),
        stun_rates(its_limits.stun_per_source),
        flows(its_loop, its_sink, &limits, &counters, &failures) {}

  // 0 is what a socket begins with; one that is handed over may have another.
  void Mark(int fd) const { net::SetTypeOfService(fd, std::max(limits.tos, 0)); }

  void AddUdp(OwnedFd fd) {
    ports.push_back(std::make_unique<UdpPort>(
        std::make_unique<UdpSocket>(std::move(fd), limits.udp_queue, &counters, &failures, &unreachable)));
    Watch();
  }

  bool Waiting() const { return paused || gathering || stopped || held; }

  FdWatch* WatchOf(UdpPort* port) {
    if (port->watch == nullptr) {
      port->watch = std::make_unique<FdWatch>(loop, port->socket->fd());
      port->watch->WatchReadable([this, port] { Read(port); });
      if (Waiting()) port->watch->PauseReadable();
    }
    return port->watch.get();
  }

  void Watch() {
    if (Waiting()) return;
    for (auto& port : ports) WatchOf(port.get())->ResumeReadable();
  }

  void Unwatch() {
    for (auto& port : ports) {
      if (port->watch == nullptr) continue;
      port->watch->PauseReadable();
      if (!port->blocked) port->watch.reset();
    }
  }

  void Read(UdpPort* port) {
    if (held || !sink->MayRead()) return;
    bool any = false;
    bool more = true;
    const MonotonicTime begun = MonotonicNow();
    LookForDrops(begun);
    for (int i = 0; more && i < limits.rounds_at_once && (i == 0 || !IsLong(begun)); ++i) {
      more = port->socket->Read(&batch);
      for (const Received& request : batch.stun()) AnswerStun(port, request);
      if (batch.received().empty()) continue;
      any = true;
      sink->OnRound(batch.received());
    }
    if (!any || limits.gather == Duration() || gathering) return;
    gathering = true;
    gathered.SetAfter(limits.gather);
    Unwatch();
  }

  bool IsLong(MonotonicTime begun) const {
    return limits.longest_turn > Duration() && MonotonicNow() - begun > limits.longest_turn;
  }

  // Sometimes: it costs a system call for each socket.
  void LookForDrops(MonotonicTime now) {
    if (now - drops_looked_at < kDropsInterval) return;
    drops_looked_at = now;
    bool overflowed = false;
    for (const auto& port : ports) overflowed = port->socket->Overflowed() || overflowed;
    if (overflowed) sink->OnDatagramsDropped();
  }

  // A source that asks without end takes nothing from what is there for all.
  bool MayAnswerStun(const Endpoint& remote) {
    const MonotonicTime now = MonotonicNow();
    if (now - stun_since >= Duration::Seconds(1)) {
      stun_since = now;
      stun_left = limits.stun_per_second;
    }
    return sink->Admits(remote) && stun_rates.Take(daemon::SourceOf(remote), now) && stun_left > 0;
  }

  void AnswerStun(UdpPort* port, const Received& request) {
    const std::string answer = MayAnswerStun(request.remote) ? AnswerToStun(request.bytes, request.remote) : "";
    if (answer.empty()) {
      ++counters.stun_dropped;
      return;
    }
    --stun_left;
    ++counters.stun_answered;
    port->socket->Send({Transport::kUdp, 0, request.local, request.remote, SharedBytes(answer), 0});
  }

  void Pause() {
    if (!std::exchange(paused, true) && limits.longest_pause > Duration()) paused_long.SetAfter(limits.longest_pause);
    Unwatch();
  }

  void Resume() {
    paused = false;
    paused_long.Clear();
    if (!gathering && !held) ReadAll();
  }

  void Gathered() {
    gathering = false;
    if (!paused && !held) ReadAll();
  }

  // What comes next is waited for at the end of the turn: most turns end in a pause.
  void ReadAll() {
    if (stopped) return;
    for (auto& port : ports) Read(port.get());
  }

  void StopListening() {
    for (const auto& port : ports) {
      counters.udp_kernel_drops += port->socket->KernelDrops();
      counters.sends_failed[static_cast<int>(SendFailure::kNoListener)] += port->socket->queued();
    }
    ports.clear();
    flows.StopListening();
    failures.clear();
    unreachable.clear();
    gathered.Clear();
    paused_long.Clear();
    paused = gathering = stopped = held = false;
  }

  UdpPort* PortFor(const Outgoing& outgoing) {
    UdpPort* first = nullptr;
    UdpPort* of_network = nullptr;
    const SourceAddress* source = FindSourceAddress(sources, outgoing.remote);
    for (auto& port : ports) {
      if (!port->socket->Reaches(outgoing.remote)) continue;
      if (port->socket->IsAt(outgoing.local)) return port.get();
      if (source != nullptr && port->socket->local().SameHost(source->address)) of_network = port.get();
      if (first == nullptr) first = port.get();
    }
    return of_network != nullptr ? of_network : first;
  }

  void SendDatagram(const Outgoing& outgoing) {
    if (UdpPort* port = PortFor(outgoing); port != nullptr) return port->socket->Send(outgoing);
    Fail(outgoing, SendFailure::kNoListener);
  }

  void Fail(const Outgoing& outgoing, SendFailure why) {
    ++counters.sends_failed[static_cast<int>(why)];
    if (outgoing.token != 0) failures.push_back({outgoing.token, why});
  }

  void FlushPort(UdpPort* port) {
    if (port->blocked || !port->socket->has_queued() || port->socket->Flush()) return;
    port->blocked = true;
    WatchOf(port)->AwaitWritable([port] { port->blocked = false; });
  }

  void TellFailures() {
    std::vector<FailedSend> failed;
    failed.swap(failures);
    for (const FailedSend& failure : failed) sink->OnSendFailed(failure.token, failure.why);
    std::vector<Endpoint> remotes;
    remotes.swap(unreachable);
    for (const Endpoint& remote : remotes) sink->OnUnreachable(remote);
  }

  IoLoop* loop;
  TrafficSink* sink;
  TrafficLimits limits;
  TrafficCounters counters;
  std::vector<FailedSend> failures;
  std::vector<Endpoint> unreachable;
  DatagramBatch batch;
  daemon::SourceRates stun_rates;
  std::vector<std::unique_ptr<UdpPort>> ports;
  TcpFlows flows;
  std::vector<SourceAddress> sources;
  Alarm gathered{loop, [this] { Gathered(); }};
  Alarm paused_long{loop, [this] { Resume(); }};
  MonotonicTime stun_since;
  int stun_left = 0;
  MonotonicTime drops_looked_at;
  bool paused = false;     // by the owner
  bool gathering = false;  // since the last round
  bool stopped = false;
  bool held = false;  // by HoldInput
};

SipTransport::SipTransport(IoLoop* loop, TrafficSink* sink, const TrafficLimits& limits)
    : rep_(std::make_unique<Rep>(loop, sink, limits)) {}

SipTransport::~SipTransport() = default;

absl::StatusOr<Endpoint> SipTransport::Listen(Transport transport, const Endpoint& local, int inherited_fd) {
  absl::StatusOr<OwnedFd> fd = OpenOrAdopt(transport, local, inherited_fd);
  if (!fd.ok()) return fd.status();
  rep_->Mark(fd->get());
  const Endpoint bound = LocalEndpoint(fd->get());
  if (transport == Transport::kUdp) {
    rep_->AddUdp(*std::move(fd));
  } else {
    rep_->flows.Listen(*std::move(fd), transport);
  }
  return bound;
}

void SipTransport::UseTls(TlsContexts contexts) {
  rep_->flows.UseTls(std::move(contexts));
}

void SipTransport::AllowOrigins(std::vector<std::string> origins) {
  rep_->flows.AllowOrigins(std::move(origins));
}

void SipTransport::UseSourceAddresses(std::vector<SourceAddress> addresses) {
  rep_->sources = addresses;
  rep_->flows.UseSourceAddresses(std::move(addresses));
}

void SipTransport::SetTypeOfService(int tos) {
  rep_->limits.tos = tos;
  for (const auto& port : rep_->ports) rep_->Mark(port->socket->fd());
  for (const auto& [transport, fd] : rep_->flows.ListenerFds()) rep_->Mark(fd);
  rep_->flows.MarkPackets();
}

std::vector<SipTransport::Listener> SipTransport::Listeners() const {
  std::vector<Listener> listeners;
  for (const auto& port : rep_->ports) {
    listeners.push_back({Transport::kUdp, port->socket->local(), port->socket->fd()});
  }
  for (const auto& [transport, fd] : rep_->flows.ListenerFds()) {
    listeners.push_back({transport, LocalEndpoint(fd), fd});
  }
  return listeners;
}

uint64_t SipTransport::Send(const Outgoing& outgoing) {
  switch (outgoing.transport) {
    case Transport::kUdp:
      rep_->SendDatagram(outgoing);
      return 0;
    case Transport::kTcp:
    case Transport::kTls:
    case Transport::kWs:
    case Transport::kWss:
      return rep_->flows.Send(outgoing);
  }
  return 0;
}

void SipTransport::Flush() {
  for (auto& port : rep_->ports) rep_->FlushPort(port.get());
  rep_->Watch();
  rep_->flows.Flush();
  if (!rep_->failures.empty() || !rep_->unreachable.empty()) rep_->TellFailures();
}

void SipTransport::CloseFlow(uint64_t flow) {
  rep_->flows.CloseFlow(flow);
}

void SipTransport::PauseDatagrams() {
  rep_->Pause();
}

void SipTransport::ResumeDatagrams() {
  rep_->Resume();
}

void SipTransport::PauseStreams() {
  rep_->flows.Pause();
}

void SipTransport::ResumeStreams() {
  rep_->flows.Resume();
}

void SipTransport::HoldInput() {
  rep_->held = true;
  rep_->Unwatch();
  rep_->flows.Hold();
}

void SipTransport::ResumeInput() {
  rep_->held = false;
  rep_->flows.Release();
  if (!rep_->Waiting()) rep_->ReadAll();
}

void SipTransport::SetKnownHosts(const std::vector<Endpoint>& hosts) {
  rep_->flows.SetKnownHosts(hosts);
}

void SipTransport::StopReceiving() {
  rep_->stopped = true;
  rep_->Unwatch();
  rep_->flows.StopReceiving();
}

void SipTransport::StopListening() {
  rep_->StopListening();
}

TrafficCounters SipTransport::Counters() const {
  TrafficCounters counters = rep_->counters;
  for (const auto& port : rep_->ports) counters.udp_kernel_drops += port->socket->KernelDrops();
  return counters;
}

}  // namespace understudy::net
