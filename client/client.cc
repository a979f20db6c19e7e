#include "client/client.h"

#include <limits.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "client/link.h"
#include "client/server_name.h"
#include "client/tls.h"

namespace understudy::client {

namespace asio = boost::asio;

namespace {

constexpr size_t kMostServers = 2;
constexpr size_t kMostApplication = 255;

tlib::ClientTime Now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return tlib::ClientTime::FromNanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

std::chrono::steady_clock::time_point ToSteady(tlib::ClientTime time) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(time.nanoseconds()));
}

absl::Status CheckOptions(const ClientOptions& options) {
  if (options.servers.empty() || options.servers.size() > kMostServers) {
    return absl::InvalidArgumentError(absl::StrCat("found ", options.servers.size(), " servers; allowed: one or two"));
  }
  if (options.application.empty() || options.application.size() > kMostApplication) {
    return absl::InvalidArgumentError(absl::StrCat("the application's name has ", options.application.size(),
                                                   " octets; allowed: 1 to ", kMostApplication));
  }
  const bool are_positive = options.opening > Duration() && options.first_retry > Duration();
  if (are_positive && options.last_retry >= options.first_retry && options.addp >= Duration()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "durations: opening and first_retry are above 0, last_retry is not below first_retry");
}

tlib::ClientSession::Options SessionOptions(const ClientOptions& options) {
  tlib::ClientSession::Options session;
  session.application = options.application;
  session.password = options.password;
  session.has_session = options.has_session;
  session.servers = static_cast<int>(std::clamp<size_t>(options.servers.size(), 1, kMostServers));
  session.times.opening = options.opening;
  session.times.first_retry = options.first_retry;
  session.times.last_retry = options.last_retry;
  session.times.silence = options.addp;
  session.seed = std::random_device()();
  return session;
}

}  // namespace

bool Event::is_error() const {
  return message.type() == tlib::MessageType::kEventError;
}

tlib::ErrorCode Event::error_code() const {
  return static_cast<tlib::ErrorCode>(message.Number(tlib::Attribute::kErrorCode));
}

// Outlives the client inside a callback that destroys it.
class Client::Rep : public std::enable_shared_from_this<Client::Rep> {
 public:
  Rep(asio::io_context& io, ClientOptions options)
      : io_(io), options_(std::move(options)), session_(SessionOptions(options_)), timer_(io) {}

  absl::Status Start() {
    if (absl::Status options = CheckOptions(options_); !options.ok()) return options;
    for (const std::string& text : options_.servers) {
      absl::StatusOr<ServerName> name = ParseServerName(text);
      if (!name.ok()) return name.status();
      names_.push_back(*std::move(name));
    }
    if (options_.tls.has_value()) {
      absl::StatusOr<LinkTls> tls = LoadTls(*options_.tls);
      if (!tls.ok()) return tls.status();
      tls_ = *std::move(tls);
    }
    links_.resize(names_.size());
    started_ = true;
    session_.Start(Now());
    PumpLater();
    return absl::OkStatus();
  }

  tlib::RequestId Request(const tlib::Message& request, Callback on_outcome) {
    const tlib::RequestId id = session_.Request(request, Now());
    if (on_outcome) callbacks_[id] = std::move(on_outcome);
    PumpLater();
    return id;
  }

  tlib::RequestId QueryServer(size_t server, Callback on_outcome) {
    const tlib::Message query(tlib::MessageType::kRequestQueryServer);
    const tlib::RequestId id = session_.QueryServer(static_cast<int>(std::min<size_t>(server, INT_MAX)), query, Now());
    if (on_outcome) callbacks_[id] = std::move(on_outcome);
    PumpLater();
    return id;
  }

  void Close() {
    if (closed_) return;
    closed_ = true;
    if (started_) session_.Close(Now());
    for (tlib::ClientOutput& output : session_.TakeOutputs()) {
      if (!std::holds_alternative<tlib::ClientEvent>(output)) std::visit([this](auto& each) { Do(each); }, output);
    }
    timer_.cancel();
    callbacks_.clear();
    links_.clear();
  }

  Callback on_event = [](const Event&) {};
  const tlib::ClientSession& session() const { return session_; }

 private:
  // Requests of one turn leave together, and no callback comes from within Request.
  void PumpLater() {
    if (std::exchange(pump_posted_, true)) return;
    asio::post(io_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Pump();
    });
  }

  void Pump() {
    const std::shared_ptr<Rep> self = shared_from_this();
    pump_posted_ = false;
    if (closed_ || std::exchange(pumping_, true)) return;
    for (auto outputs = session_.TakeOutputs(); !outputs.empty() && !closed_; outputs = session_.TakeOutputs()) {
      for (tlib::ClientOutput& output : outputs) {
        if (!closed_) std::visit([this](auto& each) { Do(each); }, output);
      }
    }
    pumping_ = false;
    if (closed_) return;
    for (const std::shared_ptr<Link>& link : links_) {
      if (link != nullptr) link->Flush();
    }
    SetTimer();
  }

  // Alarms move into the future with every frame: the timer stays, and finds nothing to do.
  void SetTimer() {
    const absl::optional<tlib::ClientTime> alarm = session_.alarm();
    if (!alarm.has_value() || (alarm_.has_value() && *alarm_ <= *alarm)) return;
    alarm_ = alarm;
    timer_.expires_at(ToSteady(*alarm));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || self == nullptr || self->closed_) return;
      self->alarm_ = absl::nullopt;
      self->session_.OnAlarm(Now());
      self->Pump();
    });
  }

  void Do(const tlib::ClientConnect& connect) {
    const size_t at = static_cast<size_t>(connect.server);
    links_[at] = Link::Open(io_, names_[at], tls_, EventsOf(connect.server, ++generation_));
    generations_[at] = generation_;
  }

  void Do(const tlib::ClientClose& close) {
    const std::shared_ptr<Link> link = std::exchange(links_[static_cast<size_t>(close.server)], nullptr);
    if (link != nullptr) link->Close();
  }

  void Do(const tlib::ClientSend& send) {
    const std::shared_ptr<Link>& link = links_[static_cast<size_t>(send.server)];
    if (link != nullptr) link->Send(send.frame);
  }

  // Start may have refused to have no servers.
  void Do(tlib::ClientEvent& said) {
    const size_t at = static_cast<size_t>(said.server);
    const std::string server = at < options_.servers.size() ? options_.servers[at] : "";
    const Event event{std::move(said.message), said.reference_id, said.request, said.local, server};
    const auto waiting = callbacks_.find(event.request);
    if (event.request != 0 && waiting != callbacks_.end()) {
      const Callback callback = std::move(waiting->second);
      callbacks_.erase(waiting);
      callback(event);
    }
    if (!closed_) on_event(event);
  }

  // What a link says after another has taken its place is of no interest.
  template <class Input>
  void Hear(int server, uint64_t generation, Input input) {
    if (closed_ || generations_[static_cast<size_t>(server)] != generation) return;
    input();
    Pump();
  }

  Link::Events EventsOf(int server, uint64_t generation) {
    const std::weak_ptr<Rep> weak = weak_from_this();
    auto hear = [weak, server, generation](auto input) {
      if (const auto self = weak.lock()) self->Hear(server, generation, [&] { input(self.get()); });
    };
    Link::Events events;
    events.opened = [hear, server] { hear([&](Rep* self) { self->session_.OnOpened(server, Now()); }); };
    events.frame = [hear, server](const tlib::Frame& frame) {
      hear([&](Rep* self) { self->session_.OnFrame(server, frame, Now()); });
    };
    events.rubbish = [hear, server](absl::string_view why) {
      hear([&](Rep* self) { self->session_.OnRubbish(server, why, Now()); });
    };
    events.lost = [hear, server](absl::string_view why) {
      hear([&](Rep* self) { self->session_.OnLost(server, why, Now()); });
    };
    return events;
  }

  asio::io_context& io_;
  const ClientOptions options_;
  std::vector<ServerName> names_;
  LinkTls tls_;
  tlib::ClientSession session_;
  asio::steady_timer timer_;
  absl::optional<tlib::ClientTime> alarm_;
  std::vector<std::shared_ptr<Link>> links_;
  std::array<uint64_t, kMostServers> generations_ = {};
  uint64_t generation_ = 0;
  absl::btree_map<tlib::RequestId, Callback> callbacks_;
  bool started_ = false;
  bool closed_ = false;
  bool pumping_ = false;
  bool pump_posted_ = false;
};

Client::Client(asio::io_context& io, ClientOptions options) : rep_(std::make_shared<Rep>(io, std::move(options))) {}

Client::~Client() {
  rep_->Close();
}

void Client::on_event(Callback callback) {
  rep_->on_event = std::move(callback);
}

absl::Status Client::Start() {
  return rep_->Start();
}

tlib::RequestId Client::Request(const tlib::Message& request, Callback on_outcome) {
  return rep_->Request(request, std::move(on_outcome));
}

tlib::RequestId Client::QueryServer(size_t server, Callback on_outcome) {
  return rep_->QueryServer(server, std::move(on_outcome));
}

void Client::Close() {
  rep_->Close();
}

bool Client::is_attached() const {
  return rep_->session().is_attached();
}

size_t Client::pending_requests() const {
  return rep_->session().pending_requests();
}

}  // namespace understudy::client
