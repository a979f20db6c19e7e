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

std::string NodeText(const NodeConfig& node) {
  std::string out = absl::StrCat("node ", node.name, "\n");
  Line(out, "http", node.http.port() == 0 ? "none" : node.http.ToText());
  Line(out, "journal", node.journal.path);
  Line(out, "durability", std::string(DurabilityName(node.journal.EffectiveDurability())));
  Line(out, "snapshot every", SpanText(node.journal.snapshot_interval));
  Line(out, "journal kept for",
       absl::StrCat(SpanText(node.journal.retention.max_age), ", up to ", SizeText(node.journal.retention.max_size)));
  Line(out, "log",
       absl::StrCat(node.log.file.empty() ? "standard error" : node.log.file, ", ", LogLevelName(node.log.level), ", ",
                    LogFormatName(node.log.format)));
  Line(out, "largest message", SizeText(node.limits.max_message_size));
  Line(out, "TCP connections",
       absl::StrCat("up to ", node.limits.max_tcp_connections, ", ", node.limits.max_tcp_connections_per_host,
                    " with one host, closed after ", SpanText(node.limits.tcp_idle_timeout), " of silence"));
  Line(out, "quarantine", absl::StrCat(node.quarantine.path, ", for ", SpanText(node.quarantine.time)));
  return out;
}

// Given options, and defaults of those that have an effect.
std::string ApplicationText(const Options& options) {
  std::string out;
  for (const OptionRow& row : OptionTable()) {
    if ((row.levels & kApplicationLevel) == 0) continue;
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

std::string DnText(const PairConfig& pair, const DnConfig& dn) {
  std::string text = ContactText(dn);
  if (absl::optional<std::string> prefix = dn.prefix()) {
    absl::StrAppend(&text, ", prefix ", *prefix);
    if (absl::optional<std::string> replace = dn.replace_prefix())
      absl::StrAppend(&text, " becomes \"", *replace, "\"");
  }
  absl::StrAppend(&text, ", rings up to ", SpanText(pair.NoAnswerTimeout(dn)));
  if (dn.password) absl::StrAppend(&text, ", password set");
  return text;
}

std::string SwitchText(const PairConfig& pair) {
  std::string out =
      absl::StrCat("switch ", pair.switch_name, ": ", pair.dns.size(), pair.dns.size() == 1 ? " DN" : " DNs", "\n");
  size_t listed = std::min(pair.dns.size(), kMaxDnsListed);
  for (size_t i = 0; i < listed; ++i) {
    const DnConfig& dn = pair.dns[i];
    bool in_use = dn.type == DnType::kExtension || dn.type == DnType::kTrunk;
    absl::StrAppendFormat(&out, "  %-16s %-9s %s\n", dn.number, DnTypeName(dn.type),
                          in_use ? DnText(pair, dn) : "(no effect yet)");
  }
  if (listed < pair.dns.size()) absl::StrAppend(&out, "  and ", pair.dns.size() - listed, " more\n");
  return out;
}

}  // namespace

std::string DescribeConfig(const Config& config) {
  std::string out = NodeText(config.node);
  absl::StrAppend(&out, "pair at ", config.pair.service_address().ToText(), ", UDP and TCP\n",
                  ApplicationText(config.pair.options), SwitchText(config.pair));
  return out;
}

}  // namespace understudy::daemon
