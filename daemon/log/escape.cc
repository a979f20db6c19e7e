#include "daemon/log/escape.h"

#include <algorithm>
#include <cstdint>

namespace understudy::log {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool IsPlain(char c) {
  return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
}

uint8_t Octet(absl::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]);
}

// Length of the UTF-8 character at `at` (RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF), 0 if none.
size_t Utf8Length(absl::string_view text, size_t at) {
  const uint8_t first = Octet(text, at);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xc2 && first < 0xe0   ? 2
                        : first >= 0xe0 && first < 0xf0 ? 3
                        : first >= 0xf0 && first < 0xf5 ? 4
                                                        : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((Octet(text, at + i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = Octet(text, at + 1);
  if (first == 0xe0 && second < 0xa0) return 0;
  if (first == 0xed && second > 0x9f) return 0;
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second > 0x8f) return 0;
  // C1 controls and the separators that some readers take for line ends.
  if (first == 0xc2 && second < 0xa0) return 0;
  if (first == 0xe2 && second == 0x80 && (Octet(text, at + 2) == 0xa8 || Octet(text, at + 2) == 0xa9)) return 0;
  return length;
}

void AppendHex(absl::string_view prefix, uint8_t octet, std::string* out) {
  out->append(prefix.data(), prefix.size());
  out->push_back(kHex[octet >> 4]);
  out->push_back(kHex[octet & 15]);
}

// True when `c` has a short form that text lines and JSON share.
bool AppendShortEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return true;
    case '\\':
      out->append("\\\\");
      return true;
    case '\n':
      out->append("\\n");
      return true;
    case '\r':
      out->append("\\r");
      return true;
    case '\t':
      out->append("\\t");
      return true;
    default:
      return false;
  }
}

}  // namespace

void AppendTextValue(absl::string_view value, size_t limit, std::string* out) {
  const bool cut = value.size() > limit;
  value = value.substr(0, limit);
  if (!cut && !value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    out->append(value.data(), value.size());
    return;
  }
  out->push_back('"');
  for (size_t i = 0; i < value.size(); ++i) {
    if (AppendShortEscape(value[i], out)) continue;
    if (value[i] >= ' ' && value[i] <= '~') {
      out->push_back(value[i]);
    } else {
      AppendHex("\\x", Octet(value, i), out);
    }
  }
  out->append(cut ? "\"..." : "\"");
}

void AppendJsonString(absl::string_view value, size_t limit, std::string* out) {
  const bool cut = value.size() > limit;
  value = value.substr(0, limit);
  out->push_back('"');
  for (size_t i = 0; i < value.size();) {
    const size_t length = Utf8Length(value, i);
    if (AppendShortEscape(value[i], out)) {
      ++i;
    } else if (length == 0 || Octet(value, i) < 0x20 || Octet(value, i) == 0x7f) {
      AppendHex("\\u00", Octet(value, i), out);
      ++i;
    } else {
      out->append(value.data() + i, length);
      i += length;
    }
  }
  out->append(cut ? "...\"" : "\"");
}

}  // namespace understudy::log
