#include "tools/entry_json.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "engine/admission.h"
#include "sip/mask.h"
#include "tlib/message_json.h"
#include "tools/safe_text.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

json::string Text(absl::string_view text) {
  const std::string utf8 = ToUtf8(text);
  return json::string(utf8.data(), utf8.size());
}

json::string MaskedText(absl::string_view text, const TextOptions& options) {
  return Text(options.unmasked ? std::string(text) : sip::MaskSecrets(text));
}

json::object Sections(const engine::OptionSections& sections, const TextOptions& options) {
  json::object out;
  for (const auto& [section, values] : sections) {
    json::object of_section;
    for (const auto& [name, value] : values) of_section[ToUtf8(name)] = Text(ShownOption(name, value, options));
    out[ToUtf8(section)] = std::move(of_section);
  }
  return out;
}

json::object Change(const engine::ConfigurationChange& change, const TextOptions& options) {
  json::object out;
  if (change.switch_name) out["switch"] = Text(*change.switch_name);
  if (change.options) out["options"] = Sections(*change.options, options);
  json::array dns;
  for (const engine::Dn& dn : change.upserts) {
    dns.push_back(json::object{
        {"number", Text(dn.number)}, {"type", Text(DnTypeName(dn.type))}, {"options", Sections(dn.options, options)}});
  }
  out["dns"] = std::move(dns);
  json::array removals;
  for (const std::string& number : change.removals) removals.push_back(Text(number));
  out["removals"] = std::move(removals);
  return out;
}

// The input's own fields.
json::array Servers(const engine::LocateAnswer& answer) {
  json::array out;
  for (const engine::SrvRecord& record : answer.srv) {
    out.push_back(json::object{{"owner", Text(record.owner)},
                               {"priority", record.priority},
                               {"weight", record.weight},
                               {"port", record.port},
                               {"target", Text(record.target)}});
  }
  return out;
}

json::array Addresses(const engine::LocateAnswer& answer) {
  json::array out;
  for (const engine::AddressRecord& record : answer.addresses) {
    out.push_back(json::object{{"host", Text(record.host)}, {"address", record.address.HostText()}});
  }
  return out;
}

struct Fields {
  const bool whole;
  const TextOptions& options;
  json::object& out;

  void operator()(const engine::EpochStart& input) const { out["redraw_key"] = input.redraw_key; }
  void operator()(const engine::ConfigurationChanged& input) const {
    if (whole) out["change"] = Change(input.change, options);
  }
  void operator()(const engine::SipReceived& input) const {
    const sip::Message& message = input.message;
    Source(input.transport, input.remote, input.flow);
    if (!input.local.empty()) out["local"] = input.local.ToText();
    const absl::string_view raw = message.raw();
    out["first_line"] = MaskedText(raw.substr(0, raw.find_first_of("\r\n")), options);
    out["method"] = Text(message.is_request() ? message.method_text() : message.cseq().method_text);
    if (!message.is_request()) out["status"] = message.status();
    out["sip_call_id"] = Text(message.call_id());
    out["cseq"] = message.cseq().number;
    out["from"] = MaskedText(message.from().uri, options);
    out["to"] = MaskedText(message.to().uri, options);
    if (!input.authenticated.empty()) out["authenticated"] = Text(input.authenticated);
    if (whole) out["message"] = MaskedText(input.bytes, options);
  }
  void operator()(const engine::FlowOpened& input) const { Source(input.transport, input.remote, input.flow); }
  void operator()(const engine::FlowClosed& input) const { out["flow"] = input.flow.value(); }
  void operator()(const engine::SendFailed& input) const { out["transaction"] = input.transaction.value(); }
  void operator()(const engine::SendLost& input) const {
    out["transaction"] = input.transaction.value();
    if (input.too_late) out["too_late"] = true;
  }
  void operator()(const engine::ClockAdvanced&) const {}
  void operator()(const engine::ServiceGap& input) const { out["gap_ns"] = input.gap.nanoseconds(); }
  void operator()(const engine::IngressSummary& input) const {
    json::object counts;
    for (size_t i = 0; i < input.counts.size(); ++i) {
      const bool known = i < static_cast<size_t>(engine::kKeptCount);
      const std::string name =
          known ? std::string(engine::KeptName(static_cast<engine::Kept>(i))) : absl::StrCat("reason-", i);
      counts[name] = input.counts[i];
    }
    out["counts"] = std::move(counts);
  }
  void operator()(const engine::FeatureLevelRaised& input) const { out["level"] = input.level; }
  void operator()(const engine::ClientAttached& input) const {
    out["link"] = input.link.value();
    out["session"] = input.attach.session;
    out["seen_event"] = input.attach.seen_event;
    out["application"] = Text(input.application);
    out["address"] = Text(input.address);
  }
  void operator()(const engine::ClientRequested& input) const {
    out["link"] = input.link.value();
    out["number"] = input.request.number;
    json::error_code error;
    out["request"] = json::parse(tlib::ToJson(ShownMessage(input.request.message)), error);
  }
  void operator()(const engine::ClientsAcknowledged& input) const {
    json::array rows;
    for (const auto& row : input.rows) {
      rows.push_back(json::object{{"link", row.link.value()}, {"number", row.number}});
    }
    out["acknowledged"] = std::move(rows);
  }
  void operator()(const engine::ClientLinkLost& input) const {
    out["link"] = input.link.value();
    out["ended"] = input.ended;
  }
  void operator()(const engine::NamesResolved& input) const {
    out["name"] = input.name.value();
    out["failure"] = Text(engine::FailureText(input.answer.failure));
    out["ttl"] = input.answer.ttl;
    if (whole) out["srv"] = Servers(input.answer);
    if (whole) out["addresses"] = Addresses(input.answer);
  }

 private:
  void Source(Transport transport, const Endpoint& remote, engine::FlowId flow) const {
    out["transport"] = Text(TransportName(transport));
    out["remote"] = remote.ToText();
    if (!flow.empty()) out["flow"] = flow.value();
  }
};

}  // namespace

std::string EntryJson(const DecodedEntry& entry, bool whole, const TextOptions& options, json::array events) {
  const journal::EntryRecord& record = entry.record;
  json::object out;
  out["lsn"] = record.lsn.value();
  out["epoch"] = entry.epoch.value();
  out["engine_time_ns"] = record.engine_time.nanoseconds();
  out["wall_time"] = PreciseUtcText(record.wall_time);
  out["kind"] = KindText(record.kind);
  out["calls"] = json::array(record.calls.begin(), record.calls.end());
  out["effects_hash"] = absl::StrCat(absl::Hex(record.effects_hash, absl::kZeroPad16));
  if (entry.decoded.ok()) {
    std::visit(Fields{whole, options, out}, entry.input);
  } else {
    out["error"] = Text(entry.decoded.message());
  }
  if (!events.empty()) out["events"] = std::move(events);
  return json::serialize(out) + "\n";
}

}  // namespace understudy::tools
