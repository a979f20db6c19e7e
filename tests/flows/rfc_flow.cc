#include "tests/flows/rfc_flow.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/corpus.h"

namespace understudy::tests {
namespace {

// The corpus has some files with bare line feeds.
std::vector<std::string> HeadLines(absl::string_view head) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(head, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    const bool folded = !lines.empty() && !line.empty() && absl::ascii_isspace(static_cast<unsigned char>(line[0]));
    if (folded) {
      absl::StrAppend(&lines.back(), " ", absl::StripAsciiWhitespace(line));
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

RfcMessage Parse(absl::string_view text) {
  RfcMessage message;
  const size_t crlf = text.find("\r\n\r\n");
  const size_t end = crlf == absl::string_view::npos ? text.find("\n\n") : crlf;
  std::vector<std::string> lines = HeadLines(absl::StripTrailingAsciiWhitespace(text.substr(0, end)));
  if (end != absl::string_view::npos) message.body = std::string(text.substr(end + (end == crlf ? 4 : 2)));
  message.start = lines.front();
  lines.erase(lines.begin());
  for (const std::string& line : lines) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    message.fields.emplace_back(parts.first, absl::StripAsciiWhitespace(parts.second));
  }
  message.body_printed = !message.body.empty() || message.Value("Content-Type").empty();
  return message;
}

std::string Word(absl::string_view text, size_t index) {
  const std::vector<std::string> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  return index < words.size() ? words[index] : std::string();
}

}  // namespace

bool RfcMessage::is_request() const {
  return !absl::StartsWith(start, "SIP/2.0 ");
}

std::string RfcMessage::method() const {
  return is_request() ? Word(start, 0) : Word(Value("CSeq"), 1);
}

std::string RfcMessage::status() const {
  return is_request() ? std::string() : Word(start, 1);
}

std::string RfcMessage::kind() const {
  return is_request() ? method() : absl::StrCat(status(), " ", method());
}

std::string RfcMessage::uri() const {
  return is_request() ? Word(start, 1) : std::string();
}

std::string RfcMessage::Value(absl::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (absl::EqualsIgnoreCase(field, name)) return value;
  }
  return {};
}

std::string RfcMessage::Tag(absl::string_view name) const {
  const std::string value = Value(name);
  const size_t begin = value.find(";tag=");
  return begin == std::string::npos ? std::string() : value.substr(begin + 5);
}

RfcFlow::RfcFlow(absl::string_view rfc, absl::string_view section) {
  const absl::optional<std::string> table = ReadCorpusFile("FLOWS.tsv");
  if (!table) return;
  for (absl::string_view line : absl::StrSplit(*table, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    if (!absl::StartsWith(columns[0], absl::StrCat("flows/", rfc, "/")) || columns[1] != section) continue;
    title_ = columns[2];
    Add(columns[0]);
  }
}

void RfcFlow::Add(absl::string_view path) {
  const absl::optional<std::string> text = ReadCorpusFile(path);
  if (!text) return;
  messages_.push_back(Parse(*text));
  absl::string_view file = path.substr(path.rfind('/') + 1);
  file = file.substr(file.find('-') + 1);
  absl::ConsumeSuffix(&file, ".sip");
  messages_.back().file = std::string(file);
}

const RfcMessage* RfcFlow::Find(absl::string_view name) const {
  const RfcMessage* found = nullptr;
  for (const RfcMessage& message : messages_) {
    if (message.file == name) return &message;
    if (!absl::EndsWith(message.file, absl::StrCat("-", name))) continue;
    if (found != nullptr) return nullptr;
    found = &message;
  }
  return found;
}

}  // namespace understudy::tests
