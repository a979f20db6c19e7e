#include "tests/scenarios/client_words.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tlib/message_json.h"

namespace understudy::tests {
namespace {

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

tlib::KeyValueList ListOf(absl::string_view text) {
  tlib::KeyValueList list;
  for (absl::string_view pair : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(pair, absl::MaxSplits(':', 1));
    int64_t number = 0;
    if (absl::SimpleAtoi(parts.second, &number)) {
      list.Append(parts.first, number);
    } else {
      list.Append(parts.first, parts.second);
    }
  }
  return list;
}

absl::Status SetAttribute(absl::string_view word, tlib::Message* request) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
  const absl::optional<tlib::Attribute> attribute = tlib::FindAttribute(parts.first);
  if (!attribute) return Wrong(absl::StrCat("there is no attribute ", parts.first));
  int64_t number = 0;
  uint64_t id = 0;
  switch (tlib::KindOf(*attribute)) {
    case tlib::AttributeKind::kText:
      request->Set(*attribute, parts.second);
      return absl::OkStatus();
    case tlib::AttributeKind::kList:
      request->Set(*attribute, ListOf(parts.second));
      return absl::OkStatus();
    case tlib::AttributeKind::kId:
      if (!absl::SimpleHexAtoi(parts.second, &id)) return Wrong(absl::StrCat(word, ": no hexadecimal number"));
      request->Set(*attribute, static_cast<int64_t>(id));
      return absl::OkStatus();
    case tlib::AttributeKind::kEnum:
      if (const absl::optional<int64_t> value = tlib::FindEnum(*attribute, parts.second)) {
        request->Set(*attribute, *value);
        return absl::OkStatus();
      }
      [[fallthrough]];
    case tlib::AttributeKind::kNumber:
      if (!absl::SimpleAtoi(parts.second, &number)) return Wrong(absl::StrCat(word, ": neither a name nor a number"));
      request->Set(*attribute, number);
      return absl::OkStatus();
  }
  return Wrong(absl::StrCat(word, ": an attribute of no kind"));
}

}  // namespace

absl::StatusOr<tlib::Message> RequestOf(const std::vector<std::string>& words) {
  if (words.empty()) return Wrong("no request");
  if (absl::StartsWith(words[0], "{")) return tlib::FromJson(absl::StrJoin(words, " "));
  absl::optional<tlib::MessageType> type = tlib::FindMessageType(words[0]);
  if (!type) type = tlib::FindMessageType(absl::StrCat("Request", words[0]));
  if (!type) return Wrong(absl::StrCat("there is no request ", words[0]));
  tlib::Message request(*type);
  for (size_t i = 1; i < words.size(); ++i) {
    if (absl::Status s = SetAttribute(words[i], &request); !s.ok()) return s;
  }
  return request;
}

}  // namespace understudy::tests
