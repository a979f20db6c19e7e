#include "tests/scenarios/draft.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace understudy::tests {

void Draft::Add(absl::string_view name, absl::string_view value) {
  fields.emplace_back(std::string(name), std::string(value));
}

void Draft::Set(absl::string_view name, absl::string_view value) {
  for (auto& field : fields) {
    if (!absl::EqualsIgnoreCase(field.first, name)) continue;
    field.second = std::string(value);
    return;
  }
  Add(name, value);
}

void Draft::Remove(absl::string_view name) {
  fields.erase(std::remove_if(fields.begin(), fields.end(),
                              [name](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); }),
               fields.end());
}

void Draft::Edit(absl::string_view line) {
  if (absl::ConsumePrefix(&line, "start ")) {
    start = std::string(line);
  } else if (absl::ConsumePrefix(&line, "long ")) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    Add(parts.first, std::string(std::stoul(parts.second), 'x'));
  } else if (absl::ConsumePrefix(&line, "many ")) {
    while (fields.size() < std::stoul(std::string(line))) Add("X-Many", "x");
  } else if (line == "body none") {
    body.clear();
    body_type.clear();
  } else if (absl::ConsumePrefix(&line, "body ")) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    body_type = parts.first;
    body = absl::StrReplaceAll(parts.second, {{"\\n", "\r\n"}});
  } else if (absl::ConsumePrefix(&line, "-")) {
    Remove(line);
  } else {
    const bool add = absl::ConsumePrefix(&line, "+");
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    add ? Add(parts.first, value) : Set(parts.first, value);
  }
}

std::string Draft::Text() const {
  std::string text = absl::StrCat(start, "\r\n");
  for (const auto& [name, value] : fields) absl::StrAppend(&text, name, ": ", value, "\r\n");
  if (!body_type.empty()) absl::StrAppend(&text, "Content-Type: ", body_type, "\r\n");
  absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n\r\n", body);
  return text;
}

std::string SessionOf(absl::string_view party, absl::string_view direction) {
  return absl::StrCat("v=0\r\no=", party, " 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n",
                      "m=audio 4000 RTP/AVP 8\r\na=", direction, "\r\n");
}

}  // namespace understudy::tests
