#include "tlib/json_reader.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tlib/text.h"

namespace understudy::tlib {
namespace {

// RFC 3629 section 3. The caller has seen to it that `character` is no surrogate.
void AppendUtf8(uint32_t character, std::string* out) {
  const auto octet = [out](uint32_t value) { out->push_back(static_cast<char>(value)); };
  if (character < 0x80) {
    octet(character);
  } else if (character < 0x800) {
    octet(0xc0 | character >> 6);
    octet(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    octet(0xe0 | character >> 12);
    octet(0x80 | (character >> 6 & 0x3f));
    octet(0x80 | (character & 0x3f));
  } else {
    octet(0xf0 | character >> 18);
    octet(0x80 | (character >> 12 & 0x3f));
    octet(0x80 | (character >> 6 & 0x3f));
    octet(0x80 | (character & 0x3f));
  }
}

// One for a text. Each Read takes what it names from the front of the rest, or says what is wrong.
class Parser {
 public:
  explicit Parser(absl::string_view text) : size_(text.size()), rest_(text) {}

  absl::Status ReadWhole(JsonValue* out) {
    if (absl::Status status = ReadValue(1, out); !status.ok()) return status;
    SkipSpace();
    return rest_.empty() ? absl::OkStatus() : Wrong("something behind the end");
  }

 private:
  absl::Status Wrong(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("JSON, at octet ", size_ - rest_.size(), ": ", what));
  }

  void SkipSpace() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  bool Take(absl::string_view token) {
    SkipSpace();
    return absl::ConsumePrefix(&rest_, token);
  }

  absl::Status ReadValue(int depth, JsonValue* out) {
    if (depth > kMostJsonDepth) return Wrong(absl::StrCat("more than ", kMostJsonDepth, " brackets in each other"));
    if (Take("{")) return ReadObject(depth, &out->value.emplace<JsonObject>());
    if (Take("[")) return ReadArray(depth, &out->value.emplace<JsonArray>());
    if (Take("\"")) return ReadString(&out->value.emplace<std::string>());
    if (Take("true")) return out->value = true, absl::OkStatus();
    if (Take("false")) return out->value = false, absl::OkStatus();
    if (Take("null")) return out->value = JsonNull{}, absl::OkStatus();
    return ReadNumber(&out->value.emplace<int64_t>());
  }

  absl::Status ReadObject(int depth, JsonObject* out) {
    if (Take("}")) return absl::OkStatus();
    do {
      JsonMember& member = out->emplace_back();
      if (!Take("\"")) return Wrong("expected a name");
      if (absl::Status status = ReadString(&member.name); !status.ok()) return status;
      if (!Take(":")) return Wrong("expected :");
      if (absl::Status status = ReadValue(depth + 1, &member.value); !status.ok()) return status;
    } while (Take(","));
    return Take("}") ? absl::OkStatus() : Wrong("expected , or }");
  }

  absl::Status ReadArray(int depth, JsonArray* out) {
    if (Take("]")) return absl::OkStatus();
    do {
      if (absl::Status status = ReadValue(depth + 1, &out->emplace_back()); !status.ok()) return status;
    } while (Take(","));
    return Take("]") ? absl::OkStatus() : Wrong("expected , or ]");
  }

  absl::Status ReadNumber(int64_t* out) {
    const size_t length = std::min(rest_.find_first_not_of("+-.0123456789eE"), rest_.size());
    const absl::string_view digits = rest_.substr(0, length);
    const absl::string_view unsigned_digits = absl::StripPrefix(digits, "-");
    if (unsigned_digits.empty()) return Wrong("expected a value");
    if (unsigned_digits.find_first_not_of("0123456789") != absl::string_view::npos)
      return Wrong("a number that is not whole");
    if (unsigned_digits.size() > 1 && unsigned_digits[0] == '0') return Wrong("a number that begins with 0");
    if (!absl::SimpleAtoi(digits, out)) return Wrong("a number of more than 64 bits");
    rest_.remove_prefix(length);
    return absl::OkStatus();
  }

  // Behind the quote.
  absl::Status ReadString(std::string* out) {
    for (;;) {
      const size_t plain = rest_.find_first_of("\"\\");
      if (plain == absl::string_view::npos) return Wrong("a string without an end");
      const absl::string_view octets = rest_.substr(0, plain);
      if (!IsText(octets)) return Wrong("a string that is not UTF-8");
      for (char octet : octets) {
        if (static_cast<uint8_t>(octet) < 0x20) return Wrong("a control character in a string");
      }
      out->append(octets.data(), octets.size());
      rest_.remove_prefix(plain);
      if (absl::ConsumePrefix(&rest_, "\"")) return absl::OkStatus();
      if (absl::Status status = ReadEscape(out); !status.ok()) return status;
    }
  }

  absl::Status ReadEscape(std::string* out) {
    constexpr absl::string_view kEscapes = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.size() < 2) return Wrong("a string without an end");
    if (rest_[1] == 'u') return ReadCharacter(out);
    const size_t at = kEscapes.find(rest_[1]);
    if (at == absl::string_view::npos) return Wrong("an escape that is none");
    out->push_back(kMeanings[at]);
    rest_.remove_prefix(2);
    return absl::OkStatus();
  }

  // \u and one or, for what is past U+FFFF, two times four digits.
  absl::Status ReadCharacter(std::string* out) {
    uint32_t character = 0;
    if (!ReadUnit(&character)) return Wrong("expected \\u and four hexadecimal digits");
    if (character >= 0xd800 && character < 0xdc00) {
      uint32_t low = 0;
      if (!ReadUnit(&low) || low < 0xdc00 || low >= 0xe000) return Wrong("half a surrogate pair");
      character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    } else if (character >= 0xdc00 && character < 0xe000) {
      return Wrong("half a surrogate pair");
    }
    if (character == 0) return Wrong("NUL");
    AppendUtf8(character, out);
    return absl::OkStatus();
  }

  bool ReadUnit(uint32_t* unit) {
    constexpr absl::string_view kDigits = "0123456789abcdef";
    if (rest_.size() < 6 || rest_[0] != '\\' || rest_[1] != 'u') return false;
    *unit = 0;
    for (char digit : rest_.substr(2, 4)) {
      const size_t value = kDigits.find(digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit);
      if (value == absl::string_view::npos) return false;
      *unit = *unit << 4 | static_cast<uint32_t>(value);
    }
    rest_.remove_prefix(6);
    return true;
  }

  const size_t size_;
  absl::string_view rest_;
};

}  // namespace

absl::StatusOr<JsonValue> ParseJson(absl::string_view text) {
  if (text.size() > kMostJsonOctets) {
    return absl::InvalidArgumentError(absl::StrCat("JSON of ", text.size(), " octets; at most ", kMostJsonOctets));
  }
  JsonValue value;
  if (absl::Status status = Parser(text).ReadWhole(&value); !status.ok()) return status;
  return value;
}

}  // namespace understudy::tlib
