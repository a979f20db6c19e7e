#include "daemon/config/dns_config.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr size_t kMostServers = 8;

constexpr int kMostTries = 10;
constexpr Duration kLongestQuestion = Duration::Seconds(20);  // to one server: a lookup is given up then

void CheckTries(const DnsConfig& config, const NodeSection& node, Diagnostics& diagnostics) {
  if (config.tries < 1 || config.tries > kMostTries) return;  // said already
  const Duration all = Duration::Nanoseconds(config.timeout.nanoseconds() * ((int64_t{1} << config.tries) - 1));
  if (all <= kLongestQuestion) return;
  diagnostics.Error(node.PlaceOf("dns-tries"),
                    absl::StrCat("node/dns-tries: ", config.tries, " tries, the first of ", SpanText(config.timeout),
                                 " (node/dns-timeout) and each twice as long as the one before, take ", SpanText(all),
                                 " of one server; allowed: up to ", SpanText(kLongestQuestion)));
}

bool IsServer(const absl::optional<Endpoint>& server) {
  return server && !server->is_any() && server->port() != 0;
}

}  // namespace

DnsConfig ReadDns(const NodeSection& node, Diagnostics& diagnostics) {
  DnsConfig config;
  config.timeout = node.Span("dns-timeout");
  config.tries = static_cast<int>(node.Whole("dns-tries"));
  CheckTries(config, node, diagnostics);
  const std::string list = node.Text("dns-servers");
  for (absl::string_view text : absl::StrSplit(list, absl::ByAnyChar(", "), absl::SkipEmpty())) {
    const absl::optional<Endpoint> server = Endpoint::ParseHostPort(text, kDnsPort);
    if (IsServer(server) && config.servers.size() < kMostServers) {
      config.servers.push_back(*server);
      continue;
    }
    diagnostics.Error(node.PlaceOf("dns-servers"),
                      absl::StrCat("node/dns-servers: found ", Quoted(text), "; allowed: up to ", kMostServers,
                                   " IP addresses, each with an optional :port, with commas between them"));
    break;
  }
  return config;
}

Settings DnsSettings(const DnsConfig& dns) {
  const auto append = [](std::string* out, const Endpoint& server) { server.AppendTo(out); };
  return {{"node/dns-servers", absl::StrJoin(dns.servers, ",", append)},
          {"node/dns-timeout", SpanText(dns.timeout)},
          {"node/dns-tries", absl::StrCat(dns.tries)}};
}

}  // namespace understudy::daemon
