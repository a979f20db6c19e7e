#include "tlib/message_json.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace understudy::tlib {
namespace {

std::string Quoted(absl::string_view text) {
  constexpr absl::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr absl::string_view kLetters = "\"\\bfnrt";
  std::string out = "\"";
  for (char octet : text) {
    if (const size_t at = kEscaped.find(octet); at != absl::string_view::npos) {
      out += {'\\', kLetters[at]};
    } else if (static_cast<uint8_t>(octet) < 0x20) {
      absl::StrAppend(&out, "\\u", absl::Hex(octet, absl::kZeroPad4));
    } else {
      out += octet;
    }
  }
  return out + '"';
}

bool HasAKeyTwice(const KeyValueList& list) {
  std::vector<absl::string_view> keys;
  for (const KeyValuePair& pair : list.pairs()) keys.push_back(pair.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

bool LooksBinary(const KeyValueList& list) {
  return list.pairs().size() == 1 && list.pairs()[0].key == "base64" &&
         std::holds_alternative<std::string>(list.pairs()[0].value);
}

void Append(const KeyValueList& list, std::string* out);

void Append(const KeyValuePair& pair, std::string* out) {
  if (const auto* number = std::get_if<int64_t>(&pair.value)) {
    absl::StrAppend(out, *number);
  } else if (const auto* text = std::get_if<std::string>(&pair.value)) {
    absl::StrAppend(out, Quoted(*text));
  } else if (const auto* binary = std::get_if<Binary>(&pair.value)) {
    absl::StrAppend(out, "{\"base64\":\"", absl::Base64Escape(binary->octets), "\"}");
  } else {
    Append(std::get<KeyValueList>(pair.value), out);
  }
}

void Append(const KeyValueList& list, std::string* out) {
  const bool as_array = HasAKeyTwice(list) || LooksBinary(list);
  absl::StrAppend(out, as_array ? "[" : "{");
  absl::string_view comma = "";
  for (const KeyValuePair& pair : list.pairs()) {
    absl::StrAppend(out, comma, as_array ? "[" : "", Quoted(pair.key), as_array ? "," : ":");
    Append(pair, out);
    absl::StrAppend(out, as_array ? "]" : "");
    comma = ",";
  }
  absl::StrAppend(out, as_array ? "]" : "}");
}

void Append(Attribute attribute, const Value& value, std::string* out) {
  absl::StrAppend(out, ",\"", AttributeName(attribute), "\":");
  if (const auto* text = std::get_if<std::string>(&value)) {
    absl::StrAppend(out, Quoted(*text));
  } else if (const auto* list = std::get_if<KeyValueList>(&value)) {
    Append(*list, out);
  } else {
    const int64_t number = std::get<int64_t>(value);
    const absl::string_view name = EnumName(attribute, number);
    if (KindOf(attribute) == AttributeKind::kId) {
      absl::StrAppend(out, "\"", absl::Hex(number, absl::kZeroPad16), "\"");
    } else if (!name.empty()) {
      absl::StrAppend(out, "\"", name, "\"");
    } else {
      absl::StrAppend(out, number);
    }
  }
}

}  // namespace

std::string ToJson(const Message& message, absl::optional<int64_t> reference_id) {
  const absl::string_view role = IsRequest(message.type()) ? "Request" : "Event";
  std::string out = absl::StrCat("{\"", role, "\":\"", MessageTypeName(message.type()), "\"");
  if (reference_id && !message.Has(Attribute::kReferenceID)) Append(Attribute::kReferenceID, *reference_id, &out);
  for (const auto& [attribute, value] : message.attributes()) Append(attribute, value, &out);
  return out + "}";
}

}  // namespace understudy::tlib
