// The life of a connection in the order of the file: accept or connect, read, write, end, limits of time.
#include "daemon/net/tcp_flows.h"

#include <utility>

#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"

namespace understudy::net {
namespace {

constexpr Duration kSweepInterval = Duration::Milliseconds(250);

}  // namespace

TcpFlows::TcpFlows(IoLoop* loop, TrafficSink* sink, const TrafficLimits* limits, TrafficCounters* counters,
                   std::vector<FailedSend>* failures)
    : loop_(loop),
      sink_(sink),
      limits_(limits),
      counters_(counters),
      failures_(failures),
      scratch_(sip::StreamFramer::kMaxFeed),
      pong_("\r\n"),
      sweep_(loop, [this] { Sweep(); }) {}

TcpFlows::~TcpFlows() = default;

void TcpFlows::Listen(OwnedFd fd) {
  const Endpoint local = LocalEndpoint(fd.get());
  listeners_.push_back(std::make_unique<TcpListener>(
      loop_, std::move(fd),
      [this, local](OwnedFd accepted, const Endpoint& remote) { Accept(std::move(accepted), local, remote); }));
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
  stopped_ = paused_ = held_ = false;
}

std::vector<int> TcpFlows::ListenerFds() const {
  std::vector<int> fds;
  for (const auto& listener : listeners_) fds.push_back(listener->fd());
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
  for (const auto& listener : listeners_) listener->Hold(true);
  if (!paused_) StopReading();
}

void TcpFlows::Release() {
  if (!std::exchange(held_, false)) return;
  for (const auto& listener : listeners_) listener->Hold(false);
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
    entry.watch->ResumeReadable();
  }
}

bool TcpFlows::Reads(const TcpFlow& flow) const {
  return flow.opened && flow.state == TcpFlow::State::kOpen && !stopped_ && !paused_ && !held_;
}

void TcpFlows::Accept(OwnedFd fd, const Endpoint& listening, const Endpoint& remote) {
  if (!MayAccept(remote)) {
    ++counters_->flows_refused;
    return;
  }
  SetConnectionOptions(fd.get());
  const Endpoint local = listening.is_any() ? LocalEndpoint(fd.get()) : listening;
  ++counters_->flows_accepted;
  Opened(Add(std::move(fd), local, remote, TcpFlow::State::kOpen));
}

// No host may keep all others out, but for those that the operator has named: a Trunk carries the calls of many.
bool TcpFlows::MayAccept(const Endpoint& remote) const {
  if (flows_.size() >= limits_->max_flows) return false;
  if (known_hosts_.contains(remote.WithPort(0))) return true;
  const auto it = per_host_.find(remote.WithPort(0));
  return it == per_host_.end() || it->second < limits_->max_flows_per_host;
}

TcpFlow* TcpFlows::Add(OwnedFd fd, const Endpoint& local, const Endpoint& remote, TcpFlow::State state) {
  const uint64_t id = ++last_id_;
  auto watch = std::make_unique<FdWatch>(loop_, fd.get());
  sip::ParseLimits parse;
  parse.message_octets = limits_->message_octets;
  auto flow = std::make_unique<TcpFlow>(id, std::move(fd), local, remote, state, MonotonicNow(), parse);
  TcpFlow* raw = flow.get();
  flows_[id] = Entry{std::move(flow), std::move(watch)};
  by_remote_[remote] = id;
  ++per_host_[remote.WithPort(0)];
  if (!sweep_.is_set()) sweep_.SetAfter(kSweepInterval);
  return raw;
}

TcpFlow* TcpFlows::Find(uint64_t id) {
  const auto it = flows_.find(id);
  return it == flows_.end() ? nullptr : it->second.flow.get();
}

// Peers know us by the address we listen on, so connections leave from there.
Endpoint TcpFlows::SourceFor(const Endpoint& remote) const {
  for (const auto& listener : listeners_) {
    if (listener->local().is_v4() == remote.is_v4()) return listener->local();
  }
  return Endpoint();
}

TcpFlow* TcpFlows::Connect(const Outgoing& outgoing) {
  const bool room = flows_.size() < limits_->max_flows;
  if (!room) ++counters_->flows_refused;
  absl::StatusOr<OwnedFd> fd = absl::ResourceExhaustedError("too many connections");
  if (room) fd = StartConnect(SourceFor(outgoing.remote), outgoing.remote);
  if (!fd.ok()) {
    Fail(outgoing, SendFailure::kConnectFailed);
    return nullptr;
  }
  SetConnectionOptions(fd->get());
  ++counters_->flows_connecting;
  TcpFlow* flow = Add(*std::move(fd), Endpoint(), outgoing.remote, TcpFlow::State::kConnecting);
  flows_[flow->id()].watch->AwaitWritable([this, id = flow->id()] { Connected(id); });
  return flow;
}

void TcpFlows::Connected(uint64_t id) {
  TcpFlow* flow = Find(id);
  if (flow->state != TcpFlow::State::kConnecting) return;
  if (flow->ConnectError() != 0) return End(id, FlowEnd::kConnectFailed);
  --counters_->flows_connecting;
  ++counters_->flows_connected;
  flow->Established(LocalEndpoint(flow->fd()), MonotonicNow());
  MarkDirty(flow);
  Opened(flow);
}

void TcpFlows::Opened(TcpFlow* flow) {
  const uint64_t id = flow->id();
  ++counters_->flows_open;
  flow->opened = true;
  FdWatch* watch = flows_[id].watch.get();
  watch->WatchReadable([this, id] { Readable(id); });
  if (!Reads(*flow)) watch->PauseReadable();
  sink_->OnFlowOpened(id, Transport::kTcp, flow->local(), flow->remote());
}

// Nobody else can read it, but another node may serve by now: what would be answered out of an old state waits.
void TcpFlows::Readable(uint64_t id) {
  if (!sink_->MayRead()) return;
  TcpFlow* flow = Find(id);
  absl::string_view octets;
  switch (flow->Read(absl::MakeSpan(scratch_), &octets)) {
    case TcpFlow::ReadOutcome::kNothing:
      return;
    case TcpFlow::ReadOutcome::kData:
      return TakeMessages(flow, octets);
    case TcpFlow::ReadOutcome::kPeerClosed:
      return PeerClosed(flow);
    case TcpFlow::ReadOutcome::kPeerReset:
      return End(id, FlowEnd::kPeerReset);
  }
}

void TcpFlows::TakeMessages(TcpFlow* flow, absl::string_view octets) {
  counters_->stream_bytes_in += octets.size();
  if (!sink_->BeforeCutting(octets)) return BeginClosing(flow, FlowEnd::kQuarantined);
  sip::StreamFramer::Frame broken;
  const bool whole = CutMessages(flow, octets, &broken);
  sink_->AfterCutting();
  flow->last_activity = MonotonicNow();
  if (!round_.empty() || flow->was_between_messages) flow->message_since = flow->last_activity;
  flow->was_between_messages = flow->framer.buffered() == 0;
  counters_->stream_messages_in += round_.size();
  flow->heard = flow->heard || !round_.empty();
  if (!round_.empty()) sink_->OnRound(round_);
  if (whole) return;
  sink_->OnUnframeable({Transport::kTcp, flow->id(), flow->local(), flow->remote(), broken.message}, broken.text);
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
        round_.push_back({Transport::kTcp, flow->id(), flow->local(), flow->remote(), broken->message});
        break;
      case Event::kPing:
        ++counters_->keepalives;
        if (!std::exchange(pinged, true)) Enqueue(flow, {Transport::kTcp, flow->id(), {}, flow->remote(), pong_, 0});
        break;
      case Event::kNeedMore:
        return true;
      case Event::kError:
        return false;
    }
  }
}

void TcpFlows::PeerClosed(TcpFlow* flow) {
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
  MarkDirty(flow);
}

void TcpFlows::NoNewRequestsOn(const TcpFlow& flow) {
  flows_[flow.id()].watch->PauseReadable();
  const auto it = by_remote_.find(flow.remote());
  if (it != by_remote_.end() && it->second == flow.id()) by_remote_.erase(it);
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
    const auto it = by_remote_.find(outgoing.remote);
    flow = it == by_remote_.end() ? Connect(outgoing) : Find(it->second);
    if (flow == nullptr) return 0;
  }
  Enqueue(flow, outgoing);
  return flow->id();
}

void TcpFlows::Enqueue(TcpFlow* flow, const Outgoing& outgoing) {
  if (flow->queue().empty()) flow->blocked_since = MonotonicNow();
  if (!flow->Queue(outgoing, limits_->flow_queue_bytes)) return Fail(outgoing, SendFailure::kQueueFull);
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

void TcpFlows::FlushOne(TcpFlow* flow) {
  const uint64_t id = flow->id();
  if (flow->state == TcpFlow::State::kConnecting || flow->blocked) return;
  if (!flow->opened) return End(id, flow->end);
  const size_t waiting = flow->queue().size();
  const TcpFlow::WriteOutcome outcome = flow->Flush(counters_);
  if (outcome == TcpFlow::WriteOutcome::kBroken) return End(id, FlowEnd::kPeerReset);
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
  Forget(*entry.flow);
  ++counters_->flows_ended[static_cast<int>(why)];
  const SendFailure failure = entry.flow->opened ? SendFailure::kFlowGone : SendFailure::kConnectFailed;
  for (const Outgoing& unsent : entry.flow->queue()) Fail(unsent, failure);
  if (!entry.flow->opened) return;
  std::erase_if(*failures_, [id](const FailedSend& failed) { return failed.flow == id; });
  sink_->OnFlowClosed(id, Transport::kTcp, entry.flow->remote(), why);
}

void TcpFlows::Forget(const TcpFlow& flow) {
  --(flow.opened ? counters_->flows_open : counters_->flows_connecting);
  const auto it = by_remote_.find(flow.remote());
  if (it != by_remote_.end() && it->second == flow.id()) by_remote_.erase(it);
  const auto host = per_host_.find(flow.remote().WithPort(0));
  if (--host->second == 0) per_host_.erase(host);
}

void TcpFlows::Fail(const Outgoing& outgoing, SendFailure why) {
  ++counters_->sends_failed[static_cast<int>(why)];
  const bool closed_says_it = outgoing.flow != 0 && why == SendFailure::kFlowGone;
  if (outgoing.token != 0 && !closed_says_it) failures_->push_back({outgoing.token, why, outgoing.flow});
}

bool TcpFlows::Overdue(const TcpFlow& flow, MonotonicTime now, FlowEnd* why) const {
  const auto past = [now](MonotonicTime since, Duration limit, FlowEnd end, FlowEnd* out) {
    if (now - since < limit) return false;
    *out = end;
    return true;
  };
  if (!flow.queue().empty() && flow.opened && past(flow.blocked_since, limits_->stall, FlowEnd::kStalled, why))
    return true;
  switch (flow.state) {
    case TcpFlow::State::kConnecting:
      return past(flow.state_since, limits_->connect, FlowEnd::kConnectFailed, why);
    case TcpFlow::State::kHalfClosed:
      return past(flow.state_since, limits_->half_closed, FlowEnd::kPeerClosed, why);
    case TcpFlow::State::kClosing:
      return past(flow.state_since, limits_->stall, flow.end, why);
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
