#include "tools/entry_text.h"

#include <cstdint>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "engine/admission.h"
#include "sip/mask.h"
#include "sip/method.h"
#include "tlib/message_json.h"
#include "tools/safe_text.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

constexpr char kIndent[] = "          | ";

struct Summary {
  const TextOptions& options;

  std::string operator()(const engine::EpochStart& input) const {
    return input.redraw_key ? "a reign begins; identifiers have a new key" : "a reign begins";
  }
  std::string operator()(const engine::ConfigurationChanged& input) const {
    const engine::ConfigurationChange& change = input.change;
    std::string text = absl::StrCat(change.upserts.size(), " DNs set, ", change.removals.size(), " removed");
    if (change.switch_name) absl::StrAppend(&text, ", switch ", PrintableLine(*change.switch_name));
    if (change.options) absl::StrAppend(&text, ", options");
    return text;
  }
  std::string operator()(const engine::SipReceived& input) const {
    std::string text = FirstLine(input.message, options);
    if (!input.authenticated.empty()) absl::StrAppend(&text, " (signed by ", PrintableLine(input.authenticated), ")");
    if (!input.local.empty()) absl::StrAppend(&text, " (at ", input.local.ToText(), ")");
    return text;
  }
  std::string operator()(const engine::FlowOpened& input) const {
    return absl::StrCat("flow ", input.flow.value(), " opened");
  }
  std::string operator()(const engine::FlowClosed& input) const {
    return absl::StrCat("flow ", input.flow.value(), " closed");
  }
  std::string operator()(const engine::SendFailed& input) const {
    return absl::StrCat("of client transaction ", input.transaction.value());
  }
  std::string operator()(const engine::SendLost& input) const {
    return absl::StrCat("of client transaction ", input.transaction.value(), input.too_late ? ", too late" : "");
  }
  std::string operator()(const engine::ClockAdvanced&) const { return "a timer is due"; }
  std::string operator()(const engine::ServiceGap& input) const {
    return absl::StrCat("nobody served for ", SecondsText(input.gap), " s");
  }
  std::string operator()(const engine::IngressSummary& input) const {
    std::string text;
    for (size_t i = 0; i < input.counts.size(); ++i) {
      if (input.counts[i] == 0) continue;
      const bool known = i < static_cast<size_t>(engine::kKeptCount);
      absl::StrAppend(&text, text.empty() ? "" : ", ", input.counts[i], " ",
                      known ? std::string(engine::KeptName(static_cast<engine::Kept>(i))) : absl::StrCat("reason ", i));
    }
    return text.empty() ? "nothing was kept out" : text;
  }
  std::string operator()(const engine::FeatureLevelRaised& input) const { return absl::StrCat("to ", input.level); }
  std::string operator()(const engine::ClientAttached& input) const {
    const tlib::Attach& attach = input.attach;
    return absl::StrCat(PrintableLine(input.application), " at link ", input.link.value(),
                        attach.session == 0
                            ? " wants a session"
                            : absl::StrCat(" wants session ", attach.session, " after event ", attach.seen_event));
  }
  std::string operator()(const engine::ClientRequested& input) const {
    return absl::StrCat("link ", input.link.value(), " request ", input.request.number, ": ",
                        PrintableLine(tlib::ToJson(ShownMessage(input.request.message))));
  }
  std::string operator()(const engine::ClientsAcknowledged& input) const {
    std::string text;
    for (const auto& row : input.rows) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", "link ", row.link.value(), " up to event ", row.number);
    }
    return text;
  }
  std::string operator()(const engine::ClientLinkLost& input) const {
    return absl::StrCat("link ", input.link.value(), input.ended ? " ended by its client" : " lost");
  }
  std::string operator()(const engine::NamesResolved& input) const {
    const engine::LocateAnswer& answer = input.answer;
    const std::string name = absl::StrCat("name ", input.name.value(), ": ");
    if (answer.failure != engine::LocateFailure::kNone) return name + std::string(engine::FailureText(answer.failure));
    return absl::StrCat(name, answer.naptr.size(), " NAPTR, ", answer.srv.size(), " SRV, ", answer.addresses.size(),
                        " addresses, for ", answer.ttl, " s");
  }
};

void AppendSections(const engine::OptionSections& sections, const TextOptions& options, std::string* out) {
  for (const auto& [section, values] : sections) {
    for (const auto& [name, value] : values) {
      absl::StrAppend(out, kIndent, "  ", PrintableLine(section), "/", PrintableLine(name), ": ",
                      ShownOption(name, value, options), "\n");
    }
  }
}

std::string ChangeDetail(const engine::ConfigurationChange& change, const TextOptions& options) {
  std::string text;
  if (change.switch_name) absl::StrAppend(&text, kIndent, "switch ", PrintableLine(*change.switch_name), "\n");
  if (change.options) {
    absl::StrAppend(&text, kIndent, "options\n");
    AppendSections(*change.options, options, &text);
  }
  for (const engine::Dn& dn : change.upserts) {
    absl::StrAppend(&text, kIndent, DnTypeName(dn.type), " ", PrintableLine(dn.number), "\n");
    AppendSections(dn.options, options, &text);
  }
  for (const std::string& number : change.removals) {
    absl::StrAppend(&text, kIndent, "removed ", PrintableLine(number), "\n");
  }
  return text;
}

std::string Remote(Transport transport, const Endpoint& remote) {
  return absl::StrCat(TransportName(transport), " ", remote.ToText());
}

std::string CallsText(const journal::EntryRecord& record) {
  return record.calls.empty() ? "-" : absl::StrJoin(record.calls, ",");
}

}  // namespace

tlib::Message ShownMessage(const tlib::Message& message) {
  tlib::Message shown = message;
  if (shown.Has(tlib::Attribute::kPassword)) shown.Set(tlib::Attribute::kPassword, "***");
  return shown;
}

std::string Shown(absl::string_view text, const TextOptions& options) {
  return PrintableLine(options.unmasked ? std::string(text) : sip::MaskSecrets(text));
}

std::string ShownOption(absl::string_view name, absl::string_view value, const TextOptions& options) {
  for (absl::string_view secret : {"password", "secret", "ha1", "verifier"}) {
    if (!options.unmasked && absl::StrContains(absl::AsciiStrToLower(name), secret)) return "***";
  }
  return Shown(value, options);
}

std::string FirstLine(const sip::Message& message, const TextOptions& options) {
  const absl::string_view raw = message.raw();
  std::string line = Shown(absl::StripSuffix(raw.substr(0, raw.find('\n')), "\r"), options);
  if (!message.is_request()) absl::StrAppend(&line, " (", PrintableLine(message.cseq().method_text), ")");
  return line;
}

std::string EntryHeading() {
  return absl::StrFormat("#%9s %5s %13s %-24s %-21s %-26s %-6s %s\n", "lsn", "epoch", "engine time", "wall time (UTC)",
                         "kind", "from", "calls", "what");
}

std::string InputSource(const DecodedEntry& entry) {
  if (const engine::SipReceived* sip = SipOf(entry); sip != nullptr) return Remote(sip->transport, sip->remote);
  if (!entry.decoded.ok()) return "-";
  if (const auto* attached = std::get_if<engine::ClientAttached>(&entry.input)) return PrintableLine(attached->address);
  const auto* opened = std::get_if<engine::FlowOpened>(&entry.input);
  return opened == nullptr ? "-" : Remote(opened->transport, opened->remote);
}

std::string InputSummary(const DecodedEntry& entry, const TextOptions& options) {
  if (!entry.decoded.ok()) return absl::StrCat("cannot be decoded: ", PrintableLine(entry.decoded.message()));
  return std::visit(Summary{options}, entry.input);
}

std::string EntryLine(const DecodedEntry& entry, const TextOptions& options) {
  const journal::EntryRecord& record = entry.record;
  return absl::StrFormat("%10d %5d %13s %-24s %-21s %-26s %-6s %s\n", record.lsn.value(), entry.epoch.value(),
                         SecondsText(record.engine_time - EngineTime()), UtcText(record.wall_time),
                         KindText(record.kind), InputSource(entry), CallsText(record), InputSummary(entry, options));
}

std::string EntryDetail(const DecodedEntry& entry, const TextOptions& options) {
  if (!entry.decoded.ok()) return {};
  if (const engine::SipReceived* sip = SipOf(entry); sip != nullptr) {
    return PrintableLines(options.unmasked ? std::string(sip->bytes) : sip::MaskSecrets(sip->bytes), kIndent);
  }
  const auto* changed = std::get_if<engine::ConfigurationChanged>(&entry.input);
  return changed == nullptr ? std::string() : ChangeDetail(changed->change, options);
}

}  // namespace understudy::tools
