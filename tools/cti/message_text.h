// T-Library messages as text for people.
#ifndef UNDERSTUDY_TOOLS_CTI_MESSAGE_TEXT_H_
#define UNDERSTUDY_TOOLS_CTI_MESSAGE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "tlib/message.h"

namespace understudy::tools {

// The name, and under it a line an attribute, values in one column; lists indented below their name.
std::string MessageBlock(const tlib::Message& message, absl::optional<int64_t> reference_id);

// "12:04:05.123  EventRinging           1002  ConnID=00... OtherDN=1001 ...": one line, for many
// events; without CallUUID and CallID, for a ConnID is there.
std::string MessageLine(const tlib::Message& message);

// "12:04:05.123", UTC, as a line begins.
std::string TimeOfDay(WallTime time);

// What the client says itself, about a server: "EventLinkDisconnected sip-a:5070: no connection: connection refused".
std::string NoticeText(const tlib::Message& notice, absl::string_view server);

// What EventError says and of which DN, and what to do about it.
std::string RefusalText(const tlib::Message& error);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_MESSAGE_TEXT_H_
