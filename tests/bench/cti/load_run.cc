#include "tests/bench/cti/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"
#include "boost/json.hpp"
#include "tests/bench/cti/call_load.h"
#include "tests/bench/cti/load_clients.h"
#include "tests/bench/cti/load_options.h"

namespace understudy::bench {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSlice(20);
constexpr std::chrono::seconds kComing(120);       // for all registrations
constexpr size_t kComeAtOnce = 10;                 // clients a slice
constexpr std::chrono::milliseconds kSettle(500);  // after the last outcome: what others hear of it

// Each client has a link to each node.
void AllowManyFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

json::object DelaysOf(const Delays& delays) {
  return {{"count", delays.count()},  {"p50_ms", delays.At(500)},  {"p90_ms", delays.At(900)},
          {"p99_ms", delays.At(990)}, {"p999_ms", delays.At(999)}, {"max_ms", delays.At(1000)}};
}

class Run {
 public:
  Run(const LoadOptions& options, std::ostream& out)
      : options_(options),
        out_(out),
        signals_(io_, SIGTERM, SIGINT),
        clients_(io_, options),
        calls_(io_, options, &clients_) {
    signals_.async_wait([this](const boost::system::error_code& error, int) { is_ended_ = !error; });
  }

  absl::Status Come();
  void MakeCalls();
  bool Report();

 private:
  // Until `done`, or for that long at most; true: it is done.
  template <class Done>
  bool RunFor(Clock::duration at_most, Done done);
  void Say(absl::string_view phase, json::object more);

  const LoadOptions options_;
  std::ostream& out_;
  asio::io_context io_;
  asio::signal_set signals_;
  bool is_ended_ = false;
  LoadClients clients_;
  CallLoad calls_;
};

template <class Done>
bool Run::RunFor(Clock::duration at_most, Done done) {
  const Clock::time_point end = Clock::now() + at_most;
  while (!done() && Clock::now() < end) io_.run_for(std::min<Clock::duration>(kSlice, end - Clock::now()));
  return done();
}

void Run::Say(absl::string_view phase, json::object more) {
  json::object line = {{"phase", std::string(phase)}};
  for (auto& [key, value] : more) line[key] = std::move(value);
  out_ << json::serialize(line) << std::endl;
}

absl::Status Run::Come() {
  while (clients_.started() < options_.clients) {
    for (size_t i = 0; i < kComeAtOnce && clients_.started() < options_.clients; ++i) {
      if (absl::Status started = clients_.StartNext(); !started.ok()) return started;
    }
    RunFor(kSlice, [] { return false; });
  }
  const bool are_there = RunFor(
      kComing, [this] { return clients_.all_registered() || clients_.refused_registrations() > 0 || is_ended_; });
  if (clients_.refused_registrations() > 0) {
    return absl::UnavailableError(absl::StrCat(clients_.refused_registrations(), " registrations were refused"));
  }
  if (!are_there || is_ended_) return absl::UnavailableError("not all clients could be registered in time");
  Say("registered", {{"clients", options_.clients}, {"registrations", options_.registrations}});
  RunFor(options_.idle, [this] { return is_ended_; });
  return absl::OkStatus();
}

void Run::MakeCalls() {
  Say("calling", {{"rate", options_.rate}});
  clients_.Measure();
  calls_.Start();
  RunFor(options_.calls, [this] { return is_ended_; });
  calls_.Stop();
  RunFor(options_.drain, [this] { return calls_.under_way() == 0 && clients_.requests().missing() == 0; });
  RunFor(kSettle, [] { return false; });
}

bool Run::Report() {
  const CallCounts& calls = calls_.counts();
  const EventFaults faults = clients_.events().Check();
  const RequestBook& requests = clients_.requests();
  json::object errors;
  for (const auto& [code, count] : requests.errors()) errors[absl::StrCat(static_cast<int>(code))] = count;
  Say("done", {{"calls", json::object{{"asked", calls.asked},
                                      {"refused", calls.refused},
                                      {"answered", calls.answered},
                                      {"released", calls.released},
                                      {"failed", calls.failed},
                                      {"postponed", calls.postponed},
                                      {"left", calls_.under_way()},
                                      {"which", calls_.Left()}}},
               {"requests", json::object{{"asked", requests.asked()},
                                         {"answered", requests.answered()},
                                         {"missing", requests.missing()},
                                         {"again", requests.again()},
                                         {"errors", std::move(errors)}}},
               {"events", json::object{{"heard", clients_.events().events()},
                                       {"lost", faults.lost},
                                       {"twice", faults.twice},
                                       {"disordered", faults.disordered},
                                       {"doubled", faults.doubled},
                                       {"first_fault", faults.first},
                                       {"unasked_errors", clients_.unasked_errors}}},
               {"sessions", json::object{{"resumed", clients_.resumed},
                                         {"lost", clients_.sessions_lost},
                                         {"streams_broken", clients_.streams_broken}}},
               {"event_age", DelaysOf(clients_.ages())},
               {"answer", DelaysOf(clients_.answers())}});
  const bool is_wrong = faults.all() > 0 || requests.missing() > 0 || requests.again() > 0 || calls_.under_way() > 0;
  return !is_wrong && clients_.streams_broken == 0 && clients_.unasked_errors == 0;
}

int Complain(std::ostream& err, const absl::Status& status, int code) {
  err << "cti_load: " << status.message() << std::endl;
  return code;
}

}  // namespace

int RunLoad(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<tools::CommandLine> line = tools::CommandLine::Parse(LoadSpec(), args);
  if (!line.ok()) return Complain(err, line.status(), kLoadMisuse);
  if (line->Has("help")) {
    out << tools::HelpText(LoadSpec());
    return kLoadDone;
  }
  const absl::StatusOr<LoadOptions> options = LoadOptionsOf(*line);
  if (!options.ok()) return Complain(err, options.status(), kLoadMisuse);
  AllowManyFiles();
  Run run(*options, out);
  if (absl::Status came = run.Come(); !came.ok()) return Complain(err, came, kLoadNoServer);
  run.MakeCalls();
  return run.Report() ? kLoadDone : kLoadWrong;
}

}  // namespace understudy::bench
