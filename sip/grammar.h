// Character classes of RFC 3261 25.1 as one table, and the white space that header values may hold: a fold is
// CR LF + WSP, so CR and LF count as white space here (the parser lets no other CR or LF into a value).
#ifndef UNDERSTUDY_SIP_GRAMMAR_H_
#define UNDERSTUDY_SIP_GRAMMAR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace understudy::sip {

enum CharClass : uint8_t {
  kTokenChar = 1 << 0,
  kHostChar = 1 << 1,      // alphanum, '-', '.', and '_' for the field's sake
  kUserChar = 1 << 2,      // unreserved, user-unreserved, and '#' for the field's sake; '%' is checked apart
  kPasswordChar = 1 << 3,  // unreserved and "&=+$,"
  kUriTailChar = 1 << 4,   // params and headers of a URI with their own separators
  kSpaceChar = 1 << 5,
  kValueEnd = 1 << 6,  // ends an unquoted parameter value
  kIpv6Char = 1 << 7,  // inside an IPv6 reference
};

namespace grammar_internal {

constexpr void Mark(std::array<uint8_t, 256>* table, absl::string_view chars, uint8_t bits) {
  for (char c : chars) (*table)[static_cast<uint8_t>(c)] |= bits;
}

constexpr std::array<uint8_t, 256> MakeTable() {
  std::array<uint8_t, 256> table{};
  const uint8_t everywhere = kTokenChar | kUserChar | kPasswordChar | kUriTailChar;
  Mark(&table, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", everywhere | kHostChar);
  Mark(&table, "-.", everywhere | kHostChar);
  Mark(&table, "_", everywhere | kHostChar);
  Mark(&table, "!~*'", everywhere);
  Mark(&table, "()", kUserChar | kPasswordChar | kUriTailChar);
  Mark(&table, "%`", kTokenChar);
  Mark(&table, "+", everywhere);
  Mark(&table, "&=$,", kUserChar | kPasswordChar);
  Mark(&table, ";?/#", kUserChar);
  Mark(&table, "[]/:&+$=;?", kUriTailChar);
  Mark(&table, " \t\r\n", kSpaceChar | kValueEnd);
  Mark(&table, ";,\"<>", kValueEnd);
  Mark(&table, "0123456789abcdefABCDEF:.", kIpv6Char);
  for (int c = 0; c < 0x20; ++c) table[static_cast<size_t>(c)] |= kValueEnd;
  table[0x7f] |= kValueEnd;
  return table;
}

inline constexpr std::array<uint8_t, 256> kTable = MakeTable();

}  // namespace grammar_internal

inline bool Is(char c, CharClass bits) {
  return (grammar_internal::kTable[static_cast<uint8_t>(c)] & bits) != 0;
}

inline bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// 0 to 15, or -1.
inline int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// text.find(c, from), inline: string_view's own is not.
inline size_t Find(absl::string_view text, char c, size_t from = 0) {
  if (from >= text.size()) return absl::string_view::npos;
  const void* found = std::memchr(text.data() + from, c, text.size() - from);
  if (found == nullptr) return absl::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

// How many octets from the start are of that class.
inline size_t Run(absl::string_view text, CharClass bits) {
  size_t n = 0;
  while (n < text.size() && Is(text[n], bits)) ++n;
  return n;
}

inline bool IsToken(absl::string_view text) {
  return !text.empty() && Run(text, kTokenChar) == text.size();
}

inline void SkipSpace(absl::string_view* text) {
  size_t n = 0;
  while (n < text->size() && IsSpace((*text)[n])) ++n;
  text->remove_prefix(n);
}

inline absl::string_view Trim(absl::string_view text) {
  SkipSpace(&text);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the token at the front; empty when there is none.
inline absl::string_view TakeToken(absl::string_view* text) {
  const absl::string_view token = text->substr(0, Run(*text, kTokenChar));
  text->remove_prefix(token.size());
  return token;
}

// The octets of a quoted string at the front, quotes included; 0 when it is not closed. RFC 3261 25.1: a
// backslash takes the next octet with it.
inline size_t QuotedLength(absl::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return 0;
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_GRAMMAR_H_
