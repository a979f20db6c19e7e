// One link of a client, without its socket: what has been said over it, ADDP, and when it is tried again.
#ifndef UNDERSTUDY_TLIB_CLIENT_LINK_H_
#define UNDERSTUDY_TLIB_CLIENT_LINK_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "base/time.h"
#include "tlib/attribute.h"
#include "tlib/frame.h"

namespace understudy::tlib {

// Monotonic; of the client's machine.
struct ClientTimeTag {};
using ClientTime = TimePoint<ClientTimeTag>;

struct LinkTimes {
  Duration opening = Duration::Seconds(5);             // from dialling to Welcome, and from Attach to Attached
  Duration first_retry = Duration::Milliseconds(100);  // doubled with each failure
  Duration last_retry = Duration::Seconds(5);
  Duration silence = Duration::Seconds(10);  // of the server, taken for the link's end; 0: never
};

class ClientLink {
 public:
  enum class State : uint8_t { kDown = 0, kOpening = 1, kGreeting = 2, kWelcomed = 3 };
  enum class Due : uint8_t { kNothing = 0, kConnect = 1, kTooSlow = 2, kSilent = 3, kPing = 4 };

  // `seed`: of the chance by which retries of many clients fall apart.
  ClientLink(const LinkTimes& times, uint64_t seed) : times_(times), chance_(seed) {}

  void Open(ClientTime now);
  void Opened(ClientTime now);
  void Welcomed(const Welcome& welcome);
  // Tried again: later each time until a session has stayed on it, at once, or as late as ever.
  enum class Retry : uint8_t { kLater = 0, kAtOnce = 1, kLate = 2 };
  void Down(ClientTime now, Retry retry);
  // A session is on it. When it has stayed for a while, the next failure is the first.
  void Proved(ClientTime now) { proved_ = now; }
  void AwaitAttached(ClientTime now);
  void GotAttached() { answer_by_ = absl::nullopt; }

  void Received(ClientTime now);
  void Sent(ClientTime now) { sent_ = now; }

  // What is to be done now; ask again when it is done.
  Due TakeDue(ClientTime now);
  absl::optional<ClientTime> NextDue() const;

  State state() const { return state_; }
  const Welcome& welcome() const { return welcome_; }
  bool is_up() const { return state_ == State::kGreeting || state_ == State::kWelcomed; }

  ServerRole role = ServerRole::kUnknown;
  uint64_t claim = 0;        // of being the primary: which came later counts more
  uint64_t last_event = 0;   // that came over this link since Attached; 0: none yet
  bool has_session = false;  // we have attached over it in this reign: for the server it has that session

 private:
  Duration RetryDelay(Retry retry);
  absl::optional<ClientTime> PingAt() const;
  absl::optional<ClientTime> ProbeAt() const;

  LinkTimes times_;
  uint64_t chance_;
  State state_ = State::kDown;
  Welcome welcome_;
  uint32_t failures_ = 0;
  absl::optional<ClientTime> proved_;
  absl::optional<ClientTime> connect_at_;
  absl::optional<ClientTime> answer_by_;
  ClientTime received_;
  ClientTime sent_;
  bool probed_ = false;  // in this silence
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_CLIENT_LINK_H_
