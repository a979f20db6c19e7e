#include "tools/cti/message_text.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tlib/attribute.h"
#include "tlib/key_value_list.h"
#include "tlib/message_type.h"
#include "tools/cti/message_words.h"
#include "tools/safe_text.h"
#include "tools/utc_time.h"

namespace understudy::tools {

using tlib::Attribute;
using tlib::AttributeKind;
using tlib::ErrorCode;
using tlib::KeyValueList;

namespace {

constexpr size_t kNameColumn = 24;
constexpr size_t kTimeOfDay = 11;  // where it begins in UtcText
constexpr size_t kTimeOfDaySize = 12;

struct Advice {
  ErrorCode code;
  absl::string_view text;
};

// Where the server's own text does not say it.
constexpr Advice kAdvice[] = {
    {ErrorCode::kUnsupportedOperation, "docs/t_library.md lists the requests that are served"},
    {ErrorCode::kMissingAttribute, "add the attribute: tlib request NAME Attribute=value"},
    {ErrorCode::kInvalidConnID, "the call is over, or never was: tlib query-address DN shows the calls of a DN"},
    {ErrorCode::kUnknownDN, "add the DN to the configuration (pair: switch: dns), and reload it"},
    {ErrorCode::kDNNotRegistered, "register for the DN first: tlib register DN"},
    {ErrorCode::kNoCallOnDN, "tlib query-call shows who is in the call"},
    {ErrorCode::kWrongState, "tlib query-address DN shows the state of the DN's calls"},
    {ErrorCode::kDNBusy, "release one of its calls first, or wait"},
    {ErrorCode::kDNOutOfService, "no phone is registered for the DN: look at the phone"},
    {ErrorCode::kNotControllable,
     "the phone takes no commands: look at the DN's options sip-cti-control and refer-enabled"},
    {ErrorCode::kServiceUnavailable, "try again in a moment"},
    {ErrorCode::kUnknownSession, "ask what became of it: tlib query-address DN"},
};

struct ValueText {
  Attribute attribute;

  std::string operator()(int64_t number) const {
    if (attribute == Attribute::kTime) return UtcText(WallTime::FromNanoseconds(number * 1000));
    if (tlib::KindOf(attribute) == AttributeKind::kId) return ConnIDText(number);
    const absl::string_view name = tlib::EnumName(attribute, number);
    return name.empty() ? absl::StrCat(number) : std::string(name);
  }
  std::string operator()(const std::string& text) const { return PrintableLine(text); }
  std::string operator()(const KeyValueList&) const { return ""; }
};

std::string PairValue(const tlib::KeyValuePair& pair) {
  if (const auto* number = std::get_if<int64_t>(&pair.value)) return absl::StrCat(*number);
  if (const auto* text = std::get_if<std::string>(&pair.value)) return PrintableLine(*text);
  if (const auto* binary = std::get_if<tlib::Binary>(&pair.value)) {
    return absl::StrCat("0x", absl::BytesToHexString(binary->octets));
  }
  return "";
}

void AppendList(const KeyValueList& list, size_t indent, std::string* out) {
  for (const tlib::KeyValuePair& pair : list.pairs()) {
    const std::string key = PrintableLine(pair.key);
    const size_t width = kNameColumn > indent ? kNameColumn - indent : 0;
    absl::StrAppendFormat(out, "%s%-*s %s\n", std::string(indent, ' '), static_cast<int>(width), key, PairValue(pair));
    if (const auto* nested = std::get_if<KeyValueList>(&pair.value)) AppendList(*nested, indent + 2, out);
  }
}

void AppendInline(const KeyValueList& list, std::string* out) {
  absl::StrAppend(out, "{");
  bool first = true;
  for (const tlib::KeyValuePair& pair : list.pairs()) {
    absl::StrAppend(out, first ? "" : " ", PrintableLine(pair.key), "=", PairValue(pair));
    if (const auto* nested = std::get_if<KeyValueList>(&pair.value)) AppendInline(*nested, out);
    first = false;
  }
  absl::StrAppend(out, "}");
}

// Of a line: what stands at its head, and names of a call beside its ConnID.
constexpr Attribute kNotInALine[] = {Attribute::kTime, Attribute::kThisDN, Attribute::kEventSequenceNumber,
                                     Attribute::kCallUUID, Attribute::kCallID};

bool IsInALine(Attribute attribute) {
  return std::find(std::begin(kNotInALine), std::end(kNotInALine), attribute) == std::end(kNotInALine);
}

}  // namespace

std::string MessageBlock(const tlib::Message& message, absl::optional<int64_t> reference_id) {
  std::string text = absl::StrCat(tlib::MessageTypeName(message.type()), "\n");
  const int width = static_cast<int>(kNameColumn) - 2;
  if (reference_id.has_value()) absl::StrAppendFormat(&text, "  %-*s %d\n", width, "ReferenceID", *reference_id);
  for (const auto& [attribute, value] : message.attributes()) {
    if (attribute == Attribute::kReferenceID) continue;
    const std::string name(tlib::AttributeName(attribute));
    const std::string shown = std::visit(ValueText{attribute}, value);
    absl::StrAppendFormat(&text, "  %-*s %s\n", width, name, shown);
    if (const auto* list = std::get_if<KeyValueList>(&value)) AppendList(*list, 4, &text);
  }
  return text;
}

std::string MessageLine(const tlib::Message& message) {
  std::string time(kTimeOfDaySize, ' ');
  if (message.Has(Attribute::kTime)) {
    time = TimeOfDay(WallTime::FromNanoseconds(message.Number(Attribute::kTime) * 1000));
  }
  std::string line = absl::StrFormat("%s  %-26s %-8s", time, std::string(tlib::MessageTypeName(message.type())),
                                     PrintableLine(message.Text(Attribute::kThisDN)));
  for (const auto& [attribute, value] : message.attributes()) {
    if (!IsInALine(attribute)) continue;
    absl::StrAppend(&line, " ", tlib::AttributeName(attribute), "=", std::visit(ValueText{attribute}, value));
    if (const auto* list = std::get_if<KeyValueList>(&value)) AppendInline(*list, &line);
  }
  return absl::StrCat(line, "\n");
}

std::string TimeOfDay(WallTime time) {
  return UtcText(time).substr(kTimeOfDay, kTimeOfDaySize);
}

std::string NoticeText(const tlib::Message& notice, absl::string_view server) {
  std::string line = absl::StrCat(tlib::MessageTypeName(notice.type()), " ", server);
  if (notice.Has(Attribute::kServerRole)) {
    absl::StrAppend(&line, " (", PrintableLine(notice.Text(Attribute::kServerName)), ", ",
                    tlib::EnumName(Attribute::kServerRole, notice.Number(Attribute::kServerRole)), ")");
  }
  if (notice.Has(Attribute::kErrorMessage)) {
    absl::StrAppend(&line, ": ", PrintableLine(notice.Text(Attribute::kErrorMessage)));
  }
  return line;
}

std::string RefusalText(const tlib::Message& error) {
  const int64_t code = error.Number(Attribute::kErrorCode);
  const absl::string_view name = tlib::EnumName(Attribute::kErrorCode, code);
  const std::string said = PrintableLine(error.Text(Attribute::kErrorMessage));
  const std::string dn = PrintableLine(error.Text(Attribute::kThisDN));
  std::string text = absl::StrCat("refused", dn.empty() ? "" : " for ", dn, ": ",
                                  name.empty() ? absl::StrCat("error ", code) : std::string(name),
                                  said.empty() ? "" : ": ", said, "\n");
  const auto* const advice = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                          [&](const Advice& row) { return static_cast<int64_t>(row.code) == code; });
  if (advice != std::end(kAdvice)) absl::StrAppend(&text, "what to do: ", advice->text, "\n");
  return text;
}

}  // namespace understudy::tools
