#include "daemon/config/pair_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kTServer = "TServer";

absl::optional<std::string> OwnText(const DnConfig& dn, absl::string_view name) {
  absl::optional<absl::string_view> value = FindValue(dn.options, kTServer, name);
  if (!value) return absl::nullopt;
  return std::string(*value);
}

absl::string_view PortOption(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
    case Transport::kTcp:
      return "sip-port";
    case Transport::kTls:
      return "sip-tls-port";
    case Transport::kWs:
      return "sip-ws-port";
    case Transport::kWss:
      return "sip-wss-port";
  }
  return "";
}

Duration SecondsOf(absl::string_view text) {
  return Duration::Seconds(ParseWhole(text).value_or(0));
}

}  // namespace

absl::optional<absl::string_view> FindValue(const Options& options, absl::string_view section, absl::string_view name) {
  auto in = options.find(section);
  if (in == options.end()) return absl::nullopt;
  auto it = in->second.find(name);
  if (it == in->second.end()) return absl::nullopt;
  return it->second;
}

Contact DnConfig::contact() const {
  absl::StatusOr<Contact> contact = ParseContact(FindValue(options, kTServer, "contact").value_or("*"));
  US_CHECK(contact.ok());
  return *std::move(contact);
}

absl::optional<std::string> DnConfig::prefix() const {
  return OwnText(*this, "prefix");
}
absl::optional<std::string> DnConfig::replace_prefix() const {
  return OwnText(*this, "replace-prefix");
}

std::string DnConfig::user() const {
  return OwnText(*this, "sip-username").value_or(number);
}

std::string PairConfig::ApplicationText(absl::string_view name) const {
  if (absl::optional<absl::string_view> value = FindValue(options, kTServer, name)) return std::string(*value);
  const OptionRow* row = FindOption(kTServer, name);
  US_CHECK(row != nullptr);
  return std::string(row->rule.default_value);
}

Endpoint PairConfig::service_address() const {
  return Endpoint::Parse(ApplicationText("sip-address"), ApplicationText("sip-port")).value_or(Endpoint());
}

std::string PairConfig::TextFor(const DnConfig& dn, absl::string_view name) const {
  absl::optional<std::string> own = OwnText(dn, name);
  return own ? *std::move(own) : ApplicationText(name);
}

Endpoint PairConfig::service_address(Transport transport) const {
  const std::string port = ApplicationText(PortOption(transport));
  return Endpoint::Parse(ApplicationText("sip-address"), port).value_or(service_address().WithPort(0));
}

Endpoint PairConfig::service_address_v6(Transport transport) const {
  return Endpoint::Parse(ApplicationText("sip-address-v6"), ApplicationText(PortOption(transport)))
      .value_or(Endpoint());
}

std::vector<SourceAddress> PairConfig::addresses_by_network() const {
  return ParseSourceAddresses(ApplicationText("sip-address-by-network")).value_or(std::vector<SourceAddress>());
}

bool PairConfig::ServesSecurely() const {
  return service_address(Transport::kTls).port() != 0 || service_address(Transport::kWss).port() != 0;
}

int PairConfig::tos() const {
  return static_cast<int>(ParseWhole(ApplicationText("sip-ip-tos")).value_or(-1));
}

Duration PairConfig::NoAnswerTimeout(const DnConfig& dn) const {
  return SecondsOf(TextFor(dn, "no-answer-timeout"));
}

std::vector<auth::DigestAlgorithm> PairConfig::AlgorithmsFor(const DnConfig& dn) const {
  const std::string text = TextFor(dn, "authenticate-algorithms");
  std::vector<auth::DigestAlgorithm> algorithms;
  for (auth::DigestAlgorithm algorithm : auth::kStrongestFirst) {
    bool is_wanted = false;
    for (absl::string_view word : absl::StrSplit(text, ',')) {
      is_wanted |= absl::StripAsciiWhitespace(word) == auth::DigestAlgorithmName(algorithm);
    }
    if (is_wanted && dn.password && !dn.password->Of(algorithm).empty()) algorithms.push_back(algorithm);
  }
  return algorithms;
}

Duration PairConfig::registrar_min_timeout() const {
  return SecondsOf(ApplicationText("registrar-min-timeout"));
}
Duration PairConfig::registrar_default_timeout() const {
  return SecondsOf(ApplicationText("registrar-default-timeout"));
}
Duration PairConfig::registrar_max_timeout() const {
  return SecondsOf(ApplicationText("registrar-max-timeout"));
}

std::string PairConfig::realm() const {
  std::string own = ApplicationText("sip-realm");
  return own.empty() ? switch_name : own;
}

const DnConfig* PairConfig::FindDn(absl::string_view number) const {
  auto it = std::lower_bound(dns.begin(), dns.end(), number,
                             [](const DnConfig& dn, absl::string_view key) { return dn.number < key; });
  return it != dns.end() && it->number == number ? &*it : nullptr;
}

}  // namespace understudy::daemon
