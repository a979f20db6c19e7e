#include "tools/cti/message_words.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "daemon/config/nearest_name.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::tools {

using tlib::Attribute;
using tlib::AttributeKind;

namespace {

struct Word {
  absl::string_view name;
  absl::string_view value;
  bool is_number = false;
};

absl::StatusOr<Word> Split(absl::string_view word) {
  const size_t equals = word.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(absl::StrCat("found '", word, "'; allowed: name=text, or name:=number"));
  }
  Word split{word.substr(0, equals), word.substr(equals + 1), false};
  split.is_number = absl::ConsumeSuffix(&split.name, ":");
  return split;
}

absl::StatusOr<int64_t> Number(absl::string_view name, absl::string_view text) {
  int64_t number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  return absl::InvalidArgumentError(absl::StrCat(name, ": found '", text, "'; allowed: a number"));
}

absl::Status Append(const Word& word, absl::string_view key, tlib::KeyValueList* list) {
  if (!word.is_number) {
    list->Append(key, word.value);
    return absl::OkStatus();
  }
  const absl::StatusOr<int64_t> number = Number(key, word.value);
  if (number.ok()) list->Append(key, *number);
  return number.status();
}

std::string NearestOf(absl::string_view name, const std::vector<std::string>& names) {
  const std::vector<absl::string_view> known(names.begin(), names.end());
  const absl::string_view nearest = daemon::NearestName(name, known);
  return nearest.empty() ? "" : absl::StrCat(": is it ", nearest, "?");
}

absl::StatusOr<Attribute> AttributeNamed(absl::string_view name) {
  const absl::optional<Attribute> found = tlib::FindAttribute(name);
  if (found.has_value()) return *found;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no attribute '", name, "'", NearestOf(name, AttributeNames())));
}

std::string EnumNames(Attribute attribute) {
  std::vector<absl::string_view> names;
  for (int64_t value = 0; !tlib::EnumName(attribute, value).empty(); ++value) {
    names.push_back(tlib::EnumName(attribute, value));
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<int64_t> EnumNumber(Attribute attribute, absl::string_view text) {
  int64_t number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  const absl::optional<int64_t> named = tlib::FindEnum(attribute, text);
  if (named.has_value()) return *named;
  return absl::InvalidArgumentError(absl::StrCat(tlib::AttributeName(attribute), ": found '", text,
                                                 "'; allowed: ", EnumNames(attribute), ", or a number"));
}

absl::Status SetOne(Attribute attribute, absl::string_view value, tlib::Message* message) {
  const absl::string_view name = tlib::AttributeName(attribute);
  absl::StatusOr<int64_t> number = int64_t{0};
  switch (tlib::KindOf(attribute)) {
    case AttributeKind::kText:
      message->Set(attribute, value);
      return absl::OkStatus();
    case AttributeKind::kList:
      return absl::InvalidArgumentError(absl::StrCat(name, " is a list: say ", name, ".key=text"));
    case AttributeKind::kNumber:
      number = Number(name, value);
      break;
    case AttributeKind::kId:
      number = ParseConnID(value);
      break;
    case AttributeKind::kEnum:
      number = EnumNumber(attribute, value);
      break;
  }
  if (number.ok()) message->Set(attribute, *number);
  return number.status();
}

absl::Status CheckSize(Attribute attribute, const tlib::KeyValueList& list) {
  const size_t most = tlib::MostOctets(attribute);
  if (list.octets() <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(tlib::AttributeName(attribute), " has ", list.octets(), " octets; allowed: ", most));
}

absl::Status SetPair(const Word& word, size_t dot, tlib::Message* message) {
  const absl::StatusOr<Attribute> attribute = AttributeNamed(word.name.substr(0, dot));
  if (!attribute.ok()) return attribute.status();
  if (tlib::KindOf(*attribute) != AttributeKind::kList) {
    return absl::InvalidArgumentError(absl::StrCat(word.name.substr(0, dot), " is no list"));
  }
  tlib::KeyValueList list = message->List(*attribute);
  if (absl::Status added = Append(word, word.name.substr(dot + 1), &list); !added.ok()) return added;
  if (absl::Status size = CheckSize(*attribute, list); !size.ok()) return size;
  message->Set(*attribute, std::move(list));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<tlib::KeyValueList> ParsePairs(absl::Span<const std::string> words) {
  tlib::KeyValueList list;
  for (const std::string& text : words) {
    const absl::StatusOr<Word> word = Split(text);
    if (!word.ok()) return word.status();
    if (absl::Status added = Append(*word, word->name, &list); !added.ok()) return added;
  }
  if (absl::Status size = CheckSize(Attribute::kUserData, list); !size.ok()) return size;
  return list;
}

absl::Status SetAttributes(absl::Span<const std::string> words, tlib::Message* message) {
  for (const std::string& text : words) {
    const absl::StatusOr<Word> word = Split(text);
    if (!word.ok()) return word.status();
    const size_t dot = word->name.find('.');
    absl::Status set;
    if (dot != absl::string_view::npos) {
      set = SetPair(*word, dot, message);
    } else {
      const absl::StatusOr<Attribute> attribute = AttributeNamed(word->name);
      set = attribute.ok() ? SetOne(*attribute, word->value, message) : attribute.status();
    }
    if (!set.ok()) return set;
  }
  return absl::OkStatus();
}

absl::StatusOr<tlib::Message> NamedRequest(absl::string_view name) {
  const std::string full = absl::StartsWith(name, "Request") ? std::string(name) : absl::StrCat("Request", name);
  const absl::optional<tlib::MessageType> type = tlib::FindMessageType(full);
  if (type.has_value()) return tlib::Message(*type);
  return absl::InvalidArgumentError(absl::StrCat("there is no request '", name, "'", NearestOf(full, RequestNames())));
}

absl::StatusOr<int64_t> ParseConnID(absl::string_view text) {
  uint64_t id = 0;
  if (text.size() <= 16 && absl::SimpleHexAtoi(text, &id) && !absl::StartsWithIgnoreCase(text, "0x")) {
    return static_cast<int64_t>(id);
  }
  return absl::InvalidArgumentError(absl::StrCat("found '", text, "' as an id; allowed: 1 to 16 hexadecimal digits"));
}

std::string ConnIDText(int64_t conn_id) {
  return absl::StrFormat("%016x", static_cast<uint64_t>(conn_id));
}

std::vector<std::string> RequestNames() {
  std::vector<std::string> names;
  for (tlib::MessageType type : tlib::AllMessageTypes()) {
    if (tlib::IsRequest(type)) names.emplace_back(tlib::MessageTypeName(type));
  }
  return names;
}

std::vector<std::string> AttributeNames() {
  std::vector<std::string> names;
  for (Attribute attribute : tlib::AllAttributes()) names.emplace_back(tlib::AttributeName(attribute));
  return names;
}

}  // namespace understudy::tools
