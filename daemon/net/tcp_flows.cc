// The life of a connection in the order of the file: accept or connect, read, write, end, limits of time.
#include "daemon/net/tcp_flows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "daemon/sources/source.h"

namespace understudy::net {
namespace {

constexpr Duration kSweepInterval = Duration::Milliseconds(250);
constexpr size_t kKeptShare = 10;  // of max_flows, one in so many

}  // namespace

TcpFlows::TcpFlows(IoLoop* loop, TrafficSink* sink, const TrafficLimits* limits, TrafficCounters* counters,
                   std::vector<FailedSend>* failures)
    : loop_(loop),
      sink_(sink),
      limits_(limits),
      counters_(counters),
      failures_(failures),
      handshakes_(limits->handshakes_per_host),
      pace_(loop, limits, [this](uint64_t id) { ReadHeld(id); }),
      scratch_(sip::StreamFramer::kMaxFeed),
      pong_("\r\n"),
      sweep_(loop, [this] { Sweep(); }) {
  websocket_.message_octets = limits->message_octets;
}

TcpFlows::~TcpFlows() = default;

void TcpFlows::Listen(OwnedFd fd, Transport transport) {
  const auto accept = [this, local = LocalEndpoint(fd.get()), transport](OwnedFd accepted, const Endpoint& remote) {
    Accept(std::move(accepted), local, transport, remote);
  };
  listeners_.push_back({transport, std::make_unique<TcpListener>(loop_, std::move(fd), accept)});
}

void TcpFlows::SetKnownHosts(const std::vector<Endpoint>& hosts) {
  known_hosts_.clear();
  for (const Endpoint& host : hosts) known_hosts_.insert(host.WithPort(0));
}

void TcpFlows::StopReceiving() {
  stopped_ = true;
  listeners_.clear();
  for (auto& [id, entry] : flows_) entry.watch->PauseReadable();
}

void TcpFlows::StopListening() {
  listeners_.clear();
  for (const auto& [id, entry] : flows_) {
    ++counters_->flows_ended[static_cast<int>(FlowEnd::kOurs)];
    counters_->sends_failed[static_cast<int>(SendFailure::kFlowGone)] += entry.flow->queue().size();
  }
  counters_->flows_open = counters_->flows_connecting = 0;
  flows_.clear();
  by_remote_.clear();
  per_host_.clear();
  dirty_.clear();
  sweep_.Clear();
  pace_.Clear();
  stopped_ = paused_ = held_ = false;
}

std::vector<TcpFlows::ListeningFd> TcpFlows::ListenerFds() const {
  std::vector<ListeningFd> fds;
  for (const Listener& listener : listeners_) fds.push_back({listener.transport, listener.socket->fd()});
  return fds;
}

void TcpFlows::Pause() {
  if (std::exchange(paused_, true) || held_) return;
  StopReading();
}

void TcpFlows::Resume() {
  if (!std::exchange(paused_, false) || held_) return;
  GoOnReading();
}

void TcpFlows::Hold() {
  if (std::exchange(held_, true)) return;
  for (const Listener& listener : listeners_) listener.socket->Hold(true);
  if (!paused_) StopReading();
}

void TcpFlows::Release() {
  if (!std::exchange(held_, false)) return;
  for (const Listener& listener : listeners_) listener.socket->Hold(false);
  if (!paused_) GoOnReading();
}

void TcpFlows::StopReading() {
  for (auto& [id, entry] : flows_) entry.watch->PauseReadable();
}

// The silence meanwhile was ours.
void TcpFlows::GoOnReading() {
  const MonotonicTime now = MonotonicNow();
  for (auto& [id, entry] : flows_) {
    if (!Reads(*entry.flow)) continue;
    entry.flow->state_since = entry.flow->last_activity = entry.flow->message_since = now;
    entry.flow->unread_since.reset();
    entry.watch->ResumeReadable();
  }
}

bool TcpFlows::Reads(const TcpFlow& flow) const {
  const bool reads = flow.opened ? flow.state == TcpFlow::State::kOpen : flow.state == TcpFlow::State::kHandshake;
  return reads && !stopped_ && !paused_ && !held_;
}

void TcpFlows::Accept(OwnedFd fd, const Endpoint& listening, Transport transport, const Endpoint& remote) {
  const bool protects = IsSecure(transport);
  if (!sink_->Admits(remote) || !MayAccept(remote) || (protects && tls_.accepts == nullptr)) {
    ++counters_->flows_refused;
    return;
  }
  if (protects && !MayShakeHands(remote)) {
    ++counters_->tls_handshakes_refused;
    return;
  }
  SetOptions(fd.get());
  const Endpoint local = listening.is_any() ? LocalEndpoint(fd.get()) : listening;
  ++counters_->flows_accepted;
  if (transport == Transport::kTcp) return Opened(Add(std::move(fd), local, remote, TcpFlow::State::kOpen, nullptr));
  ++counters_->flows_connecting;
  std::unique_ptr<TlsStream> tls = protects ? Accepting() : nullptr;
  std::unique_ptr<WebsocketStream> websocket;
  if (IsWebSocket(transport)) websocket = std::make_unique<WebsocketStream>(&websocket_);
  Watch(Add(std::move(fd), local, remote, TcpFlow::State::kHandshake, std::move(tls), std::move(websocket)));
}

void TcpFlows::SetOptions(int fd) const {
  SetConnectionOptions(fd);
  if (limits_->tos >= 0) SetTypeOfService(fd, limits_->tos);
}

void TcpFlows::MarkPackets() {
  for (const auto& [id, entry] : flows_) SetTypeOfService(entry.flow->fd(), std::max(limits_->tos, 0));
}

std::unique_ptr<TlsStream> TcpFlows::Accepting() const {
  return std::make_unique<TlsStream>(tls_.accepts, tls::TlsSession::Side::kAccepts, "");
}

std::unique_ptr<TlsStream> TcpFlows::ConnectingTo(const Remote& remote) const {
  if (!remote.domain.empty()) return std::make_unique<TlsStream>(tls_.connects, remote.domain, tls_.checks_name);
  std::string address;
  if (tls_.checks_name) {
    address = std::string(absl::StripSuffix(absl::StripPrefix(remote.endpoint.HostText(), "["), "]"));
  }
  return std::make_unique<TlsStream>(tls_.connects, tls::TlsSession::Side::kConnects, address);
}

// Whom the operator has named, and whom we must reach, find room when strangers keep all the rest.
bool TcpFlows::HasRoom(bool known) const {
  return flows_.size() < limits_->max_flows - (known ? 0 : limits_->max_flows / kKeptShare);
}

// No host may keep all others out, but for those that the operator has named: a Trunk carries the calls of many.
bool TcpFlows::MayAccept(const Endpoint& remote) const {
  if (known_hosts_.contains(remote.WithPort(0))) return HasRoom(true);
  if (!HasRoom(false)) return false;
  const auto it = per_host_.find(daemon::SourceOf(remote));
  return it == per_host_.end() || it->second < limits_->max_flows_per_host;
}

// A handshake costs what a call does, and nobody has to show who he is to ask for one.
bool TcpFlows::MayShakeHands(const Endpoint& remote) {
  return known_hosts_.contains(remote.WithPort(0)) || handshakes_.Take(daemon::SourceOf(remote), MonotonicNow());
}

TcpFlow* TcpFlows::Add(OwnedFd fd, const Endpoint& local, const Endpoint& remote, TcpFlow::State state,
                       std::unique_ptr<TlsStream> tls, std::unique_ptr<WebsocketStream> websocket, std::string domain) {
  const uint64_t id = ++last_id_;
  auto watch = std::make_unique<FdWatch>(loop_, fd.get());
  sip::ParseLimits parse;
  parse.message_octets = limits_->message_octets;
  auto flow = std::make_unique<TcpFlow>(id, std::move(fd), local, remote, state, MonotonicNow(), parse, std::move(tls),
                                        std::move(websocket));
  TcpFlow* raw = flow.get();
  Entry& entry = flows_[id] =
      Entry{std::move(flow), std::move(watch), Remote{remote, raw->transport(), std::move(domain)}};
  if (!IsWebSocket(raw->transport())) by_remote_[entry.remote] = id;
  ++per_host_[daemon::SourceOf(remote)];
  if (!sweep_.is_set()) sweep_.SetAfter(kSweepInterval);
  return raw;
}

TcpFlow* TcpFlows::Find(uint64_t id) {
  const auto it = flows_.find(id);
  return it == flows_.end() ? nullptr : it->second.flow.get();
}

// Peers know us by the address we listen on, so connections leave from there.
Endpoint TcpFlows::SourceFor(const Endpoint& remote) const {
  if (const SourceAddress* source = FindSourceAddress(sources_, remote); source != nullptr) return source->address;
  for (const Listener& listener : listeners_) {
    if (listener.socket->local().is_v4() == remote.is_v4()) return listener.socket->local();
  }
  return Endpoint();
}

TcpFlows::Remote TcpFlows::RemoteOf(const Outgoing& outgoing) {
  const bool protects = IsSecure(outgoing.transport);
  return {outgoing.remote, outgoing.transport, protects ? std::string(outgoing.domain.view()) : std::string()};
}

TcpFlow* TcpFlows::Connect(const Outgoing& outgoing) {
  const bool protects = IsSecure(outgoing.transport);
  if (IsWebSocket(outgoing.transport) || (protects && tls_.connects == nullptr)) {
    Fail(outgoing, SendFailure::kNoListener);
    return nullptr;
  }
  const bool room = HasRoom(true);
  if (!room) ++counters_->flows_refused;
  absl::StatusOr<OwnedFd> fd = absl::ResourceExhaustedError("too many connections");
  if (room) fd = StartConnect(SourceFor(outgoing.remote), outgoing.remote);
  if (!fd.ok()) {
    Fail(outgoing, SendFailure::kConnectFailed);
    return nullptr;
  }
  SetOptions(fd->get());
  ++counters_->flows_connecting;
  const Remote remote = RemoteOf(outgoing);
  TcpFlow* flow = Add(*std::move(fd), Endpoint(), outgoing.remote, TcpFlow::State::kConnecting,
                      protects ? ConnectingTo(remote) : nullptr, nullptr, remote.domain);
  flows_[flow->id()].watch->AwaitWritable([this, id = flow->id()] { Connected(id); });
  return flow;
}

void TcpFlows::Connected(uint64_t id) {
  TcpFlow* flow = Find(id);
  if (flow->state != TcpFlow::State::kConnecting) return;
  if (flow->ConnectError() != 0) return End(id, FlowEnd::kConnectFailed);
  ++counters_->flows_connected;
  flow->Connected(LocalEndpoint(flow->fd()), MonotonicNow());
  MarkDirty(flow);
  if (flow->state == TcpFlow::State::kHandshake) return Watch(flow);
  --counters_->flows_connecting;
  Opened(flow);
}

void TcpFlows::Watch(TcpFlow* flow) {
  FdWatch* watch = flows_[flow->id()].watch.get();
  watch->WatchReadable([this, id = flow->id()] { Readable(id); });
  if (!Reads(*flow)) watch->PauseReadable();
}

void TcpFlows::Opened(TcpFlow* flow) {
  ++counters_->flows_open;
  flow->opened = true;
  if (flow->transport() == Transport::kTcp) Watch(flow);
  sink_->OnFlowOpened(flow->id(), flow->transport(), flow->local(), flow->remote());
}

// What a connection has more of than one read takes does not wait for the others.
void TcpFlows::Readable(uint64_t id) {
  TcpFlow* flow = Find(id);
  if (flow->opened && !flow->unread_since && pace_.Holds(id)) {
    flow->unread_since = MonotonicNow();
    return flows_[id].watch->PauseReadable();
  }
  Read(flow);
}

void TcpFlows::ReadHeld(uint64_t id) {
  TcpFlow* flow = Find(id);
  if (flow == nullptr || !Reads(*flow)) return;
  flows_[id].watch->ResumeReadable();
  Read(flow);
}

// Nobody else can read it, but another node may serve by now: what would be answered out of an old state waits.
void TcpFlows::Read(TcpFlow* flow) {
  if (!sink_->MayRead()) return;
  const uint64_t id = flow->id();
  if (!sink_->Admits(flow->remote())) return End(id, FlowEnd::kShutOut);
  absl::string_view octets;
  switch (flow->Read(absl::MakeSpan(scratch_), &octets)) {
    case TcpFlow::ReadOutcome::kNothing:
      return flow->unread_since.reset();
    case TcpFlow::ReadOutcome::kData:
      flow->NoteUnread(octets.size(), scratch_.size());
      if (flow->opened) pace_.Begin();
      return TakeOctets(flow, octets);
    case TcpFlow::ReadOutcome::kPeerClosed:
      return PeerClosed(flow);
    case TcpFlow::ReadOutcome::kPeerReset:
      return End(id, FlowEnd::kPeerReset);
    case TcpFlow::ReadOutcome::kTlsFailed:
      return TlsFailed(flow);
  }
}

// With TLS there is something to answer to most of a handshake, and nothing in clear text to some of the rest.
void TcpFlows::TakeOctets(TcpFlow* flow, absl::string_view octets) {
  if (flow->owes_handshake()) MarkDirty(flow);
  if (flow->websocket() == nullptr) FinishHandshake(flow);
  if (octets.empty()) return;
  flow->websocket() == nullptr ? TakeMessages(flow, octets) : TakeWebsocket(flow, octets);
}

void TcpFlows::FinishHandshake(TcpFlow* flow) {
  if (!flow->FinishHandshake(MonotonicNow())) return;
  --counters_->flows_connecting;
  if (IsSecure(flow->transport())) ++counters_->tls_handshakes;
  MarkDirty(flow);
  Opened(flow);
}

void TcpFlows::TakeWebsocket(TcpFlow* flow, absl::string_view octets) {
  counters_->stream_bytes_in += octets.size();
  if (!sink_->BeforeCutting(octets)) return BeginClosing(flow, FlowEnd::kQuarantined);
  std::vector<std::string> messages;
  const WebsocketStream::Event last = CutWebsocket(flow, octets, &messages);
  sink_->AfterCutting();
  FinishHandshake(flow);
  Cut(flow, flow->websocket()->between_messages(), !messages.empty());
  round_.clear();
  for (const std::string& message : messages) {
    round_.push_back({flow->transport(), flow->id(), flow->local(), flow->remote(), message, flow->waited});
  }
  counters_->stream_messages_in += round_.size();
  if (!round_.empty()) sink_->OnRound(round_);
  if (last == WebsocketStream::Event::kNeedMore) return;
  if (flow->opened) return WebsocketEnded(flow, last);
  flow->Flush(counters_);
  flow->FinishWriting(absl::MakeSpan(scratch_));
  End(flow->id(), FlowEnd::kNoWebsocket);
}

// There is nothing that an answer could be written of: the close frame says why.
void TcpFlows::WebsocketEnded(TcpFlow* flow, WebsocketStream::Event last) {
  if (last == WebsocketStream::Event::kEnded) return BeginClosing(flow, FlowEnd::kPeerClosed);
  const bool too_large = last == WebsocketStream::Event::kTooLarge;
  sink_->OnUnframeable({flow->transport(), flow->id(), flow->local(), flow->remote(), {}},
                       too_large ? sip::ParseErrorKind::kMessageTooLong : sip::ParseErrorKind::kStartLine);
  BeginClosing(flow, FlowEnd::kUnframeable);
}

// The last event: kNeedMore, or an end. What has to be answered by the WebSocket itself waits to be sent.
WebsocketStream::Event TcpFlows::CutWebsocket(TcpFlow* flow, absl::string_view octets,
                                              std::vector<std::string>* messages) {
  using Event = WebsocketStream::Event;
  WebsocketStream* const websocket = flow->websocket();
  websocket->Feed(octets);
  absl::string_view message;
  bool pinged = false;
  Event event = websocket->Next(&message);
  for (; WebsocketStream::GoesOn(event); event = websocket->Next(&message)) {
    const bool empty = event == Event::kMessage && message.find_first_not_of("\r\n") == absl::string_view::npos;
    pinged = pinged || empty;
    counters_->keepalives += empty || event == Event::kPing ? 1 : 0;
    if (event == Event::kMessage && !empty) messages->emplace_back(message);
  }
  const std::string output = websocket->TakeOutput();
  const Outgoing said = {flow->transport(), flow->id(), {}, flow->remote(), SharedBytes(output), 0};
  if (!output.empty() && flow->QueueOctets(said, limits_->flow_queue_bytes)) MarkDirty(flow);
  if (pinged) Enqueue(flow, {flow->transport(), flow->id(), {}, flow->remote(), pong_, 0});
  return event;
}

void TcpFlows::Cut(TcpFlow* flow, bool between_messages, bool any) {
  flow->last_activity = MonotonicNow();
  if (any || flow->was_between_messages) flow->message_since = flow->last_activity;
  flow->was_between_messages = between_messages;
  flow->heard = flow->heard || any;
}

// What it owes says why to the peer.
void TcpFlows::TlsFailed(TcpFlow* flow) {
  sink_->OnTlsFailed(flow->remote(), flow->tls_error());
  flow->Flush(counters_);
  End(flow->id(), FlowEnd::kTlsFailed);
}

void TcpFlows::TakeMessages(TcpFlow* flow, absl::string_view octets) {
  counters_->stream_bytes_in += octets.size();
  if (!sink_->BeforeCutting(octets)) return BeginClosing(flow, FlowEnd::kQuarantined);
  sip::StreamFramer::Frame broken;
  const bool whole = CutMessages(flow, octets, &broken);
  sink_->AfterCutting();
  Cut(flow, flow->framer.buffered() == 0, !round_.empty());
  counters_->stream_messages_in += round_.size();
  if (!round_.empty()) sink_->OnRound(round_);
  if (whole) return;
  sink_->OnUnframeable({flow->transport(), flow->id(), flow->local(), flow->remote(), broken.message}, broken.error);
  BeginClosing(flow, FlowEnd::kUnframeable);
}

// Fills round_. False when the stream is broken. However many pings came, one answer will do.
bool TcpFlows::CutMessages(TcpFlow* flow, absl::string_view octets, sip::StreamFramer::Frame* broken) {
  using Event = sip::StreamFramer::Event;
  round_.clear();
  bool pinged = false;
  if (!flow->framer.Feed(octets)) return false;
  for (;;) {
    switch (flow->framer.Next(broken)) {
      case Event::kMessage:
        round_.push_back({flow->transport(), flow->id(), flow->local(), flow->remote(), broken->message, flow->waited});
        break;
      case Event::kPing:
        ++counters_->keepalives;
        if (!std::exchange(pinged, true)) {
          Enqueue(flow, {flow->transport(), flow->id(), {}, flow->remote(), pong_, 0});
        }
        break;
      case Event::kNeedMore:
        return true;
      case Event::kError:
        return false;
    }
  }
}

void TcpFlows::PeerClosed(TcpFlow* flow) {
  if (!flow->opened) return End(flow->id(), FlowEnd::kPeerClosed);
  flow->state = TcpFlow::State::kHalfClosed;
  flow->state_since = MonotonicNow();
  NoNewRequestsOn(*flow);
}

void TcpFlows::CloseFlow(uint64_t id) {
  if (TcpFlow* flow = Find(id); flow != nullptr) BeginClosing(flow, FlowEnd::kOurs);
}

void TcpFlows::BeginClosing(TcpFlow* flow, FlowEnd why) {
  if (flow->state == TcpFlow::State::kClosing) return;
  flow->state = TcpFlow::State::kClosing;
  flow->end = why;
  flow->state_since = MonotonicNow();
  NoNewRequestsOn(*flow);
  if (why == FlowEnd::kOurs && flow->websocket() != nullptr && flow->opened) {
    const SharedBytes goodbye(WebsocketStream::Goodbye());
    flow->QueueOctets({flow->transport(), flow->id(), {}, flow->remote(), goodbye, 0}, limits_->flow_queue_bytes);
  }
  MarkDirty(flow);
}

void TcpFlows::NoNewRequestsOn(const TcpFlow& flow) {
  const Entry& entry = flows_[flow.id()];
  entry.watch->PauseReadable();
  ForgetRemote(entry);
}

void TcpFlows::ForgetRemote(const Entry& entry) {
  const auto it = by_remote_.find(entry.remote);
  if (it != by_remote_.end() && it->second == entry.flow->id()) by_remote_.erase(it);
}

uint64_t TcpFlows::Send(const Outgoing& outgoing) {
  TcpFlow* flow = nullptr;
  if (outgoing.flow != 0) {
    flow = Find(outgoing.flow);
    if (flow == nullptr || flow->state == TcpFlow::State::kClosing) {
      Fail(outgoing, SendFailure::kFlowGone);
      return 0;
    }
  } else {
    const auto it = by_remote_.find(RemoteOf(outgoing));
    flow = it == by_remote_.end() ? Connect(outgoing) : Find(it->second);
    if (flow == nullptr) return 0;
  }
  Enqueue(flow, outgoing);
  return flow->id();
}

void TcpFlows::Enqueue(TcpFlow* flow, const Outgoing& outgoing) {
  if (!flow->Queue(outgoing, limits_->flow_queue_bytes)) return Fail(outgoing, SendFailure::kQueueFull, flow->id());
  MarkDirty(flow);
}

void TcpFlows::MarkDirty(TcpFlow* flow) {
  if (!std::exchange(flow->dirty, true)) dirty_.push_back(flow->id());
}

void TcpFlows::Flush() {
  std::vector<uint64_t> dirty;
  dirty.swap(dirty_);
  for (uint64_t id : dirty) {
    TcpFlow* flow = Find(id);
    if (flow == nullptr) continue;
    flow->dirty = false;
    FlushOne(flow);
  }
  if (dirty_.empty()) {
    dirty.clear();
    dirty_.swap(dirty);
  }
}

// Its other end is gone: what that said before is read first, as far as anything is read now, and not without end.
void TcpFlows::EndAfterReading(uint64_t id) {
  for (int reads = 0; TcpFlow* flow = Find(id); ++reads) {
    const bool may_read = reads < kLastReads && Reads(*flow) && sink_->MayRead();
    if (!may_read || !flow->HasUnread()) return End(id, FlowEnd::kPeerReset);
    Read(flow);
  }
}

void TcpFlows::FlushOne(TcpFlow* flow) {
  const uint64_t id = flow->id();
  if (flow->state == TcpFlow::State::kConnecting || flow->blocked) return;
  if (!flow->opened && flow->state != TcpFlow::State::kHandshake) return End(id, flow->end);
  const size_t waiting = flow->queue().size();
  const TcpFlow::WriteOutcome outcome = flow->Flush(counters_);
  if (outcome == TcpFlow::WriteOutcome::kBroken) return EndAfterReading(id);
  if (outcome == TcpFlow::WriteOutcome::kTlsFailed) return TlsFailed(flow);
  if (waiting != flow->queue().size()) flow->last_activity = flow->blocked_since = MonotonicNow();
  if (outcome == TcpFlow::WriteOutcome::kBlocked) {
    flow->blocked = true;
    flows_[id].watch->AwaitWritable([this, id] {
      TcpFlow* unblocked = Find(id);
      unblocked->blocked = false;
      MarkDirty(unblocked);
    });
    return;
  }
  if (flow->state != TcpFlow::State::kClosing) return;
  flow->FinishWriting(absl::MakeSpan(scratch_));
  End(id, flow->end);
}

void TcpFlows::End(uint64_t id, FlowEnd why) {
  const auto it = flows_.find(id);
  const Entry entry = std::move(it->second);
  flows_.erase(it);
  Forget(entry);
  ++counters_->flows_ended[static_cast<int>(why)];
  const SendFailure failure = entry.flow->opened ? SendFailure::kFlowGone : SendFailure::kConnectFailed;
  for (const Outgoing& unsent : entry.flow->queue()) Fail(unsent, failure);
  if (!entry.flow->opened) return;
  std::erase_if(*failures_, [id](const FailedSend& failed) { return failed.flow == id; });
  sink_->OnFlowClosed(id, entry.flow->transport(), entry.flow->remote(), why);
}

void TcpFlows::Forget(const Entry& entry) {
  --(entry.flow->opened ? counters_->flows_open : counters_->flows_connecting);
  ForgetRemote(entry);
  const auto host = per_host_.find(daemon::SourceOf(entry.flow->remote()));
  if (--host->second == 0) per_host_.erase(host);
}

void TcpFlows::Fail(const Outgoing& outgoing, SendFailure why, uint64_t flow) {
  ++counters_->sends_failed[static_cast<int>(why)];
  const bool closed_says_it = why == SendFailure::kFlowGone;
  if (outgoing.token != 0 && !closed_says_it) failures_->push_back({outgoing.token, why, flow});
}

bool TcpFlows::Overdue(const TcpFlow& flow, MonotonicTime now, FlowEnd* why) const {
  const auto past = [now](MonotonicTime since, Duration limit, FlowEnd end, FlowEnd* out) {
    if (now - since < limit) return false;
    *out = end;
    return true;
  };
  if (flow.has_waiting() && flow.opened && past(flow.blocked_since, limits_->stall, FlowEnd::kStalled, why))
    return true;
  switch (flow.state) {
    case TcpFlow::State::kConnecting:
      return past(flow.state_since, limits_->connect, FlowEnd::kConnectFailed, why);
    case TcpFlow::State::kHalfClosed:
      return past(flow.state_since, limits_->half_closed, FlowEnd::kPeerClosed, why);
    case TcpFlow::State::kClosing:
      return past(flow.state_since, limits_->stall, flow.end, why);
    case TcpFlow::State::kHandshake:
      return !paused_ && !held_ && past(flow.state_since, limits_->handshake, FlowEnd::kTlsSilent, why);
    case TcpFlow::State::kOpen:
      break;
  }
  if (paused_ || held_) return false;
  if (!flow.heard && past(flow.state_since, limits_->first_message, FlowEnd::kSilent, why)) return true;
  if (!flow.was_between_messages && past(flow.message_since, limits_->half_message, FlowEnd::kHalfMessage, why)) {
    return true;
  }
  return past(flow.last_activity, limits_->idle, FlowEnd::kIdle, why);
}

void TcpFlows::Sweep() {
  const MonotonicTime now = MonotonicNow();
  std::vector<std::pair<uint64_t, FlowEnd>> overdue;
  FlowEnd why;
  for (const auto& [id, entry] : flows_) {
    if (Overdue(*entry.flow, now, &why)) overdue.emplace_back(id, why);
  }
  for (const auto& [id, end] : overdue) {
    if (Find(id) != nullptr) End(id, end);
  }
  if (!flows_.empty()) sweep_.SetAfter(kSweepInterval);
}

}  // namespace understudy::net
