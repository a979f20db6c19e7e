#include "tests/sim/network/sim_transport.h"

#include <utility>

#include "absl/types/span.h"
#include "tests/sim/network/service_network.h"

namespace understudy::sim {
namespace {

// As the daemon's: rounds are so far apart, and a pause ends by itself.
constexpr Duration kRound = Duration::Milliseconds(7);
constexpr Duration kLongestPause = Duration::Milliseconds(50);

}  // namespace

SimTransport::SimTransport(SimLoop* loop, ServiceNetwork* network, size_t machine)
    : loop_(loop),
      network_(network),
      machine_(machine),
      gathered_(loop,
                [this] {
                  gathering_ = false;
                  Read();
                }),
      streams_gathered_(loop,
                        [this] {
                          streams_gathering_ = false;
                          Read();
                        }),
      paused_long_(loop, [this] { ResumeDatagrams(); }) {}

SimTransport::~SimTransport() {
  network_->Forget(this);
}

absl::Status SimTransport::Open() {
  listening_ = true;
  network_->Listens(this);
  ReadSoon();
  return absl::OkStatus();
}

absl::Status SimTransport::Close() {
  Flush();
  StopListening();
  return absl::OkStatus();
}

void SimTransport::StopListening() {
  network_->Forget(this);
  listening_ = held_ = stopped_ = datagrams_paused_ = streams_paused_ = gathering_ = streams_gathering_ = false;
  out_.clear();
  failed_.clear();
  flows_.clear();
  gathered_.Clear();
  streams_gathered_.Clear();
  paused_long_.Clear();
}

// As with sockets: nothing wakes a process that reads later anyway.
void SimTransport::Readable() {
  if (!gathering_ && !datagrams_paused_) ReadSoon();
}

void SimTransport::ReadSoon() {
  if (reading_soon_) return;
  reading_soon_ = true;
  loop_->Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    reading_soon_ = false;
    Read();
  });
}

void SimTransport::Read() {
  if (!reads() || sink_ == nullptr) return;
  ReadDatagrams();
  ReadStreams();
}

void SimTransport::ReadDatagrams() {
  if (datagrams_paused_ || gathering_ || !network_->Waits(this) || !sink_->MayRead() || held_) return;
  const std::vector<WaitingDatagram> taken = network_->Take(this, kRoundDatagrams);
  std::vector<net::Received> round;
  round.reserve(taken.size());
  for (const WaitingDatagram& datagram : taken) {
    net::Received received;
    received.local = network_->service();
    received.remote = datagram.from;
    received.bytes = datagram.bytes;
    round.push_back(received);
  }
  if (round.empty()) return;
  sink_->OnRound(round);
  if (!listening_) return;
  gathering_ = true;
  gathered_.SetAfter(kRound);
}

// The sink may close any of them meanwhile.
void SimTransport::ReadStreams() {
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) {
    if (!flow.opened || !flow.in.empty() || flow.ended) names.push_back(name);
  }
  bool any = false;
  for (const uint64_t name : names) {
    if (reads()) OpenFlow(name);
    while (ReadsStreams() && sink_->MayRead() && ReadMessage(name)) any = true;
    if (ReadsStreams()) EndIfRead(name);
  }
  if (!any || !listening_) return;
  streams_gathering_ = true;
  streams_gathered_.SetAfter(kRound);
}

void SimTransport::OpenFlow(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.opened || found->second.connecting) return;
  found->second.opened = true;
  sink_->OnFlowOpened(name, Transport::kTcp, network_->service(), found->second.remote);
}

bool SimTransport::ReadMessage(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.closing || found->second.in.empty()) return false;
  const std::string bytes = std::move(found->second.in.front());
  found->second.in.pop_front();
  net::Received received;
  received.transport = Transport::kTcp;
  received.flow = name;
  received.local = network_->service();
  received.remote = found->second.remote;
  received.bytes = bytes;
  if (!sink_->BeforeCutting(bytes)) {
    BeginClosing(name, net::FlowEnd::kQuarantined);
    return false;
  }
  sink_->AfterCutting();
  sink_->OnRound(absl::MakeConstSpan(&received, 1));
  return true;
}

void SimTransport::EndIfRead(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.closing || !found->second.ended || !found->second.in.empty()) return;
  const Endpoint remote = found->second.remote;
  flows_.erase(found);
  sink_->OnFlowClosed(name, Transport::kTcp, remote, net::FlowEnd::kPeerClosed);
}

void SimTransport::FlowAccepted(uint64_t flow, const Endpoint& remote) {
  flows_[flow].remote = remote;
  ReadSoon();
}

void SimTransport::FlowMessage(uint64_t flow, std::string bytes) {
  const auto found = flows_.find(flow);
  if (found == flows_.end()) return;
  found->second.in.push_back(std::move(bytes));
  ReadSoon();
}

void SimTransport::FlowEnded(uint64_t flow) {
  const auto found = flows_.find(flow);
  if (found == flows_.end()) return;
  found->second.ended = true;
  ReadSoon();
}

void SimTransport::FlowConnected(uint64_t flow) {
  loop_->Post([this, flow, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    const auto found = flows_.find(flow);
    if (found == flows_.end()) return;
    found->second.connecting = false;
    for (const net::Outgoing& unsent : std::exchange(found->second.unsent, {})) {
      network_->SendStream(flow, unsent.bytes);
    }
    OpenFlow(flow);
    ReadSoon();
  });
}

// There has been no connection: the sink hears of its messages only, at the end of the turn.
void SimTransport::FlowFailed(uint64_t flow) {
  loop_->Post([this, flow, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    const auto found = flows_.find(flow);
    if (found == flows_.end()) return;
    for (const net::Outgoing& unsent : found->second.unsent) Fail(unsent, net::SendFailure::kConnectFailed);
    for (const Queued& queued : out_) {
      if (queued.flow == flow) Fail(queued.outgoing, net::SendFailure::kConnectFailed);
    }
    std::erase_if(out_, [flow](const Queued& queued) { return queued.flow == flow; });
    flows_.erase(found);
  });
}

void SimTransport::PauseDatagrams() {
  if (!std::exchange(datagrams_paused_, true)) paused_long_.SetAfter(kLongestPause);
}

void SimTransport::ResumeDatagrams() {
  datagrams_paused_ = false;
  paused_long_.Clear();
  if (!gathering_) Read();
}

void SimTransport::ResumeStreams() {
  if (std::exchange(streams_paused_, false)) ReadSoon();
}

void SimTransport::ResumeInput() {
  if (std::exchange(held_, false)) ReadSoon();
}

uint64_t SimTransport::Send(const net::Outgoing& outgoing) {
  if (!listening_) {
    Fail(outgoing, net::SendFailure::kNoListener);
    return 0;
  }
  if (outgoing.transport == Transport::kUdp) {
    out_.push_back({outgoing, 0});
    return 0;
  }
  const auto named = flows_.find(outgoing.flow);
  if (outgoing.flow != 0 && (named == flows_.end() || named->second.closing)) {
    Fail(outgoing, net::SendFailure::kFlowGone);
    return 0;
  }
  out_.push_back({outgoing, outgoing.flow != 0 ? outgoing.flow : FlowTo(outgoing.remote)});
  return out_.back().flow;
}

// The youngest whose end has not been read; or a new one.
uint64_t SimTransport::FlowTo(const Endpoint& remote) {
  for (auto it = flows_.rbegin(); it != flows_.rend(); ++it) {
    if (it->second.remote == remote && !it->second.closing) return it->first;
  }
  const uint64_t name = network_->ConnectTo(this, remote);
  flows_[name].remote = remote;
  flows_[name].connecting = true;
  return name;
}

// Of a message that was given to a connection the end of that says it.
void SimTransport::Fail(const net::Outgoing& outgoing, net::SendFailure why) {
  const bool closed_says_it = why == net::SendFailure::kFlowGone;
  if (outgoing.token != 0 && !closed_says_it) failed_.push_back({outgoing.token, why, outgoing.flow});
}

void SimTransport::Flush() {
  const std::vector<Queued> out = std::exchange(out_, {});
  for (const Queued& queued : out) {
    if (leaving_) leaving_(queued.outgoing);
    if (queued.outgoing.transport == Transport::kUdp) {
      network_->SendDatagram(this, queued.outgoing.remote, queued.outgoing.bytes);
    } else {
      SendOver(queued);
    }
  }
  EndClosing();
  TellFailures();
}

void SimTransport::SendOver(const Queued& queued) {
  const auto found = flows_.find(queued.flow);
  if (found == flows_.end()) {
    Fail(queued.outgoing, net::SendFailure::kFlowGone);
  } else if (found->second.connecting) {
    found->second.unsent.push_back(queued.outgoing);
  } else {
    network_->SendStream(queued.flow, queued.outgoing.bytes);
  }
}

void SimTransport::TellFailures() {
  const std::vector<net::FailedSend> failed = std::exchange(failed_, {});
  for (const net::FailedSend& failure : failed) sink_->OnSendFailed(failure.token, failure.why);
}

void SimTransport::CloseFlow(uint64_t flow) {
  BeginClosing(flow, net::FlowEnd::kOurs);
}

void SimTransport::BeginClosing(uint64_t name, net::FlowEnd why) {
  const auto found = flows_.find(name);
  if (found != flows_.end() && !found->second.closing) found->second.closing = why;
}

void SimTransport::EndClosing() {
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) {
    if (flow.closing && !flow.connecting) names.push_back(name);
  }
  for (const uint64_t name : names) {
    const auto found = flows_.find(name);
    if (found == flows_.end()) continue;
    const Flow flow = std::move(found->second);
    flows_.erase(found);
    network_->CloseFlow(name);
    if (flow.opened) sink_->OnFlowClosed(name, Transport::kTcp, flow.remote, *flow.closing);
  }
}

}  // namespace understudy::sim
