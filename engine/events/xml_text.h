// Text inside an XML document.
#ifndef UNDERSTUDY_ENGINE_EVENTS_XML_TEXT_H_
#define UNDERSTUDY_ENGINE_EVENTS_XML_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace understudy::engine {

// As content or the value of an attribute (XML 1.0, 2.4). Octets that no document may hold, or that are not ASCII and
// perhaps no UTF-8, become '?': what comes here is from SIP headers, of which nobody knows the encoding.
std::string XmlText(absl::string_view text);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_XML_TEXT_H_
