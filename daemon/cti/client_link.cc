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

size_t ClientLink::OpenRequests(Lsn released) {
  while (!requests_.empty() && requests_.front() <= released) requests_.pop_front();
  return requests_.size();
}

void ClientLink::Send(const tlib::Frame& frame, net::MonotonicTime now, std::string* scratch) {
  scratch->clear();
  AppendToWire(connection->wire(), frame, scratch);
  connection->Send(*scratch);
  sent_at = now;
}

}  // namespace understudy::daemon
