#include "tests/sim/clients/cti_client.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tests/sim/network/client_password.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;

constexpr int64_t kOneReference = 7;
constexpr Duration kSilence = Duration::Seconds(6);

}  // namespace

CtiClient::CtiClient(const ClientHabits& habits, const ClientNumbers* numbers, EventQueue* events,
                     ClientNetwork* network, ClientBook* book, const Chance& chance)
    : habits_(habits), numbers_(numbers), events_(events), network_(network), book_(book), chance_(chance) {}

void CtiClient::Start() {
  Begin();
  ActSoon();
}

void CtiClient::Begin() {
  tlib::ClientSession::Options options;
  options.application = habits_.name;
  options.password = PasswordOf(habits_.name);
  options.servers = static_cast<int>(habits_.machines.size());
  options.seed = chance_.Fork("life", ++lives_).Bits();
  options.times.silence = kSilence;
  session_ = std::make_unique<tlib::ClientSession>(options);
  session_->Start(now());
  Run();
}

bool CtiClient::IsAtRest() const {
  if (session_ == nullptr || stands_still()) return false;
  return session_->is_attached() ? session_->pending_requests() == 0 : !links_to_both();
}

uint64_t CtiClient::LinkTo(int server) const {
  const auto found =
      std::find_if(links_.begin(), links_.end(), [&](const auto& row) { return row.second.server == server; });
  return found == links_.end() ? 0 : found->first;
}

// ---- What its library wants

void CtiClient::Run() {
  while (session_ != nullptr) {
    const std::vector<tlib::ClientOutput> outputs = session_->TakeOutputs();
    if (outputs.empty()) break;
    for (const tlib::ClientOutput& output : outputs) {
      std::visit([this](const auto& what) { Do(what); }, output);
    }
  }
  SetAlarm();
}

void CtiClient::Do(const tlib::ClientConnect& connect) {
  const size_t machine = habits_.machines.at(static_cast<size_t>(connect.server));
  const uint64_t name = network_->Connect(this, machine);
  book_->Opened(habits_.name, name);
  links_[name].server = connect.server;
}

void CtiClient::Do(const tlib::ClientClose& close) {
  const uint64_t name = LinkTo(close.server);
  if (name == 0) return;
  links_.erase(name);
  network_->Disconnect(name);
}

void CtiClient::Do(const tlib::ClientSend& send) {
  const uint64_t name = LinkTo(send.server);
  if (name == 0) return;
  tlib::Frame frame = send.frame;
  if (auto* request = std::get_if<tlib::RequestFrame>(&frame)) HideReference(request);
  book_->Said(name, frame);
  std::string octets;
  tlib::AppendFrame(frame, &octets);
  network_->Send(name, octets);
}

void CtiClient::Do(const tlib::ClientEvent& event) {
  if (event.local && event.message.type() == tlib::MessageType::kEventPrimaryChanged) ++acts_.primaries_changed;
  if (event.local && event.message.type() == tlib::MessageType::kEventServerDisconnected) hidden_.clear();
}

void CtiClient::SetAlarm() {
  events_->Cancel(alarm_);
  alarm_ = 0;
  const absl::optional<tlib::ClientTime> due = session_ == nullptr ? absl::nullopt : session_->alarm();
  if (!due) return;
  const Duration at = std::max(Duration::Nanoseconds(due->nanoseconds()), still_until_);
  alarm_ = events_->At(at, [this] {
    alarm_ = 0;
    session_->OnAlarm(now());
    Run();
  });
}

void CtiClient::HideReference(tlib::RequestFrame* request) {
  if (!habits_.same_reference) return;
  hidden_[request->number] = request->message.Number(Attribute::kReferenceID);
  request->message.Set(Attribute::kReferenceID, kOneReference);
}

// Which request it belongs to knows the book. One that came before is dropped by its number.
void CtiClient::ShowReference(bool is_new, tlib::EventFrame* event) {
  if (!habits_.same_reference || !event->reference_id || !is_new) return;
  const SessionRecord* const session = book_->SessionOf(habits_.name);
  const auto found = hidden_.find(session == nullptr ? 0 : session->requests.last_answered());
  if (found != hidden_.end()) event->reference_id = found->second;
}

// ---- Its links

void CtiClient::LinkOpened(uint64_t name) {
  const auto link = links_.find(name);
  if (link == links_.end() || session_ == nullptr) return;
  const size_t machine = habits_.machines.at(static_cast<size_t>(link->second.server));
  network_->SetReads(name, !stands_still());
  if (events_->now() < kept_until_[machine]) return network_->Break(name);
  session_->OnOpened(link->second.server, now());
  Run();
}

void CtiClient::LinkOctets(uint64_t name, absl::string_view octets) {
  links_.at(name).reader.Push(octets);
  while (links_.contains(name)) {
    Link& link = links_.at(name);
    absl::StatusOr<absl::optional<tlib::Frame>> frame = link.reader.Next();
    if (!frame.ok()) {
      session_->OnRubbish(link.server, frame.status().message(), now());
    } else if (!frame->has_value()) {
      break;
    } else {
      const SessionRecord* const session = book_->SessionOf(habits_.name);
      const uint64_t heard = session == nullptr ? 0 : session->heard();
      book_->Heard(name, **frame);
      auto* const event = std::get_if<tlib::EventFrame>(&**frame);
      if (event != nullptr) ShowReference(event->number > heard, event);
      session_->OnFrame(link.server, **frame, now());
    }
    Run();
  }
}

void CtiClient::LinkClosed(uint64_t name) {
  const auto link = links_.find(name);
  if (link == links_.end()) return;
  const int server = link->second.server;
  links_.erase(link);
  session_->OnLost(server, "the link has ended", now());
  Run();
}

void CtiClient::DropLinks() {
  for (const auto& [name, link] : std::exchange(links_, {})) network_->Disconnect(name);
}

// ---- What happens to it

void CtiClient::CutLinksTo(size_t machine) {
  for (const auto& [name, link] : links_) {
    if (habits_.machines.at(static_cast<size_t>(link.server)) == machine) network_->Break(name);
  }
}

void CtiClient::KeepFrom(size_t machine, Duration span) {
  kept_until_[machine] = std::max(kept_until_[machine], events_->now() + span);
}

void CtiClient::Stall(Duration span) {
  ++acts_.stalls;
  still_until_ = std::max(still_until_, events_->now() + span);
  for (const auto& [name, link] : links_) network_->SetReads(name, false);
  SetAlarm();
  events_->At(still_until_, [this] {
    if (stands_still()) return;
    std::vector<uint64_t> names;
    for (const auto& [name, link] : links_) names.push_back(name);
    for (const uint64_t name : names) network_->SetReads(name, true);
  });
}

void CtiClient::Restart(Duration away) {
  if (session_ == nullptr) return;
  ++acts_.restarts;
  DropLinks();
  book_->NoteForgotten(habits_.name);
  session_.reset();
  hidden_.clear();
  SetAlarm();
  events_->After(away, [this] { Begin(); });
}

}  // namespace understudy::sim
