#include "tests/bench/cti/load_clients.h"

#include <chrono>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/requests.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::bench {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::MessageType;

namespace {

using Clock = std::chrono::steady_clock;

int64_t Microseconds(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

int64_t WallMicroseconds() {
  return Microseconds(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

LoadClients::LoadClients(boost::asio::io_context& io, const LoadOptions& options) : io_(io), options_(options) {}

// Client i has the DNs from i * registrations on, around the end of the list.
absl::Status LoadClients::StartNext() {
  const size_t client = clients_.size();
  client::ClientOptions options;
  options.servers = options_.servers;
  options.application = absl::StrCat("load-", client);
  clients_.push_back(std::make_unique<client::Client>(io_, options));
  clients_[client]->on_event([this, client](const client::Event& event) { Hear(client, event); });
  if (absl::Status started = clients_[client]->Start(); !started.ok()) return started;
  for (size_t i = 0; i < options_.registrations; ++i) {
    Register(client, Dn(static_cast<int64_t>(client * options_.registrations + i)));
  }
  return absl::OkStatus();
}

std::string LoadClients::Dn(int64_t index) const {
  return absl::StrCat(options_.first_dn + index % options_.dns);
}

void LoadClients::Register(size_t client, const std::string& dn) {
  const size_t number = requests_.Asked();
  clients_[client]->Request(client::RegisterAddress(dn), [this, client, dn, number](const client::Event& outcome) {
    requests_.Answered(number, outcome.error_code());
    if (outcome.is_error()) {
      ++refused_;
      return;
    }
    ++registered_;
    events_.Registered(client, dn, static_cast<uint64_t>(outcome.message.Number(Attribute::kEventSequenceNumber)));
  });
}

void LoadClients::Hear(size_t client, const client::Event& event) {
  if (event.local) return HearLink(event);
  if (event.is_error() && event.request == 0) ++unasked_errors;
  if (measures_ && event.message.Has(Attribute::kConnID)) {
    ages_.Add(WallMicroseconds() - event.message.Number(Attribute::kTime));
  }
  events_.Heard(client, event.message);
  heard_(client, event);
}

void LoadClients::HearLink(const client::Event& event) {
  const MessageType type = event.message.type();
  if (type == MessageType::kEventRestoreConnection) ++resumed;
  if (type == MessageType::kEventServerDisconnected) ++sessions_lost;
  if (event.error_code() == ErrorCode::kProtocolError) ++streams_broken;
}

void LoadClients::Ask(absl::string_view dn, const tlib::Message& request, client::Client::Callback done) {
  const size_t number = requests_.Asked();
  const Clock::time_point asked = Clock::now();
  clients_[HearerOf(dn)]->Request(request, [this, number, asked, done = std::move(done)](const client::Event& outcome) {
    requests_.Answered(number, outcome.error_code());
    if (measures_ && !outcome.is_error()) answers_.Add(Microseconds(Clock::now() - asked));
    done(outcome);
  });
}

size_t LoadClients::HearerOf(absl::string_view dn) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(dn, &number)) return 0;
  const auto index = static_cast<size_t>(number - options_.first_dn);
  const size_t dns = static_cast<size_t>(options_.dns);
  const size_t slots = options_.clients * options_.registrations;
  const size_t times = (slots - index + dns - 1) / dns;  // how often the DN is registered
  return (index + turn_++ % times * dns) / options_.registrations;
}

}  // namespace understudy::bench
