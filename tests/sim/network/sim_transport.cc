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
      gathered_(loop, [this] {
        gathering_ = false;
        Read();
      }),
      paused_long_(loop, [this] { ResumeDatagrams(); }) {}

SimTransport::~SimTransport() { network_->Forget(this); }

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
  listening_ = held_ = stopped_ = datagrams_paused_ = streams_paused_ = gathering_ = false;
  out_.clear();
  failed_.clear();
  flows_.clear();
  gathered_.Clear();
  paused_long_.Clear();
}

void SimTransport::Readable() { ReadSoon(); }

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

// One message of each connection after the other: the sink may close any of them meanwhile.
void SimTransport::ReadStreams() {
  std::vector<uint64_t> names;
  for (const auto& [name, flow] : flows_) {
    if (!flow.in.empty()) names.push_back(name);
  }
  for (const uint64_t name : names) {
    while (reads() && !streams_paused_ && sink_->MayRead() && !held_ && ReadStream(name)) {
    }
  }
}

bool SimTransport::ReadStream(uint64_t name) {
  const auto found = flows_.find(name);
  if (found == flows_.end() || found->second.in.empty()) return false;
  const std::string bytes = std::move(found->second.in.front());
  found->second.in.pop_front();
  net::Received received;
  received.transport = Transport::kTcp;
  received.flow = name;
  received.local = network_->service();
  received.remote = found->second.remote;
  received.bytes = bytes;
  if (!sink_->BeforeCutting(bytes)) {
    CloseFlow(name);
    return false;
  }
  sink_->OnRound(absl::MakeConstSpan(&received, 1));
  sink_->AfterCutting();
  return true;
}

void SimTransport::FlowAccepted(uint64_t flow, const Endpoint& remote) {
  flows_[flow].remote = remote;
  loop_->Post([this, flow, remote, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || !flows_.contains(flow)) return;
    sink_->OnFlowOpened(flow, Transport::kTcp, network_->service(), remote);
  });
}

void SimTransport::FlowMessage(uint64_t flow, std::string bytes) {
  const auto found = flows_.find(flow);
  if (found == flows_.end() || found->second.in.size() >= kFlowMessages) return;
  found->second.in.push_back(std::move(bytes));
  ReadSoon();
}

// What came before the end is read before it.
void SimTransport::FlowEnded(uint64_t flow, net::FlowEnd why) {
  loop_->Post([this, flow, why, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    const auto found = flows_.find(flow);
    if (found == flows_.end()) return;
    while (reads() && !streams_paused_ && ReadStream(flow)) {
    }
    const auto still = flows_.find(flow);
    if (still == flows_.end()) return;
    const Endpoint remote = still->second.remote;
    flows_.erase(still);
    sink_->OnFlowClosed(flow, Transport::kTcp, remote, why);
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
  out_.push_back(outgoing);
  if (outgoing.transport == Transport::kUdp || outgoing.flow != 0) return outgoing.flow;
  for (const auto& [name, flow] : flows_) {
    if (flow.remote == outgoing.remote) return out_.back().flow = name;
  }
  const uint64_t name = network_->ConnectTo(this, outgoing.remote);
  flows_[name].remote = outgoing.remote;
  return out_.back().flow = name;
}

void SimTransport::Fail(const net::Outgoing& outgoing, net::SendFailure why) {
  if (outgoing.token != 0) failed_.push_back({outgoing.token, why, outgoing.flow});
}

void SimTransport::Flush() {
  const std::vector<net::Outgoing> out = std::exchange(out_, {});
  for (const net::Outgoing& outgoing : out) {
    if (outgoing.transport == Transport::kUdp) {
      network_->SendDatagram(this, outgoing.remote, outgoing.bytes);
    } else if (flows_.contains(outgoing.flow)) {
      network_->SendStream(this, outgoing.flow, outgoing.bytes);
    } else {
      Fail(outgoing, net::SendFailure::kFlowGone);
    }
  }
  TellFailures();
}

void SimTransport::TellFailures() {
  const std::vector<net::FailedSend> failed = std::exchange(failed_, {});
  for (const net::FailedSend& failure : failed) {
    if (failure.token != 0) sink_->OnSendFailed(failure.token, failure.why);
  }
}

void SimTransport::CloseFlow(uint64_t flow) {
  if (flows_.erase(flow) > 0) network_->CloseFlow(flow);
}

}  // namespace understudy::sim
