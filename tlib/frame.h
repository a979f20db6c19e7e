// What goes over a client's link: frames, each a length (32 bits, little endian) and a Cap'n Proto segment of
// tlib/frame.capnp. docs/t_library.md tells the session.
//
//   client                             server
//   Hello{name, password, addp}  ----> on either node
//         <---- Welcome{role, limits}, or Goodbye{code, why}
//   Attach{session, token, seen} ----> on the primary only; 0: a new session
//         <---- Attached{session, token, last_request}
//   Request{number, message}     ---->   numbers 1, 2, 3 ... in each session; applied once, in order
//         <---- Event{number, reference, message}         numbers 1, 2, 3 ...
//   Acknowledge{number}          ---->
//         <---- Role{role}             on a node whose role has changed; the client attaches at the new primary
//   Ping <----> Pong                   ADDP, both ways
#ifndef UNDERSTUDY_TLIB_FRAME_H_
#define UNDERSTUDY_TLIB_FRAME_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "tlib/attribute.h"
#include "tlib/message.h"

namespace understudy::tlib {

inline constexpr uint32_t kProtocolVersion = 1;
// A frame's segment, without its length. Goodbye{kMessageTooLarge} answers a longer one.
inline constexpr size_t kMaxFrame = 64 * 1024;
// Requests sent whose outcome the client has not seen; it waits before it sends more, and what comes all the same the
// server reads when there are fewer.
inline constexpr uint32_t kRequestWindow = 256;

struct Hello {
  uint32_t version = kProtocolVersion;
  std::string application;         // name of the client application, 1 to 255 octets
  std::string password;            // of that name where the server knows one
  uint32_t addp_milliseconds = 0;  // the client closes after that much silence; the server pings so often. 0: never
  friend bool operator==(const Hello&, const Hello&) = default;
};

struct Welcome {
  uint32_t version = kProtocolVersion;
  std::string server;   // name of the node
  std::string program;  // its version
  ServerRole role = ServerRole::kUnknown;
  uint32_t addp_milliseconds = 0;  // the server closes after that much silence; the client pings so often. 0: never
  uint32_t session_timeout_milliseconds = 0;
  uint32_t most_frame_octets = kMaxFrame;
  uint32_t request_window = kRequestWindow;
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

struct Attach {
  uint64_t session = 0;     // 0: a new one
  uint64_t token = 0;       // what Attached said
  uint64_t seen_event = 0;  // number of the last event that the client has
  friend bool operator==(const Attach&, const Attach&) = default;
};

struct Attached {
  uint64_t session = 0;
  uint64_t token = 0;
  uint64_t last_request = 0;  // number of the last request applied; the client repeats those above
  friend bool operator==(const Attached&, const Attached&) = default;
};

struct RequestFrame {
  uint64_t number = 0;
  Message message;
  friend bool operator==(const RequestFrame&, const RequestFrame&) = default;
};

struct EventFrame {
  uint64_t number = 0;                   // 0: outside the session, neither repeated nor acknowledged
  absl::optional<int64_t> reference_id;  // of the request of this client that it belongs to
  SharedBytes message;                   // EncodeMessage's; shared by all who hear the event
  friend bool operator==(const EventFrame&, const EventFrame&) = default;
};

// All events up to there were processed by the client.
struct Acknowledge {
  uint64_t number = 0;
  friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};

struct Ping {
  friend bool operator==(const Ping&, const Ping&) = default;
};
struct Pong {
  friend bool operator==(const Pong&, const Pong&) = default;
};

struct Role {
  ServerRole role = ServerRole::kUnknown;
  friend bool operator==(const Role&, const Role&) = default;
};

// The last frame of a link. From a client with kNone: its session ends at once, without waiting for session-timeout.
struct Goodbye {
  ErrorCode code = ErrorCode::kNone;
  std::string text;
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

using Frame =
    std::variant<Hello, Welcome, Attach, Attached, RequestFrame, EventFrame, Acknowledge, Ping, Pong, Role, Goodbye>;

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_FRAME_H_
