#include "tlib/text.h"

#include <cstdint>

namespace understudy::tlib {
namespace {

struct Lead {
  uint8_t first, last;
  uint8_t lowest, highest;  // of the second octet
  size_t octets;
};

// RFC 3629 section 4, UTF8-2 to UTF8-4.
constexpr Lead kLeads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

uint8_t At(absl::string_view octets, size_t at) {
  return static_cast<uint8_t>(octets[at]);
}

// Octets of the character at `at`; 0: none begins there.
size_t CharacterAt(absl::string_view octets, size_t at) {
  const uint8_t first = At(octets, at);
  if (first < 0x80) return first == 0 ? 0 : 1;
  for (const Lead& lead : kLeads) {
    if (first < lead.first || first > lead.last) continue;
    if (octets.size() - at < lead.octets) return 0;
    if (At(octets, at + 1) < lead.lowest || At(octets, at + 1) > lead.highest) return 0;
    for (size_t i = 2; i < lead.octets; ++i) {
      if ((At(octets, at + i) & 0xc0) != 0x80) return 0;
    }
    return lead.octets;
  }
  return 0;
}

}  // namespace

bool IsText(absl::string_view octets) {
  for (size_t at = 0; at < octets.size();) {
    const size_t length = CharacterAt(octets, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string AsText(absl::string_view octets, size_t most_octets) {
  std::string text;
  for (size_t at = 0; at < octets.size();) {
    const size_t length = CharacterAt(octets, at);
    const absl::string_view character = length == 0 ? "?" : octets.substr(at, length);
    if (text.size() + character.size() > most_octets) break;
    text.append(character.data(), character.size());
    at += character.size();
  }
  return text;
}

}  // namespace understudy::tlib
