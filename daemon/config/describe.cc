#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "daemon/config/config.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMaxDnsListed = 100;

void Line(std::string& out, absl::string_view name, const std::string& value) {
  absl::StrAppendFormat(&out, "  %-26s %s\n", name, value);
}

std::string OrNone(const std::string& text) {
  return text.empty() ? "none" : text;
}

void AppendScripts(const ServiceScripts& scripts, std::string& out) {
  if (scripts.up.empty() && scripts.down.empty()) return;
  Line(out, "service up", OrNone(scripts.up));
  Line(out, "service down", OrNone(scripts.down));
  Line(out, "each within", SpanText(scripts.timeout));
}

std::string PeerText(const PeerConfig& peer) {
  std::string out = "peer\n";
  Line(out, "connects to", absl::StrCat(peer.remote.ToText(), peer.tls ? ", TLS" : ", not encrypted"));
  Line(out, "listens at", peer.listen.ToText());
  Line(out, "redundancy type", std::string(RedundancyTypeName(peer.redundancy_type)));
  Line(out, "effects wait",
       absl::StrCat("up to ", SpanText(peer.max_hold), " for the backup; not sent when older than ",
                    SpanText(peer.release_age)));
  Line(out, "peer and witness lost",
       peer.on_witness_loss == OnWitnessLoss::kHold
           ? "effects are held"
           : absl::StrCat("after ", SpanText(peer.witness_loss_time), " it serves alone"));
  Line(out, "log kept for the peer", absl::StrCat("up to ", SpanText(peer.peer_retention)));
  return out;
}

std::string LinkText(const BackupSyncConfig& link) {
  std::string out;
  Line(out, "watch over the link",
       link.addp
           ? absl::StrCat("addp, silence of ", SecondsText(link.addp_timeout), " s here, ",
                          SecondsText(link.addp_remote_timeout), " s there, trace ", AddpTraceName(link.addp_trace))
           : "none");
  Line(out, "connects again after", absl::StrCat(SecondsText(link.reconnect), " s"));
  Line(out, "missing calls",
       link.max_calls_at_once == 0 ? "as fast as the link takes them"
                                   : absl::StrCat(link.max_calls_at_once, ", then a pause of 1 s"));
  return out;
}

std::string WitnessText(const WitnessConfig& witness) {
  std::string out = absl::StrCat("witness ", WitnessTypeName(witness.type), "\n");
  for (const HttpUrl& url : witness.endpoints) Line(out, "endpoint", url.ToText());
  Line(out, "timeout", SpanText(witness.timeout));
  if (witness.type == WitnessType::kEtcd) Line(out, "key", witness.key);
  if (!witness.user.empty()) Line(out, "user", absl::StrCat(witness.user, ", password set"));
  return out;
}

std::string TlibText(const TlibConfig& tlib) {
  std::string out;
  if (tlib.listen.port() == 0 && tlib.websocket.port() == 0) {
    Line(out, "T-Library", "none");
    return out;
  }
  const std::string how = tlib.tls ? (tlib.tls->ca.empty() ? ", TLS" : ", TLS with clients' certificates") : "";
  if (tlib.listen.port() != 0) Line(out, "T-Library", absl::StrCat(tlib.listen.ToText(), how));
  if (tlib.websocket.port() != 0) Line(out, "T-Library by WebSocket", absl::StrCat(tlib.websocket.ToText(), how));
  Line(out, "T-Library clients",
       absl::StrCat("up to ", tlib.max_clients, ", ", tlib.max_clients_per_host, " with one host, closed after ",
                    SpanText(tlib.addp_timeout), " of silence"));
  return out;
}

std::string SipTlsText(const SipTlsConfig& tls) {
  std::string out;
  const std::string connecting =
      tls.files.ca.empty() ? "believes everybody"
                           : absl::StrCat("believes ", tls.files.ca, tls.checks_name ? " for the address" : "");
  Line(out, "SIP over TLS",
       absl::StrCat(tls.files.certificate, tls.only_1_3 ? ", 1.3" : ", 1.2 and later",
                    tls.mutual ? ", who connects shows a certificate" : ""));
  Line(out, "connecting over TLS", connecting);
  return out;
}

std::string PaceText(int64_t a_second) {
  return a_second == 0 ? "no limit" : absl::StrCat(a_second, " a second");
}

std::string LimitsText(const LimitsConfig& limits) {
  std::string out;
  Line(out, "largest message", SizeText(limits.max_message_size));
  Line(out, "TCP connections",
       absl::StrCat("up to ", limits.max_tcp_connections, ", ", limits.max_tcp_connections_per_host,
                    " with one host, closed after ", SpanText(limits.tcp_idle_timeout), " of silence"));
  Line(out, "messages of a source", PaceText(limits.max_messages_per_source));
  Line(out, "refusals to a source", PaceText(limits.max_answers_per_source));
  Line(out, "handshakes of a source", PaceText(limits.max_tls_handshakes_per_source));
  Line(out, "challenges are good for", SpanText(limits.nonce_lifetime));
  Line(out, "shut out",
       limits.ban_after == 0
           ? "nobody"
           : absl::StrCat("after ", limits.ban_after, " failures in a minute, for ", SpanText(limits.ban_time)));
  Line(out, "overload",
       limits.overload_delay == Duration() ? "not seen by its delay"
                                           : absl::StrCat("when input waits for ", SpanText(limits.overload_delay)));
  return out;
}

std::string NodeText(const NodeConfig& node) {
  std::string out = absl::StrCat("node ", node.name, "\n");
  Line(out, "http", node.http.port() == 0 ? "none" : node.http.ToText());
  if (node.sip_tls) absl::StrAppend(&out, SipTlsText(*node.sip_tls));
  absl::StrAppend(&out, TlibText(node.tlib));
  Line(out, "journal", node.journal.path);
  Line(out, "durability", std::string(DurabilityName(node.EffectiveDurability())));
  Line(out, "snapshot every", SpanText(node.journal.snapshot_interval));
  Line(out, "journal kept for",
       absl::StrCat(SpanText(node.journal.retention.max_age), ", up to ", SizeText(node.journal.retention.max_size)));
  Line(out, "log",
       absl::StrCat(node.log.file.empty() ? "standard error" : node.log.file, ", ", LogLevelName(node.log.level), ", ",
                    LogFormatName(node.log.format)));
  absl::StrAppend(&out, LimitsText(node.limits));
  Line(out, "quarantine", absl::StrCat(node.quarantine.path, ", for ", SpanText(node.quarantine.time)));
  Line(out, "control", OrNone(node.control));
  if (!node.socket_holder.empty()) Line(out, "socket holder", node.socket_holder);
  AppendScripts(node.scripts, out);
  if (node.peer) absl::StrAppend(&out, PeerText(*node.peer), LinkText(node.backup_sync));
  if (node.witness) absl::StrAppend(&out, WitnessText(*node.witness));
  return out;
}

// Given options, and defaults of those that have an effect.
std::string ApplicationText(const Options& options) {
  std::string out;
  for (const OptionRow& row : OptionTable()) {
    if ((row.levels & kApplicationLevel) == 0 || row.section == "backup-sync") continue;
    absl::optional<absl::string_view> value = FindValue(options, row.section, row.name);
    bool is_default = !value && row.effect == Effect::kNow && !row.rule.default_value.empty();
    if (!value && !is_default) continue;
    absl::string_view note = is_default ? " (default)" : (row.effect == Effect::kNotYet ? " (no effect yet)" : "");
    Line(out, row.FullName(), absl::StrCat(value.value_or(row.rule.default_value), note));
  }
  return out;
}

std::string ContactText(const DnConfig& dn) {
  Contact contact = dn.contact();
  return contact.by_registration ? "registers" : contact.uri;
}

// Of what the line says in its own words there is nothing more to say.
bool IsSaid(absl::string_view option) {
  return option == "contact" || option == "prefix" || option == "replace-prefix" || option == "no-answer-timeout";
}

std::string FurtherOptions(const Options& options) {
  std::string text;
  for (const auto& [section, values] : options) {
    for (const auto& [name, value] : values) {
      const OptionRow* row = FindOption(section, name);
      if (row == nullptr || IsSaid(name)) continue;
      absl::StrAppend(&text, ", ", name, " ", value, row->effect == Effect::kNotYet ? " (no effect yet)" : "");
    }
  }
  return text;
}

std::string DnText(const PairConfig& pair, const DnConfig& dn) {
  std::string text = ContactText(dn);
  if (absl::optional<std::string> prefix = dn.prefix()) {
    absl::StrAppend(&text, ", prefix ", *prefix);
    if (absl::optional<std::string> replace = dn.replace_prefix())
      absl::StrAppend(&text, " becomes \"", *replace, "\"");
  }
  absl::StrAppend(&text, ", rings up to ", SpanText(pair.NoAnswerTimeout(dn)));
  absl::StrAppend(&text, FurtherOptions(dn.options));
  if (dn.password) absl::StrAppend(&text, ", password set");
  return text;
}

std::string SwitchText(const PairConfig& pair) {
  std::string out =
      absl::StrCat("switch ", pair.switch_name, ": ", pair.dns.size(), pair.dns.size() == 1 ? " DN" : " DNs", "\n");
  size_t listed = std::min(pair.dns.size(), kMaxDnsListed);
  for (size_t i = 0; i < listed; ++i) {
    const DnConfig& dn = pair.dns[i];
    bool in_use = dn.type == DnType::kExtension || dn.type == DnType::kTrunk ||
                  (dn.type == DnType::kVoiceOverIpService && FindValue(dn.options, "TServer", "contact"));
    absl::StrAppendFormat(&out, "  %-16s %-9s %s\n", dn.number, DnTypeName(dn.type),
                          in_use ? DnText(pair, dn) : "(no effect yet)");
  }
  if (listed < pair.dns.size()) absl::StrAppend(&out, "  and ", pair.dns.size() - listed, " more\n");
  return out;
}

std::string StreamsText(const PairConfig& pair) {
  std::string out;
  for (Transport transport : {Transport::kTls, Transport::kWs, Transport::kWss}) {
    const uint16_t port = pair.service_address(transport).port();
    if (port != 0) absl::StrAppend(&out, ", ", TransportName(transport), " at port ", port);
  }
  const Endpoint v6 = pair.service_address_v6(Transport::kUdp);
  if (v6.port() != 0) absl::StrAppend(&out, ", and at ", v6.HostText());
  for (const SourceAddress& one : pair.addresses_by_network()) {
    absl::StrAppend(&out, ", and at ", one.address.HostText());
  }
  return out;
}

std::string ClientsText(const PairConfig& pair) {
  if (pair.clients.empty()) return "T-Library clients: any name, no password\n";
  return absl::StrCat("T-Library clients: ", pair.clients.size(), " names, each with its password\n");
}

}  // namespace

std::string DescribeConfig(const Config& config) {
  std::string out = NodeText(config.node);
  absl::StrAppend(&out, "pair at ", config.pair.service_address().ToText(), ", UDP and TCP", StreamsText(config.pair),
                  "\n", ApplicationText(config.pair.options), ClientsText(config.pair), SwitchText(config.pair));
  return out;
}

}  // namespace understudy::daemon
