#include "tools/cti/cti_connection.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::tools {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::MessageType;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSlice(100);
constexpr std::chrono::seconds kFarewell(1);

// A server's reason, and not the network's. Of who was no server of ours in the first place it is none either.
bool IsRefusal(ErrorCode code, bool was_welcome) {
  switch (code) {
    case ErrorCode::kNone:
    case ErrorCode::kNotPrimary:
      return false;
    case ErrorCode::kTimeout:
    case ErrorCode::kIdleTimeout:
    case ErrorCode::kProtocolError:
      return was_welcome;
    default:
      return true;
  }
}

bool IsBarred(ErrorCode code) {
  return code == ErrorCode::kInvalidPassword || code == ErrorCode::kVersion || code == ErrorCode::kTooManySessions;
}

}  // namespace

CtiConnection::CtiConnection(const client::ClientOptions& options, Duration patience, std::function<bool()> go_on)
    : work_(io_.get_executor()),
      names_(options.servers),
      servers_(options.servers.begin(), options.servers.end()),
      patience_(patience),
      go_on_(std::move(go_on)),
      client_(io_, options) {
  client_.on_event([this](const client::Event& event) { Hear(event); });
}

void CtiConnection::Hear(const client::Event& event) {
  if (event.local) HearLink(event);
  on_event_(event);
}

void CtiConnection::HearLink(const client::Event& event) {
  if (event.message.type() == MessageType::kEventLinkConnected) {
    up_.insert(event.server);
    failed_.erase(event.server);
  }
  if (event.message.type() != MessageType::kEventLinkDisconnected) return;
  const bool was_welcome = up_.erase(event.server) > 0;
  failed_.insert(event.server);
  last_failure_ = absl::StrCat(event.server, ": ", event.message.Text(Attribute::kErrorMessage));
  is_barred_ = is_barred_ || IsBarred(event.error_code());
  if (!IsRefusal(event.error_code(), was_welcome)) return;
  const int64_t code = event.message.Number(Attribute::kErrorCode);
  refusal_ = absl::StrCat(event.server, ": ", tlib::EnumName(Attribute::kErrorCode, code), ": ",
                          event.message.Text(Attribute::kErrorMessage));
}

absl::Status CtiConnection::Open() {
  if (absl::Status started = client_.Start(); !started.ok()) return started;
  Run([this] { return client_.is_attached() || is_barred_ || failed_ == servers_; }, patience_);
  if (client_.is_attached()) return absl::OkStatus();
  return WhyNot();
}

absl::Status CtiConnection::OpenLinks() {
  if (absl::Status started = client_.Start(); !started.ok()) return started;
  Run([this] { return is_barred_ || up_.size() + failed_.size() == servers_.size(); }, patience_);
  return up_.empty() ? WhyNot() : absl::OkStatus();
}

absl::StatusOr<std::vector<client::Event>> CtiConnection::AskServers() {
  const auto outcomes = std::make_shared<std::vector<client::Event>>();
  size_t asked = 0;
  for (size_t i = 0; i < names_.size(); ++i) {
    if (up_.count(names_[i]) == 0) continue;
    ++asked;
    client_.QueryServer(i, [outcomes](const client::Event& event) { outcomes->push_back(event); });
  }
  Run([&] { return outcomes->size() == asked; }, patience_);
  if (was_stopped_) return absl::CancelledError("interrupted");
  if (outcomes->empty()) {
    return absl::DeadlineExceededError(absl::StrCat("no answer to RequestQueryServer in ", patience_.seconds(), " s"));
  }
  std::sort(outcomes->begin(), outcomes->end(),
            [](const client::Event& a, const client::Event& b) { return a.server < b.server; });
  return *outcomes;
}

absl::Status CtiConnection::WhyNot() const {
  if (was_stopped_) return absl::CancelledError("interrupted");
  if (!refusal_.empty()) return absl::UnavailableError(absl::StrCat("the server refuses this client: ", refusal_));
  if (up_.empty()) {
    return absl::UnavailableError(absl::StrCat("no server: ", last_failure_.empty() ? "no answer yet" : last_failure_,
                                               "; is it running, and is that its tlib-port?"));
  }
  return absl::UnavailableError(
      "none of the servers is the primary now: the other one may be down; name both with --server");
}

absl::StatusOr<client::Event> CtiConnection::Ask(const tlib::Message& request) {
  const auto outcome = std::make_shared<absl::optional<client::Event>>();
  client_.Request(request, [outcome](const client::Event& event) { *outcome = event; });
  Run([&] { return outcome->has_value(); }, patience_);
  if (outcome->has_value()) return **outcome;
  if (was_stopped_) return absl::CancelledError("interrupted; the request may be done all the same");
  return absl::DeadlineExceededError(absl::StrCat("no answer to ", tlib::MessageTypeName(request.type()), " in ",
                                                  patience_.seconds(), " s; it may be done all the same"));
}

bool CtiConnection::Run(const std::function<bool()>& until, absl::optional<Duration> at_most) {
  const Clock::time_point begin = Clock::now();
  while (!until()) {
    if (at_most.has_value() && Clock::now() - begin >= std::chrono::nanoseconds(at_most->nanoseconds())) return false;
    if (!go_on_()) {
      was_stopped_ = true;
      return false;
    }
    io_.run_one_for(kSlice);
  }
  return true;
}

void CtiConnection::Close() {
  client_.Close();
  work_.reset();
  io_.run_for(kFarewell);
}

}  // namespace understudy::tools
