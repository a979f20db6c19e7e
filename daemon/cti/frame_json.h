// Frames as JSON, for clients that have no Cap'n Proto: a frame is one text.
//
//   {"Frame":"Hello","Version":1,"Application":"crm","Password":"...","Addp":5000}
//   {"Frame":"Welcome","Version":1,"Server":"sip-a","Program":"...","Role":"Primary","Addp":10000,
//    "SessionTimeout":60000,"MostFrameOctets":65536,"RequestWindow":256}
//   {"Frame":"Attach","Session":"0000000000000000","Token":"0000000000000000","SeenEvent":0}
//   {"Frame":"Attached","Session":"...","Token":"...","LastRequest":0}
//   {"Frame":"Request","Number":1,"Message":{"Request":"RequestRegisterAddress","ThisDN":"1001","ReferenceID":1}}
//   {"Frame":"Event","Number":1,"Message":{"Event":"EventRegistered","ThisDN":"1001","ReferenceID":1}}
//   {"Frame":"Acknowledge","Number":1}   {"Frame":"Ping"}   {"Frame":"Pong"}   {"Frame":"Role","Role":"Backup"}
//   {"Frame":"Goodbye","Code":"SlowClient","Text":"..."}
//
// Session and token are 16 hexadecimal digits, times milliseconds, messages those of tlib/message_json.h. What is left
// out has the value of tlib/frame.h. Texts have the limits of tlib/frame_codec.h: beyond them they are cut where they
// are written, and refused where they are read.
#ifndef UNDERSTUDY_DAEMON_CTI_FRAME_JSON_H_
#define UNDERSTUDY_DAEMON_CTI_FRAME_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tlib/frame.h"

namespace understudy::daemon {

// A longer text is no frame. Escapes make a text longer than the frame's octets.
inline constexpr size_t kMostFrameText = 256 * 1024;

// One line.
std::string FrameToJson(const tlib::Frame& frame);

// InvalidArgument: no JSON, an unknown frame, a member that is unknown, of the wrong kind, or a text that is too long
// or has NUL. ResourceExhausted: longer than kMostFrameText.
absl::StatusOr<tlib::Frame> FrameFromJson(absl::string_view text);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_FRAME_JSON_H_
