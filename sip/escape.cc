#include "sip/escape.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "sip/grammar.h"

namespace understudy::sip {
namespace {

struct Octet {
  char value = 0;
  bool escaped = false;
};

Octet TakeOctet(absl::string_view* text) {
  if ((*text)[0] == '%' && text->size() >= 3) {
    const int high = HexDigit((*text)[1]);
    const int low = HexDigit((*text)[2]);
    if (high >= 0 && low >= 0) {
      text->remove_prefix(3);
      return {static_cast<char>(high << 4 | low), true};
    }
  }
  const char plain = text->front();
  text->remove_prefix(1);
  return {plain, false};
}

bool IsReserved(char c) {
  return absl::string_view(";/?:@&=+$,").find(c) != absl::string_view::npos;
}

enum class Case { kMatters, kIgnored };
enum class Reserved { kLikeOthers, kDiffersFromEscape };

bool Same(Octet a, Octet b, Case letters, Reserved reserved) {
  if (reserved == Reserved::kDiffersFromEscape && a.escaped != b.escaped && IsReserved(a.value)) return false;
  if (letters == Case::kMatters) return a.value == b.value;
  return absl::ascii_tolower(static_cast<unsigned char>(a.value)) ==
         absl::ascii_tolower(static_cast<unsigned char>(b.value));
}

bool Equal(absl::string_view a, absl::string_view b, Case letters, Reserved reserved) {
  while (!a.empty() && !b.empty()) {
    const Octet octet_a = TakeOctet(&a);
    const Octet octet_b = TakeOctet(&b);
    if (!Same(octet_a, octet_b, letters, reserved)) return false;
  }
  return a.empty() && b.empty();
}

bool MayStandInUser(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-_.!~*'()&=+$,;?/").find(c) != absl::string_view::npos;
}

}  // namespace

void EscapeUser(absl::string_view text, std::string* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : text) {
    if (MayStandInUser(c)) {
      out->push_back(c);
      continue;
    }
    const uint8_t octet = static_cast<uint8_t>(c);
    out->push_back('%');
    out->push_back(kDigits[octet >> 4]);
    out->push_back(kDigits[octet & 15]);
  }
}

void Unescape(absl::string_view text, std::string* out) {
  while (!text.empty()) out->push_back(TakeOctet(&text).value);
}

bool EqualsUnescaped(absl::string_view a, absl::string_view b) {
  return Equal(a, b, Case::kMatters, Reserved::kLikeOthers);
}

bool EqualsUnescapedIgnoreCase(absl::string_view a, absl::string_view b) {
  return Equal(a, b, Case::kIgnored, Reserved::kLikeOthers);
}

bool EqualsAsUriText(absl::string_view a, absl::string_view b) {
  return Equal(a, b, Case::kMatters, Reserved::kDiffersFromEscape);
}

bool EqualsAsUriTextIgnoreCase(absl::string_view a, absl::string_view b) {
  return Equal(a, b, Case::kIgnored, Reserved::kDiffersFromEscape);
}

}  // namespace understudy::sip
