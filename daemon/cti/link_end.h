// Why this node ends a client's link: the code that its Goodbye has, and the name under which it is counted.
#ifndef UNDERSTUDY_DAEMON_CTI_LINK_END_H_
#define UNDERSTUDY_DAEMON_CTI_LINK_END_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "tlib/attribute.h"

namespace understudy::daemon {

enum class LinkEnd : uint8_t {
  kTooManyLinks = 0,
  kTooManyOfHost = 1,
  kNoHandshake = 2,  // not welcome in time
  kWrongPassword = 3,
  kTooManyFailures = 4,  // of passwords from there
  kGarbage = 5,          // no frame
  kTooLarge = 6,
  kOutOfTurn = 7,     // a frame that the client may not send, or not now
  kVersion = 8,       // of the protocol
  kFeatureLevel = 9,  // the pair's is too low for clients
  kOverload = 10,
  kSilent = 11,       // ADDP
  kSlow = 12,         // does not read
  kQuarantined = 13,  // what it sends has brought a server down
  kSession = 14,      // the engine's word
  kStopping = 15,
};
inline constexpr int kLinkEnds = 16;

// "too-many-links".
absl::string_view LinkEndName(LinkEnd end);
// kNone for kSession, whose Goodbye is the engine's.
tlib::ErrorCode CodeOf(LinkEnd end);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_LINK_END_H_
