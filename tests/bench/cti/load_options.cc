#include "tests/bench/cti/load_options.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace understudy::bench {
namespace {

constexpr tools::OptionSpec kOptions[] = {
    {"server", "A[,B]", "host:port of the servers' T-Library ports"},
    {"dns", "FIRST..LAST", "numbers of phones that answer by themselves; each odd one is called by the one before"},
    {"clients", "N", "how many; without it: 50"},
    {"registrations", "N",
     "of each client, for DNs that follow one another; without it: 5.\nTogether they must have all DNs"},
    {"rate", "N", "calls a second, by RequestMakeCall and RequestReleaseCall; without it: 20"},
    {"talk-ms", "N", "from the answer to the release; without it: 500"},
    {"idle-seconds", "N", "from the last registration to the first call; without it: 0"},
    {"seconds", "N", "of calls; without it: 30. SIGTERM ends them earlier"},
    {"drain-seconds", "N", "at most, for what is under way at the end; without it: 20"},
};

struct Number {
  absl::string_view option;
  int64_t otherwise;
  int64_t least;
  int64_t most;
};

absl::Status Misuse(absl::string_view option, absl::string_view found, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat("--", option, ": found '", found, "'; allowed: ", allowed));
}

absl::Status SetDns(const tools::CommandLine& line, LoadOptions* options) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(line.Value("dns"), absl::MaxSplits("..", 1));
  int64_t last = 0;
  const bool are_numbers = absl::SimpleAtoi(ends.first, &options->first_dn) && absl::SimpleAtoi(ends.second, &last);
  options->dns = last - options->first_dn + 1;
  if (are_numbers && options->first_dn > 0 && options->dns >= 2 && options->dns % 2 == 0) return absl::OkStatus();
  return Misuse("dns", line.Value("dns"), "FIRST..LAST, an even number of them");
}

}  // namespace

const tools::ToolSpec& LoadSpec() {
  static const tools::ToolSpec spec = {
      "cti_load",
      "--server A[,B] --dns FIRST..LAST [OPTION...]",
      "Clients of the T-Library that make and release calls, and check what each of them hears.\n\n"
      "Prints a line of JSON when all are registered, when calls begin, and at the end: what was asked and heard, what "
      "was\n"
      "wrong with it, and how old events were when they came (by their Time: the clock must be the server's).\n",
      kOptions,
      "  cti_load --server 127.0.0.1:5071,127.0.0.1:5072 --dns 2000..2099 --clients 50 --rate 40\n",
      "Exit codes:\n"
      "  0  done, and nothing was wrong\n"
      "  1  an event was lost, doubled or out of order, or a request had no outcome, or two\n"
      "  2  the command line cannot be understood\n"
      "  3  not all clients could be registered\n",
  };
  return spec;
}

absl::StatusOr<LoadOptions> LoadOptionsOf(const tools::CommandLine& line) {
  LoadOptions options;
  if (!line.Has("server"))
    return absl::InvalidArgumentError("say where the servers are: --server host:port[,host:port]");
  options.servers = absl::StrSplit(line.Value("server"), ',');
  if (absl::Status dns = SetDns(line, &options); !dns.ok()) return dns;
  const Number numbers[] = {{"clients", 50, 1, 10000},    {"registrations", 5, 1, 1000}, {"rate", 20, 0, 10000},
                            {"talk-ms", 500, 1, 600000},  {"idle-seconds", 0, 0, 3600},  {"seconds", 30, 1, 86400},
                            {"drain-seconds", 20, 0, 600}};
  int64_t values[std::size(numbers)];
  for (size_t i = 0; i < std::size(numbers); ++i) {
    const auto [option, otherwise, least, most] = numbers[i];
    values[i] = otherwise;
    if (!line.Has(option)) continue;
    const bool is_number = absl::SimpleAtoi(line.Value(option), &values[i]);
    if (is_number && values[i] >= least && values[i] <= most) continue;
    return Misuse(option, line.Value(option), absl::StrCat(least, " to ", most));
  }
  options.clients = static_cast<size_t>(values[0]);
  options.registrations = static_cast<size_t>(values[1]);
  options.rate = values[2];
  options.talk = std::chrono::milliseconds(values[3]);
  options.idle = std::chrono::seconds(values[4]);
  options.calls = std::chrono::seconds(values[5]);
  options.drain = std::chrono::seconds(values[6]);
  const int64_t most = std::min(options.dns, int64_t{1000});
  if (values[1] > most) return Misuse("registrations", absl::StrCat(values[1]), absl::StrCat("1 to ", most));
  if (values[0] * values[1] >= options.dns) return options;
  return absl::InvalidArgumentError(absl::StrCat(options.clients, " clients with ", options.registrations,
                                                 " registrations each do not have all of ", options.dns, " DNs"));
}

}  // namespace understudy::bench
