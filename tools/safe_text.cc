#include "tools/safe_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace understudy::tools {
namespace {

uint8_t Octet(absl::string_view bytes, size_t i) {
  return static_cast<uint8_t>(bytes[i]);
}

// Size of the UTF-8 character at the start of `bytes`, 0 when there is none (RFC 3629: shortest form, no surrogates).
size_t CharacterSize(absl::string_view bytes) {
  const uint8_t lead = Octet(bytes, 0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((Octet(bytes, i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = Octet(bytes, 1);
  if (lead == 0xe0 && second < 0xa0) return 0;
  if (lead == 0xed && second > 0x9f) return 0;
  if (lead == 0xf0 && second < 0x90) return 0;
  if (lead == 0xf4 && second > 0x8f) return 0;
  return size;
}

// C0, DEL and C1: what a terminal acts upon.
bool IsControl(absl::string_view character) {
  const uint8_t lead = Octet(character, 0);
  if (character.size() == 1) return lead < 0x20 || lead == 0x7f;
  return lead == 0xc2 && Octet(character, 1) < 0xa0;
}

void AppendHex(absl::string_view bytes, std::string* out) {
  for (size_t i = 0; i < bytes.size(); ++i) absl::StrAppend(out, "\\x", absl::Hex(Octet(bytes, i), absl::kZeroPad2));
}

}  // namespace

std::string PrintableLine(absl::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t size = CharacterSize(bytes);
    const absl::string_view character = bytes.substr(0, size == 0 ? 1 : size);
    bytes.remove_prefix(character.size());
    if (size == 0 || IsControl(character)) {
      AppendHex(character, &out);
    } else {
      absl::StrAppend(&out, character);
    }
  }
  return out;
}

std::string PrintableLines(absl::string_view bytes, absl::string_view indent) {
  std::string out;
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(bytes, "\n"), '\n')) {
    absl::StrAppend(&out, indent, PrintableLine(absl::StripSuffix(line, "\r")), "\n");
  }
  return out;
}

std::string ToUtf8(absl::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t size = CharacterSize(bytes);
    absl::StrAppend(&out, size == 0 ? "\xef\xbf\xbd" : bytes.substr(0, size));
    bytes.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace understudy::tools
