#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tlib/message_json.h"

namespace understudy::tlib {
namespace {

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

absl::Status ReadList(absl::string_view where, const JsonValue& json, KeyValueList* out);

// {"base64":"..."}
const std::string* Base64Of(const JsonValue& json) {
  const auto* object = std::get_if<JsonObject>(&json.value);
  if (object == nullptr || object->size() != 1 || object->front().name != "base64") return nullptr;
  return std::get_if<std::string>(&object->front().value.value);
}

absl::Status ReadPair(absl::string_view where, const std::string& key, const JsonValue& json, KeyValueList* out) {
  KeyValuePair pair{key, {}};
  if (const auto* number = std::get_if<int64_t>(&json.value)) {
    pair.value = *number;
  } else if (const auto* text = std::get_if<std::string>(&json.value)) {
    pair.value = *text;
  } else if (const std::string* base64 = Base64Of(json)) {
    if (!absl::Base64Unescape(*base64, &pair.value.emplace<Binary>().octets))
      return Wrong(where, "base64 that is none");
  } else if (absl::Status status = ReadList(where, json, &pair.value.emplace<KeyValueList>()); !status.ok()) {
    return status;
  }
  out->Append(std::move(pair));
  return absl::OkStatus();
}

// An array of a pair: its key and its value.
absl::Status ReadPair(absl::string_view where, const JsonValue& json, KeyValueList* out) {
  const auto* array = std::get_if<JsonArray>(&json.value);
  const auto* key = array == nullptr || array->size() != 2 ? nullptr : std::get_if<std::string>(&array->front().value);
  if (key == nullptr) return Wrong(where, "expected [\"key\", value]");
  return ReadPair(where, *key, array->back(), out);
}

absl::Status ReadList(absl::string_view where, const JsonValue& json, KeyValueList* out) {
  if (const auto* object = std::get_if<JsonObject>(&json.value)) {
    for (const JsonMember& member : *object) {
      if (absl::Status status = ReadPair(where, member.name, member.value, out); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  const auto* array = std::get_if<JsonArray>(&json.value);
  if (array == nullptr) return Wrong(where, "expected a number, a string or a list");
  for (const JsonValue& element : *array) {
    if (absl::Status status = ReadPair(where, element, out); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::optional<uint64_t> ParseId(absl::string_view text) {
  uint64_t id = 0;
  if (text.empty() || text.size() > 16) return absl::nullopt;
  for (char digit : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit))) return absl::nullopt;
    id = id << 4 | static_cast<uint64_t>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return id;
}

absl::Status SetList(Attribute attribute, const JsonValue& json, Message* out) {
  const absl::string_view name = AttributeName(attribute);
  KeyValueList list;
  if (absl::Status status = ReadList(name, json, &list); !status.ok()) return status;
  if (list.octets() > MostOctets(attribute))
    return Wrong(name, absl::StrCat("more than ", MostOctets(attribute), " octets"));
  if (list.depth() > kMostListDepth)
    return Wrong(name, absl::StrCat("more than ", kMostListDepth, " lists in each other"));
  out->Set(attribute, std::move(list));
  return absl::OkStatus();
}

// Of a string: the text, the id, or the number of a name.
absl::Status SetText(Attribute attribute, const std::string& text, Message* out) {
  const absl::string_view name = AttributeName(attribute);
  switch (KindOf(attribute)) {
    case AttributeKind::kText:
      if (text.size() > MostOctets(attribute))
        return Wrong(name, absl::StrCat("more than ", MostOctets(attribute), " octets"));
      out->Set(attribute, text);
      return absl::OkStatus();
    case AttributeKind::kId: {
      const absl::optional<uint64_t> id = ParseId(text);
      if (!id) return Wrong(name, "expected 1 to 16 hexadecimal digits");
      out->Set(attribute, *id);
      return absl::OkStatus();
    }
    case AttributeKind::kEnum: {
      const absl::optional<int64_t> value = FindEnum(attribute, text);
      if (!value) return Wrong(name, absl::StrCat("has no value \"", text, "\""));
      out->Set(attribute, *value);
      return absl::OkStatus();
    }
    case AttributeKind::kNumber:
      return Wrong(name, "expected a number");
    case AttributeKind::kList:
      return Wrong(name, "expected a list");
  }
  return Wrong(name, "of no kind");
}

absl::Status SetAttribute(const JsonMember& member, Message* out) {
  const absl::optional<Attribute> attribute = FindAttribute(member.name);
  if (!attribute) return Wrong(member.name, "no attribute has this name");
  if (out->Has(*attribute)) return Wrong(member.name, "stands twice");
  const AttributeKind kind = KindOf(*attribute);
  if (const auto* text = std::get_if<std::string>(&member.value.value)) return SetText(*attribute, *text, out);
  if (kind == AttributeKind::kList) return SetList(*attribute, member.value, out);
  const auto* number = std::get_if<int64_t>(&member.value.value);
  if (number == nullptr || (kind != AttributeKind::kNumber && kind != AttributeKind::kEnum)) {
    return Wrong(member.name, kind == AttributeKind::kNumber ? "expected a number" : "expected a string");
  }
  out->Set(*attribute, *number);
  return absl::OkStatus();
}

bool NamesType(const JsonMember& member) {
  return member.name == "Request" || member.name == "Event";
}

absl::StatusOr<Message> ReadType(const JsonObject& object) {
  for (const JsonMember& member : object) {
    if (!NamesType(member)) continue;
    const auto* name = std::get_if<std::string>(&member.value.value);
    const absl::optional<MessageType> type = name == nullptr ? absl::nullopt : FindMessageType(*name);
    if (!type || IsRequest(*type) != (member.name == "Request")) return Wrong(member.name, "no message has this name");
    return Message(*type);
  }
  return Wrong("JSON", "expected \"Request\" or \"Event\"");
}

}  // namespace

absl::StatusOr<Message> FromJson(absl::string_view json) {
  const absl::StatusOr<JsonValue> value = ParseJson(json);
  if (!value.ok()) return value.status();
  return FromJson(*value);
}

absl::StatusOr<Message> FromJson(const JsonValue& json) {
  const auto* object = std::get_if<JsonObject>(&json.value);
  if (object == nullptr) return Wrong("JSON", "expected an object");
  absl::StatusOr<Message> message = ReadType(*object);
  if (!message.ok()) return message;
  int types = 0;
  for (const JsonMember& member : *object) {
    if (NamesType(member)) {
      if (++types > 1) return Wrong(member.name, "stands twice");
    } else if (absl::Status status = SetAttribute(member, &*message); !status.ok()) {
      return status;
    }
  }
  return message;
}

}  // namespace understudy::tlib
