// A JSON value as text for people: objects as aligned lines, arrays of flat objects as tables.
#ifndef UNDERSTUDY_TOOLS_READABLE_H_
#define UNDERSTUDY_TOOLS_READABLE_H_

#include <string>

#include "boost/json.hpp"

namespace understudy::tools {

// Ends with a line end. An empty array is "none".
std::string ReadableText(const boost::json::value& value);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_READABLE_H_
