#include "engine/configuration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sip/hop/uri_hop.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

constexpr Duration kDefaultNoAnswerTimeout = Duration::Seconds(180);
constexpr Duration kDefaultMinExpires = Duration::Seconds(60);
constexpr Duration kDefaultExpires = Duration::Seconds(3600);
constexpr Duration kDefaultMaxExpires = Duration::Seconds(3600);
constexpr Duration kDefaultSessionTimeout = Duration::Seconds(60);
constexpr size_t kDefaultQueueEvents = 10'000;
constexpr size_t kDefaultQueueOctets = size_t{4} << 20;
constexpr size_t kMostQueueOctets = size_t{32} << 20;  // a session's row must travel as one object
constexpr size_t kDefaultMostSessions = 5'000;
constexpr size_t kDefaultMostRung = 10;
constexpr uint32_t kDefaultLeastSession = 90;  // RFC 4028 section 5
constexpr uint16_t kSipPort = 5060;
constexpr size_t kDefaultMostByUdp = 1300;  // RFC 3261 18.1.1
constexpr Duration kDefaultNextServerTimeout = Duration::Seconds(4);
constexpr size_t kLongestPrefix = 64;  // option prefix takes no longer one, and a number may have thousands of octets
constexpr absl::string_view kSection = "TServer";
constexpr absl::string_view kDefaultOverflow = "503";

Duration SecondsOption(const OptionSections& sections, absl::string_view option, Duration fallback) {
  uint32_t seconds = 0;
  if (!absl::SimpleAtoi(OptionValue(sections, kSection, option), &seconds)) return fallback;
  return Duration::Seconds(seconds);
}

size_t NumberOption(const OptionSections& sections, absl::string_view option, size_t fallback) {
  uint32_t number = 0;
  return absl::SimpleAtoi(OptionValue(sections, kSection, option), &number) ? number : fallback;
}

// A DN's own, or the pair's.
size_t OwnNumber(const OptionSections& own, const OptionSections& application, absl::string_view option,
                 size_t fallback) {
  return NumberOption(own, option, NumberOption(application, option, fallback));
}

absl::string_view OwnText(const OptionSections& own, const OptionSections& application, absl::string_view option) {
  const absl::string_view text = OptionValue(own, kSection, option);
  return text.empty() ? OptionValue(application, kSection, option) : text;
}

std::string LooseRoute(absl::string_view text) {
  sip::Uri uri;
  if (text.empty() || !sip::ParseUri(text, &uri)) return {};
  return absl::StrCat(text, uri.Param("lr") ? "" : ";lr");
}

// "register,invite".
uint32_t MethodsOf(absl::string_view list) {
  uint32_t methods = 0;
  for (absl::string_view word : absl::StrSplit(list, ',')) {
    const sip::Method method = sip::MethodFromName(absl::AsciiStrToUpper(absl::StripAsciiWhitespace(word)));
    if (method != sip::Method::kUnknown) methods |= uint32_t{1} << static_cast<int>(method);
  }
  return methods;
}

bool IsSet(const OptionSections& sections, const std::string& option) {
  auto section = sections.find(std::string(kSection));
  return section != sections.end() && section->second.contains(option);
}

struct PortOption {
  Transport transport;
  absl::string_view option;
  uint16_t preset;  // 0: not served
};

constexpr PortOption kPorts[] = {
    {Transport::kUdp, "sip-port", kSipPort}, {Transport::kTcp, "sip-port", kSipPort},
    {Transport::kTls, "sip-tls-port", 0},    {Transport::kWs, "sip-ws-port", 0},
    {Transport::kWss, "sip-wss-port", 0},
};

uint16_t PortOf(const OptionSections& sections, const PortOption& row) {
  uint32_t port = 0;
  const absl::string_view text = OptionValue(sections, kSection, row.option);
  return absl::SimpleAtoi(text, &port) ? static_cast<uint16_t>(port) : row.preset;
}

}  // namespace

absl::string_view DnTypeName(DnType type) {
  switch (type) {
    case DnType::kExtension:
      return "Extension";
    case DnType::kTrunk:
      return "Trunk";
    case DnType::kOther:
      return "other";
  }
  return "?";
}

absl::string_view OptionValue(const OptionSections& sections, absl::string_view section, absl::string_view option) {
  auto s = sections.find(std::string(section));
  if (s == sections.end()) return {};
  auto o = s->second.find(std::string(option));
  return o == s->second.end() ? absl::string_view() : absl::string_view(o->second);
}

std::string ContactAddress::HostText() const {
  if (!query) return endpoint.ToText();
  return query->port == 0 ? query->host : absl::StrCat(query->host, ":", query->port);
}

absl::optional<ContactAddress> ParseContactAddress(absl::string_view text, bool by_service) {
  ContactAddress address;
  if (const absl::optional<Endpoint> endpoint = Endpoint::ParseHostPort(text, kSipPort)) {
    address.endpoint = *endpoint;
    return address;
  }
  sip::Uri uri;
  const bool whole = absl::StartsWith(text, "sip") && sip::ParseUri(text, &uri) && uri.is_sip;
  const std::string host = absl::StrCat("sip:", text);
  if (!whole && !sip::ParseUri(host, &uri)) return absl::nullopt;
  const absl::optional<Transport> transport = sip::TransportOf(uri, Transport::kUdp);
  if (!transport) return absl::nullopt;
  address.transport = *transport;
  address.secure = uri.is_sips;
  if (whole) address.uri = std::string(text);
  address.query = QueryOf(uri, by_service);
  if (address.query) return address;
  const absl::optional<Endpoint> endpoint = sip::EndpointOf(uri, *transport);
  if (!endpoint) return absl::nullopt;
  address.endpoint = *endpoint;
  return address;
}

void Dn::DeriveProfile(const OptionSections& application) {
  const absl::string_view contact = OptionValue(options, kSection, "contact");
  profile = Profile();
  profile.registers = contact == "*";
  const bool by_service = OptionValue(application, kSection, "sip-enable-rfc3263") == "true";
  if (!profile.registers) profile.contact = ParseContactAddress(contact, by_service);
  if (auto section = options.find(std::string(kSection)); section != options.end()) {
    profile.trunk = ReadTrunkProfile(section->second);
  }
  profile.resolves = OptionValue(options, kSection, "resolve-external-contact") == "true";
  profile.prefix = std::string(OptionValue(options, kSection, "prefix"));
  if (IsSet(options, "replace-prefix")) {
    profile.replace_prefix = std::string(OptionValue(options, kSection, "replace-prefix"));
  }
  for (absl::string_view control : absl::StrSplit(OptionValue(options, kSection, "sip-cti-control"), ',')) {
    control = absl::StripAsciiWhitespace(control);
    profile.takes_talk |= control == "talk";
    profile.takes_hold |= control == "hold";
  }
  profile.is_mailbox = OptionValue(options, kSection, "voicemail-server") == "true";
  profile.takes_refer = OptionValue(options, kSection, "refer-enabled") == "true";
  profile.trusted = OptionValue(options, kSection, "enforce-trusted") == "true";
  profile.authenticated = MethodsOf(OptionValue(options, kSection, "authenticate-requests"));
  profile.session_timer = static_cast<uint32_t>(OwnNumber(options, application, "sip-session-timer", 0));
  profile.least_session = static_cast<uint32_t>(OwnNumber(options, application, "sip-min-se", kDefaultLeastSession));
  profile.most_rung = OwnNumber(options, application, "contacts-rung", kDefaultMostRung);
  profile.rings_by_q = OwnText(options, application, "contacts-order") == "by-q";
  profile.service_route = LooseRoute(OwnText(options, application, "sip-service-route"));
  profile.no_answer_timeout = SecondsOption(options, "no-answer-timeout",
                                            SecondsOption(application, "no-answer-timeout", kDefaultNoAnswerTimeout));
  profile.min_expires = SecondsOption(application, "registrar-min-timeout", kDefaultMinExpires);
  profile.default_expires = SecondsOption(application, "registrar-default-timeout", kDefaultExpires);
  profile.max_expires = SecondsOption(application, "registrar-max-timeout", kDefaultMaxExpires);
}

// A large configuration comes in many changes: what did not change is not derived again.
void Configuration::Apply(const ConfigurationChange& change) {
  if (change.switch_name) switch_name_ = *change.switch_name;
  bool trunks = false;
  for (const std::string& number : change.removals) {
    trunks |= IsTrunk(number);
    dns_.erase(number);
  }
  for (const Dn& dn : change.upserts) {
    trunks |= dn.type == DnType::kTrunk || IsTrunk(dn.number);
    Dn& row = dns_[dn.number];
    row = dn;
    row.DeriveProfile(options_);
  }
  if (change.options) {
    options_ = *change.options;
    Derive();
  } else if (trunks) {
    IndexTrunks();
  }
}

bool Configuration::IsTrunk(const std::string& number) const {
  const Dn* dn = FindDn(number);
  return dn != nullptr && dn->type == DnType::kTrunk;
}

void Configuration::PutDn(Dn dn) {
  std::string number = dn.number;
  dns_[std::move(number)] = std::move(dn);
}

void Configuration::Derive() {
  ports_ = {};
  for (const PortOption& row : kPorts) {
    ports_[static_cast<size_t>(row.transport)] = PortOf(options_, row);
  }
  service_address_ =
      Endpoint::Parse(OptionValue(options_, kSection, "sip-address"), ports_[static_cast<size_t>(Transport::kUdp)])
          .value_or(Endpoint());
  service_address_v6_ =
      Endpoint::Parse(OptionValue(options_, kSection, "sip-address-v6"), service_address_.port()).value_or(Endpoint());
  const absl::string_view overflow = OptionValue(options_, kSection, "sip-error-codes-overflow");
  overflow_ = StatusPatterns(overflow.empty() ? kDefaultOverflow : overflow);
  // The front end has refused what cannot be read.
  addresses_by_network_ = ParseSourceAddresses(OptionValue(options_, kSection, "sip-address-by-network"))
                              .value_or(std::vector<SourceAddress>());
  locates_by_service_ = OptionValue(options_, kSection, "sip-enable-rfc3263") == "true";
  next_server_timeout_ = SecondsOption(options_, "sip-next-server-timeout", kDefaultNextServerTimeout);
  most_by_udp_ = NumberOption(options_, "sip-udp-max-size", kDefaultMostByUdp);
  DeriveClients();
  for (auto& [number, dn] : dns_) dn.DeriveProfile(options_);
  IndexTrunks();
}

Endpoint Configuration::service_address(Transport transport, const Endpoint& peer) const {
  const SourceAddress* network = FindSourceAddress(addresses_by_network_, peer);
  const Endpoint& family = peer.is_v4() || service_address_v6_.empty() ? service_address_ : service_address_v6_;
  const Endpoint address = network == nullptr ? family : network->address.WithPort(service_address_.port());
  return Serves(transport) ? address.WithPort(ports_[static_cast<size_t>(transport)]) : address;
}

bool Configuration::IsServiceAddress(Transport transport, const Endpoint& endpoint) const {
  const uint16_t port = Serves(transport) ? ports_[static_cast<size_t>(transport)] : service_address_.port();
  if (endpoint.port() != port) return false;
  if (endpoint.SameHost(service_address_) || endpoint.SameHost(service_address_v6_)) return true;
  return std::any_of(addresses_by_network_.begin(), addresses_by_network_.end(),
                     [&](const SourceAddress& one) { return endpoint.SameHost(one.address); });
}

void Configuration::DeriveClients() {
  clients_.session_timeout = SecondsOption(options_, "session-timeout", kDefaultSessionTimeout);
  clients_.most_events = NumberOption(options_, "client-queue-events", kDefaultQueueEvents);
  clients_.most_octets = std::min(NumberOption(options_, "client-queue-bytes", kDefaultQueueOctets), kMostQueueOctets);
  clients_.most_sessions = NumberOption(options_, "client-most-sessions", kDefaultMostSessions);
}

void Configuration::IndexTrunks() {
  trunks_by_prefix_.clear();
  capacity_groups_.clear();
  trunk_by_contact_.clear();
  trunk_by_name_.clear();
  for (const auto& [number, dn] : dns_) {
    if (dn.type != DnType::kTrunk) continue;
    if (!dn.profile.prefix.empty()) trunks_by_prefix_[dn.profile.prefix].push_back(number);
    if (!dn.profile.trunk.capacity_group.empty()) capacity_groups_[dn.profile.trunk.capacity_group].push_back(number);
    if (!dn.profile.contact) continue;
    const ContactAddress& contact = *dn.profile.contact;
    contact.query ? void(trunk_by_name_.emplace(*contact.query, number))
                  : void(trunk_by_contact_.emplace(contact.endpoint, number));
  }
}

ConfigurationChange Configuration::DifferenceTo(const Configuration& wanted) const {
  ConfigurationChange change;
  if (switch_name_ != wanted.switch_name_) change.switch_name = wanted.switch_name_;
  if (options_ != wanted.options_) change.options = wanted.options_;
  for (const auto& [number, dn] : wanted.dns_) {
    const Dn* present = FindDn(number);
    if (present == nullptr || present->type != dn.type || present->options != dn.options) change.upserts.push_back(dn);
  }
  for (const auto& [number, dn] : dns_) {
    if (!wanted.dns_.contains(number)) change.removals.push_back(number);
  }
  return change;
}

const Dn* Configuration::FindDn(absl::string_view number) const {
  auto it = dns_.find(number);
  return it == dns_.end() ? nullptr : &it->second;
}

std::vector<const Dn*> Configuration::FindTrunks(absl::string_view number) const {
  std::vector<const Dn*> trunks;
  for (size_t length = std::min(number.size(), kLongestPrefix); length > 0; --length) {
    auto it = trunks_by_prefix_.find(number.substr(0, length));
    if (it == trunks_by_prefix_.end()) continue;
    for (const std::string& trunk : it->second) trunks.push_back(FindDn(trunk));
  }
  return trunks;
}

const Dn* Configuration::FindTrunkByPrefix(absl::string_view number) const {
  const std::vector<const Dn*> trunks = FindTrunks(number);
  return trunks.empty() ? nullptr : trunks.front();
}

absl::Span<const std::string> Configuration::CapacityGroup(absl::string_view group) const {
  auto it = capacity_groups_.find(group);
  if (it == capacity_groups_.end()) return {};
  return it->second;
}

const StatusPatterns& Configuration::OverflowOf(const Dn& device) const {
  return device.profile.trunk.overflow.has_value() ? *device.profile.trunk.overflow : overflow_;
}

const Dn* Configuration::FindTrunkByName(const LocateQuery& query) const {
  auto it = trunk_by_name_.find(query);
  return it == trunk_by_name_.end() ? nullptr : FindDn(it->second);
}

const Dn* Configuration::FindTrunkByContact(const Endpoint& remote, uint16_t sent_by_port) const {
  auto it = trunk_by_contact_.find(remote);
  if (it == trunk_by_contact_.end()) it = trunk_by_contact_.find(remote.WithPort(sent_by_port));
  return it == trunk_by_contact_.end() ? nullptr : FindDn(it->second);
}

}  // namespace understudy::engine
