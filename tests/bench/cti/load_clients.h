// All clients of a load, each with a session of its own and its registrations; what they hear goes into the books.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_LOAD_CLIENTS_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_LOAD_CLIENTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "boost/asio/io_context.hpp"
#include "client/client.h"
#include "tests/bench/cti/delays.h"
#include "tests/bench/cti/event_book.h"
#include "tests/bench/cti/load_options.h"
#include "tests/bench/cti/request_book.h"

namespace understudy::bench {

class LoadClients {
 public:
  using Heard = std::function<void(size_t client, const client::Event& event)>;

  LoadClients(boost::asio::io_context& io, const LoadOptions& options);

  // Starts the next one, and asks for its registrations. False: all have been started.
  absl::Status StartNext();
  size_t started() const { return clients_.size(); }
  bool all_registered() const { return registered_ == options_.clients * options_.registrations; }
  uint64_t refused_registrations() const { return refused_; }

  // Each event of a server.
  void on_event(Heard heard) { heard_ = std::move(heard); }
  // From now on the age of events is noted.
  void Measure() { measures_ = true; }

  // By a client that is registered for the DN, in turn. `done` when the outcome comes.
  void Ask(absl::string_view dn, const tlib::Message& request, client::Client::Callback done);
  std::string Dn(int64_t index) const;

  EventBook& events() { return events_; }
  RequestBook& requests() { return requests_; }
  const Delays& ages() const { return ages_; }
  const Delays& answers() const { return answers_; }

  // What clients said about their links.
  uint64_t resumed = 0;
  uint64_t sessions_lost = 0;
  uint64_t streams_broken = 0;  // a number was missing, or came again
  uint64_t unasked_errors = 0;  // EventError that no request explains

 private:
  void Hear(size_t client, const client::Event& event);
  void HearLink(const client::Event& event);
  void Register(size_t client, const std::string& dn);
  size_t HearerOf(absl::string_view dn);

  boost::asio::io_context& io_;
  const LoadOptions options_;
  std::vector<std::unique_ptr<client::Client>> clients_;
  size_t registered_ = 0;
  uint64_t refused_ = 0;
  uint64_t turn_ = 0;
  bool measures_ = false;
  Heard heard_ = [](size_t, const client::Event&) {};
  EventBook events_;
  RequestBook requests_;
  Delays ages_;     // of events, by their Time
  Delays answers_;  // from the request to its outcome
};

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_LOAD_CLIENTS_H_
