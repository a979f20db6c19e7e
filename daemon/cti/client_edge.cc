#include "daemon/cti/client_edge.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/cti/client_events.h"
#include "daemon/cti/link_name.h"

namespace understudy::daemon {
namespace {

constexpr Duration kTick = Duration::Milliseconds(100);
// A tick that comes so late says that this process stood still, not that its clients were silent.
constexpr Duration kLateTick = Duration::Seconds(1);
// Something is said to a client so often in the time after which it would close.
constexpr int64_t kPingsInAddp = 3;

}  // namespace

ClientEdge::ClientEdge(net::Scheduler* scheduler, ClientHost* host, PasswordCheck* passwords, log::Log* log,
                       const ClientOptions& options)
    : scheduler_(scheduler),
      host_(host),
      passwords_(passwords),
      log_(log),
      options_(options),
      shares_(options.limits.links, options.limits.links_per_host),
      failures_(options.limits.failures, options.limits.failure_interval),
      role_(tlib::ServerRole::kBackup),
      tick_(scheduler, [this] { Tick(); }),
      alive_(std::make_shared<bool>(true)) {}

ClientEdge::~ClientEdge() {
  for (const auto& [handle, link] : links_) link->connection->Close();
}

engine::LinkId ClientEdge::NameOf(const ClientLink& link) const {
  return EngineLink(host_->epoch(), link.handle);
}

ClientEdge::LinkPtr ClientEdge::Find(uint64_t handle) const {
  const auto it = links_.find(handle);
  return it == links_.end() ? nullptr : it->second;
}

ClientEdge::LinkPtr ClientEdge::Attached(engine::LinkId link) const {
  if (!host_->Serves()) return nullptr;
  const LinkPtr found = Find(NodeLink(host_->epoch(), link));
  return found == nullptr || found->state != State::kAttached ? nullptr : found;
}

// What is done to one may end it, and others.
std::vector<ClientEdge::LinkPtr> ClientEdge::All() const {
  std::vector<LinkPtr> all;
  all.reserve(links_.size());
  for (const auto& [handle, link] : links_) all.push_back(link);
  return all;
}

tlib::ServerRole ClientEdge::RoleNow() const {
  return host_->Serves() ? tlib::ServerRole::kPrimary : tlib::ServerRole::kBackup;
}

// ---- Links

void ClientEdge::Accept(std::shared_ptr<ClientConnection> connection) {
  const net::MonotonicTime now = scheduler_->Now();
  const auto link = std::make_shared<ClientLink>(++last_handle_, std::move(connection), options_.limits, now);
  const uint64_t handle = link->handle;
  links_.emplace(handle, link);
  link->has_share = shares_.Take(link->connection->remote());
  ++counters_.accepted;
  counters_.links = links_.size();
  if (links_.size() > options_.limits.links) {
    return End(link, LinkEnd::kTooManyLinks, absl::StrCat("this node serves ", options_.limits.links, " links"));
  }
  if (!link->has_share) {
    return End(link, LinkEnd::kTooManyOfHost,
               absl::StrCat("this node serves ", options_.limits.links_per_host, " links of one host"));
  }
  link->connection->SetEvents({[this, handle](absl::string_view octets) { OnOctets(handle, octets); },
                               [this, handle](const absl::Status& why) { OnClosed(handle, why); }});
  SetTick();
}

void ClientEdge::OnOctets(uint64_t handle, absl::string_view octets) {
  const LinkPtr link = Find(handle);
  if (link == nullptr) return;
  link->heard_at = scheduler_->Now();
  if (!host_->BeforeCutting(octets)) {
    return End(link, LinkEnd::kQuarantined, "these octets have brought a server down");
  }
  link->Cut(octets);
  host_->AfterCutting();
  Work(link);
}

void ClientEdge::OnClosed(uint64_t handle, const absl::Status& why) {
  const LinkPtr link = Find(handle);
  if (link == nullptr) return;
  if (log_ != nullptr && link->state >= State::kWelcome) {
    log_->Write(kClientDisconnected,
                {{"client", link->application}, {"address", link->address}, {"why", why.message()}});
  }
  Drop(link, false);
}

bool ClientEdge::MayWork(ClientLink& link) const {
  const net::MonotonicTime now = scheduler_->Now();
  if (held_ || link.state == State::kChecking || !link.MayRequest(now)) return false;
  if (link.state == State::kGreeting) {
    return failures_.MayTry(link.connection->remote(), now) != FailureLimit::Answer::kLater;
  }
  if (link.state != State::kAttached || !link.next_is_request()) return true;
  return link.open_requests() < options_.limits.request_window;
}

// What cannot be done yet waits, and the client is not read meanwhile.
void ClientEdge::Work(const LinkPtr& link) {
  while (link->state != State::kEnded && link->has_frame()) {
    if (!MayWork(*link)) {
      if (!std::exchange(link->stalled, true)) {
        ++counters_.stalls;
        link->connection->PauseReading();
      }
      (link->state == State::kGreeting ? unheard_ : stalled_).insert(link->handle);
      return;
    }
    Take(link, link->TakeFrame());
  }
  stalled_.erase(link->handle);
  unheard_.erase(link->handle);
  if (link->state == State::kEnded) return;
  if (!link->error().ok()) return EndBroken(link);
  if (std::exchange(link->stalled, false)) link->connection->ResumeReading();
}

void ClientEdge::WorkAgain(const absl::btree_set<uint64_t>& stalled) {
  const std::vector<uint64_t> handles(stalled.begin(), stalled.end());
  for (const uint64_t handle : handles) {
    if (const LinkPtr link = Find(handle); link != nullptr) Work(link);
  }
}

void ClientEdge::EndBroken(const LinkPtr& link) {
  const bool large = absl::IsResourceExhausted(link->error());
  End(link, large ? LinkEnd::kTooLarge : LinkEnd::kGarbage, link->error().message());
}

void ClientEdge::Hold(bool held) {
  was_held_ = was_held_ || held;
  if (!std::exchange(held_, held) || held) return;
  WorkAgain(unheard_);
  WorkAgain(stalled_);
}

void ClientEdge::EndOfTurn() {
  if (!slow_.empty()) EndSlow();
  if (!stalled_.empty()) WorkAgain(stalled_);
}

void ClientEdge::SendTo(const LinkPtr& link, const tlib::Frame& frame) {
  if (link->state == State::kEnded) return;
  const net::MonotonicTime now = scheduler_->Now();
  link->Send(frame, now, &scratch_);
  counters_.queued_octets += scratch_.size();
  if (IsSlow(*link, now)) slow_.insert(link->handle);
}

void ClientEdge::EndSlow() {
  const std::vector<uint64_t> slow(slow_.begin(), slow_.end());
  slow_.clear();
  for (const uint64_t handle : slow) {
    const LinkPtr link = Find(handle);
    if (link == nullptr) continue;
    End(link, LinkEnd::kSlow, absl::StrCat(link->connection->queued_octets(), " octets wait for the client to read"));
  }
}

bool ClientEdge::IsSlow(ClientLink& link, net::MonotonicTime now) {
  const ClientLimits& limits = options_.limits;
  const size_t queued = link.connection->queued_octets();
  if (queued <= limits.queued_octets) link.full_since.reset();
  if (queued > limits.queued_octets && !link.full_since) link.full_since = now;
  if (queued > limits.most_queued_octets) return true;
  if (queued > limits.share_octets && counters_.queued_octets > limits.total_queued_octets) return true;
  return link.full_since && now - *link.full_since > limits.slow;
}

void ClientEdge::End(const LinkPtr& link, LinkEnd why, absl::string_view text) {
  if (link->state == State::kEnded) return;
  ++counters_.ends[static_cast<size_t>(why)];
  if (log_ != nullptr) {
    log_->Write(
        why == LinkEnd::kSlow ? kClientSlow : kClientRefused,
        {{"reason", LinkEndName(why)}, {"client", link->application}, {"address", link->address}, {"why", text}});
  }
  link->Send(tlib::Goodbye{CodeOf(why), std::string(text)}, scheduler_->Now(), &scratch_);
  Drop(link, false);
}

void ClientEdge::Drop(const LinkPtr& link, bool ended) {
  if (link->state == State::kEnded) return;
  Settle(link, true);
  const bool known = link->state == State::kAttached;
  if (known) --counters_.attached;
  link->state = State::kEnded;
  link->connection->Close();
  if (link->has_share) shares_.Give(link->connection->remote());
  stalled_.erase(link->handle);
  unheard_.erase(link->handle);
  acknowledging_.erase(link->handle);
  slow_.erase(link->handle);
  links_.erase(link->handle);
  counters_.links = links_.size();
  if (links_.empty()) counters_.queued_octets = 0;
  if (!known || !host_->Serves()) return;
  const engine::ClientLinkLost lost{NameOf(*link), ended};
  host_->Append(lost, absl::StrCat("the link ", lost.link.value(), " of ", link->application, " is lost\r\n"));
}

// ---- Effects

void ClientEdge::Send(const engine::SendClient& effect) {
  const LinkPtr link = Attached(effect.link);
  if (link == nullptr) return;
  if (const auto* event = std::get_if<tlib::EventFrame>(&effect.frame)) {
    ++counters_.events;
    link->last_event = std::max(link->last_event, event->number);
    if (event->reference_id.has_value()) link->NoteOutcome();
    return SendTo(link, *event);
  }
  const auto& attached = std::get<tlib::Attached>(effect.frame);
  link->NoteAttached(attached.last_request);
  SendTo(link, attached);
}

// The engine knows that the link ends: it does not hear of it again.
void ClientEdge::Close(const engine::CloseClient& effect) {
  const LinkPtr link = Attached(effect.link);
  if (link == nullptr) return;
  ++counters_.ends[static_cast<size_t>(LinkEnd::kSession)];
  SendTo(link, effect.goodbye);
  link->state = State::kWelcome;
  --counters_.attached;
  Drop(link, false);
}

// ---- Roles

// The engine forgets all links with the first entry of an epoch, so that none is attached after either change.
void ClientEdge::OnRole() {
  const tlib::ServerRole role = RoleNow();
  if (role == role_) return;
  role_ = role;
  acknowledging_.clear();
  for (const LinkPtr& link : All()) {
    if (link->state == State::kAttached) {
      link->state = State::kWelcome;
      --counters_.attached;
    }
    if (link->state == State::kWelcome) SendTo(link, tlib::Role{role});
  }
}

void ClientEdge::Stop() {
  while (!links_.empty()) {
    const LinkPtr link = links_.begin()->second;
    if (link->state == State::kAttached) --counters_.attached;
    if (link->state != State::kChecking) link->state = State::kWelcome;
    End(link, LinkEnd::kStopping, "this node is being stopped");
  }
}

// ---- Time

void ClientEdge::SetTick() {
  if (tick_.is_set() || links_.empty()) return;
  ticked_ = scheduler_->Now();
  tick_.SetAfter(kTick);
}

void ClientEdge::Tick() {
  const net::MonotonicTime now = scheduler_->Now();
  const bool was_held = std::exchange(was_held_, held_);
  const bool stood_still = was_held || now - ticked_ > kLateTick;
  WorkAgain(unheard_);
  WorkAgain(stalled_);
  counters_.queued_octets = 0;
  for (const auto& [handle, link] : links_) {
    if (stood_still) link->opened_at = std::min(now, link->opened_at + (now - ticked_));
    if (stood_still || link->stalled) link->heard_at = now;
    counters_.queued_octets += link->connection->queued_octets();
  }
  for (const LinkPtr& link : All()) Look(link, now);
  EndSlow();
  Acknowledge();
  SetTick();
}

void ClientEdge::Look(const LinkPtr& link, net::MonotonicTime now) {
  if (link->state == State::kEnded) return;
  const bool is_welcome = link->state >= State::kWelcome;
  if (!is_welcome && now - link->opened_at > options_.limits.handshake) return EndUnwelcome(link);
  if (is_welcome && options_.addp > Duration() && now - link->heard_at > options_.addp) {
    return End(link, LinkEnd::kSilent,
               absl::StrCat("nothing was heard of the client for ", options_.addp.milliseconds(), " ms"));
  }
  if (IsSlow(*link, now)) slow_.insert(link->handle);
  const bool pings = is_welcome && link->addp > Duration();
  if (pings && (now - link->sent_at) * kPingsInAddp >= link->addp) SendTo(link, tlib::Ping{});
}

void ClientEdge::Acknowledge() {
  if (acknowledging_.empty() || !host_->Serves()) return;
  engine::ClientsAcknowledged input;
  armed_.clear();
  for (const uint64_t handle : acknowledging_) {
    const ClientLink& link = *links_.at(handle);
    input.rows.push_back({NameOf(link), link.acknowledged});
    absl::StrAppend(&armed_, "the link ", input.rows.back().link.value(), " has event ", link.acknowledged, "\r\n");
  }
  acknowledging_.clear();
  ++counters_.acknowledgements;
  host_->Append(std::move(input), armed_);
}

}  // namespace understudy::daemon
