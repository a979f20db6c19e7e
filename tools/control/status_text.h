// A server's status, an object of any shape, as text for people.
#ifndef UNDERSTUDY_TOOLS_CONTROL_STATUS_TEXT_H_
#define UNDERSTUDY_TOOLS_CONTROL_STATUS_TEXT_H_

#include <string>

#include "boost/json/object.hpp"

namespace understudy::tools {

// A line a member, "name   value", in the object's order and without "ok". '_' of a name becomes a space; true and
// false are yes and no; null and an empty list are "none"; an object, and each object of a list, stands indented below
// its name. Printable whatever the object holds.
std::string StatusText(const boost::json::object& status);

// A text member, printable; empty when it is not there or no text.
std::string TextMember(const boost::json::object& object, const char* name);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CONTROL_STATUS_TEXT_H_
