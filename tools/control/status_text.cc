#include "tools/control/status_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

constexpr size_t kColumn = 24;
constexpr int kMaxDepth = 8;

std::string Printable(json::string_view text) {
  return PrintableLine(absl::string_view(text.data(), text.size()));
}

std::string ScalarText(const json::value& value) {
  if (value.is_null()) return "none";
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  if (value.is_string()) return Printable(value.as_string());
  if (value.is_double()) return absl::StrCat(value.as_double());
  return Printable(json::serialize(value));
}

bool IsPlain(const json::value& value) {
  return !value.is_object() && !value.is_array();
}

std::string Label(int depth, json::string_view name) {
  return absl::StrCat(std::string(static_cast<size_t>(depth) * 2, ' '),
                      absl::StrReplaceAll(Printable(name), {{"_", " "}}));
}

void AppendLine(const std::string& label, const std::string& value, std::string* out) {
  const size_t gap = label.size() + 2 > kColumn ? 2 : kColumn - label.size();
  absl::StrAppend(out, label, std::string(gap, ' '), value, "\n");
}

void AppendObject(const json::object& object, int depth, std::string* out);

void AppendMember(json::string_view name, const json::value& value, int depth, std::string* out) {
  const std::string label = Label(depth, name);
  if (depth >= kMaxDepth) return AppendLine(label, Printable(json::serialize(value)), out);
  if (value.is_object()) {
    absl::StrAppend(out, label, "\n");
    return AppendObject(value.as_object(), depth + 1, out);
  }
  if (!value.is_array()) return AppendLine(label, ScalarText(value), out);
  const json::array& items = value.as_array();
  if (items.empty()) return AppendLine(label, "none", out);
  if (std::all_of(items.begin(), items.end(), IsPlain)) {
    auto append = [](std::string* text, const json::value& item) { absl::StrAppend(text, ScalarText(item)); };
    return AppendLine(label, absl::StrJoin(items, ", ", append), out);
  }
  for (size_t i = 0; i < items.size(); ++i)
    AppendMember(absl::StrCat(std::string(name), " ", i + 1), items[i], depth, out);
}

void AppendObject(const json::object& object, int depth, std::string* out) {
  for (const auto& member : object) {
    if (depth > 0 || member.key() != "ok") AppendMember(member.key(), member.value(), depth, out);
  }
}

}  // namespace

std::string StatusText(const json::object& status) {
  std::string text;
  AppendObject(status, 0, &text);
  return text;
}

std::string TextMember(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? Printable(value->as_string()) : "";
}

}  // namespace understudy::tools
