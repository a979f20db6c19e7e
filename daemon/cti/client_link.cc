#include "daemon/cti/client_link.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

// Of a request's cost; Acknowledge and Ping make no entry of their own.
constexpr int64_t kFramesForARequest = 10;

Duration Interval(int64_t per_second) {
  return Duration::Nanoseconds(Duration::Seconds(1).nanoseconds() / per_second);
}

}  // namespace

ClientLink::ClientLink(uint64_t its_handle, std::shared_ptr<ClientConnection> its_connection,
                       const ClientLimits& limits, net::MonotonicTime now)
    : handle(its_handle),
      connection(std::move(its_connection)),
      address(connection->remote().ToText()),
      opened_at(now),
      heard_at(now),
      sent_at(now),
      hello_octets_(limits.hello_octets),
      reader_(connection->wire()),
      rate_(Interval(limits.requests_per_second), Duration::Seconds(1)) {}

void ClientLink::Cut(absl::string_view octets) {
  const bool is_first_text = connection->wire() == ClientWire::kJson && state == State::kGreeting && frames_.empty();
  if (is_first_text && octets.size() > hello_octets_) return RefuseGreeting();
  reader_.Push(octets);
  while (error_.ok()) {
    absl::StatusOr<absl::optional<tlib::Frame>> frame = reader_.Next();
    if (!frame.ok()) {
      error_ = frame.status();
    } else if (frame->has_value()) {
      frames_.push_back(**std::move(frame));
    } else {
      break;
    }
  }
  if (state == State::kGreeting && reader_.pending() > hello_octets_) RefuseGreeting();
}

void ClientLink::RefuseGreeting() {
  error_ = absl::ResourceExhaustedError(absl::StrCat("a first frame of more than ", hello_octets_, " octets"));
}

tlib::Frame ClientLink::TakeFrame() {
  tlib::Frame frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

void ClientLink::Charge(const tlib::Frame& frame, net::MonotonicTime now) {
  const bool is_request = std::holds_alternative<tlib::RequestFrame>(frame);
  const int64_t whole = rate_.interval().nanoseconds();
  rate_.Take(now, Duration::Nanoseconds(is_request ? whole : whole / kFramesForARequest));
}

bool ClientLink::next_is_request() const {
  return has_frame() && std::holds_alternative<tlib::RequestFrame>(frames_.front());
}

void ClientLink::NoteAttached(uint64_t number) {
  last_request_ = number;
  open_requests_ = 0;
}

// One that comes again is left out in silence, and has no outcome of its own.
void ClientLink::NoteRequest(uint64_t number) {
  if (number <= last_request_) return;
  last_request_ = number;
  ++open_requests_;
}

void ClientLink::NoteOutcome() {
  if (open_requests_ > 0) --open_requests_;
}

void ClientLink::Send(const tlib::Frame& frame, net::MonotonicTime now, std::string* scratch) {
  scratch->clear();
  AppendToWire(connection->wire(), frame, scratch);
  connection->Send(*scratch);
  sent_at = now;
}

}  // namespace understudy::daemon
