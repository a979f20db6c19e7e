// The choices of RFC 4028: which interval, and who refreshes. Pure.
//
//   const AskedSession asked = ReadAsked(invite);
//   const uint32_t interval = ChooseInterval(asked, {1800, 90});
#ifndef UNDERSTUDY_ENGINE_SESSION_SESSION_INTERVAL_H_
#define UNDERSTUDY_ENGINE_SESSION_SESSION_INTERVAL_H_

#include <cstdint>

#include "base/time.h"
#include "sip/message.h"

namespace understudy::engine {

inline constexpr uint32_t kShortestSession = 90;  // seconds; RFC 4028 section 4

// As seen from our side. Stored.
enum class Refresher : uint8_t { kNone = 0, kUs = 1, kParty = 2 };

// What a request of a party's says of its session; what it does not say is 0. Seconds.
struct AskedSession {
  uint32_t interval = 0;                   // Session-Expires
  uint32_t least = 0;                      // Min-SE
  Refresher refresher = Refresher::kNone;  // it is the UAC, we are the UAS
  bool supported = false;

  friend bool operator==(const AskedSession&, const AskedSession&) = default;
};

// Options sip-session-timer and sip-min-se of a DN, seconds.
struct SessionPolicy {
  uint32_t interval = 0;
  uint32_t least = kShortestSession;
};

AskedSession ReadAsked(const sip::Message& request);

// The Min-SE of the 422 that the request gets; 0: none. Who does not speak RFC 4028 cannot be refused so (section 9).
uint32_t RefusedInterval(const AskedSession& asked, const SessionPolicy& policy);

// Of our 2xx: never longer than asked for, never shorter than either side takes.
uint32_t ChooseInterval(const AskedSession& asked, const SessionPolicy& policy);

// Of our 2xx, table 2 of RFC 4028. `present`: who it is so far.
Refresher ChooseRefresher(const AskedSession& asked, Refresher present);

// The answer to a request of ours that asked for `interval` seconds. Without Session-Expires its UAS does not speak RFC
// 4028: then we refresh. Returns who does, and the interval in `*interval`.
Refresher ReadAgreed(const sip::Message& answer, uint32_t* interval);

// Half of the interval for who refreshes; for who does not, shortly before its end (section 10).
Duration AfterWhich(Refresher refresher, uint32_t interval);

// The seconds of Session-Expires or Min-SE; 0: not said, or malformed.
uint32_t SecondsOf(const sip::Message& message, sip::HeaderName name);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SESSION_SESSION_INTERVAL_H_
