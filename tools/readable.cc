#include "tools/readable.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

std::string Scalar(const json::value& value) {
  if (const json::string* text = value.if_string(); text != nullptr) return std::string(text->data(), text->size());
  return value.is_null() ? "-" : json::serialize(value);
}

bool IsNested(const json::value& value) {
  return value.is_object() || value.is_array();
}

std::string Pad(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

class Writer {
 public:
  void Value(const json::value& value, size_t indent) {
    if (value.is_object()) return Object(value.get_object(), indent);
    if (value.is_array()) return Array(value.get_array(), indent);
    Line(Scalar(value), indent);
  }

  std::string Take() { return std::move(out_); }

 private:
  void Line(absl::string_view text, size_t indent) {
    const size_t end = text.find_last_not_of(' ');
    absl::StrAppend(&out_, std::string(indent, ' '), text.substr(0, end + 1), "\n");
  }

  void Object(const json::object& object, size_t indent) {
    size_t width = 0;
    for (const auto& member : object) {
      if (!IsNested(member.value())) width = std::max(width, member.key().size());
    }
    for (const auto& member : object) {
      const std::string key(member.key().data(), member.key().size());
      if (IsNested(member.value())) {
        Line(key, indent);
        Value(member.value(), indent + 2);
      } else {
        Line(absl::StrCat(Pad(key, width), "  ", Scalar(member.value())), indent);
      }
    }
  }

  void Array(const json::array& array, size_t indent) {
    if (array.empty()) return Line("none", indent);
    if (array[0].is_object()) return Table(array, indent);
    for (const json::value& value : array) Value(value, indent);
  }

  // The first row names the columns.
  void Table(const json::array& rows, size_t indent) {
    std::vector<std::string> names;
    for (const auto& member : rows[0].get_object()) names.emplace_back(member.key().data(), member.key().size());
    std::vector<std::vector<std::string>> cells = {names};
    for (const json::value& row : rows) {
      std::vector<std::string>& line = cells.emplace_back();
      for (const std::string& name : names) {
        const json::value* cell = row.get_object().if_contains(name);
        line.push_back(cell == nullptr ? "-" : Scalar(*cell));
      }
    }
    std::vector<size_t> widths(names.size());
    for (const std::vector<std::string>& line : cells) {
      for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size() + 2);
    }
    for (const std::vector<std::string>& line : cells) {
      std::string text;
      for (size_t i = 0; i < line.size(); ++i) absl::StrAppend(&text, Pad(line[i], widths[i]));
      Line(text, indent);
    }
  }

  std::string out_;
};

}  // namespace

std::string ReadableText(const json::value& value) {
  Writer writer;
  writer.Value(value, 0);
  return writer.Take();
}

}  // namespace understudy::tools
