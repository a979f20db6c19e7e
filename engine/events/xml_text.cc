#include "engine/events/xml_text.h"

namespace understudy::engine {

std::string XmlText(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += c >= 0x20 && c < 0x7F ? c : '?';
    }
  }
  return out;
}

}  // namespace understudy::engine
