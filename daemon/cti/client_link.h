// One client's link, as the edge keeps it: what was cut out of its octets and waits, how far the handshake is, and what
// the client has used of its limits. What happens is decided in client_edge.h and client_frames.cc.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_LINK_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_LINK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/cti/client_connection.h"
#include "daemon/cti/client_limits.h"
#include "daemon/cti/client_wire.h"
#include "daemon/cti/rate_limit.h"
#include "daemon/net/scheduler.h"
#include "tlib/frame.h"

namespace understudy::daemon {

class ClientLink {
 public:
  enum class State : uint8_t {
    kGreeting = 0,  // awaits Hello
    kChecking = 1,  // its password is being checked
    kWelcome = 2,   // without a session at this node
    kAttached = 3,  // the engine knows it, under this epoch
    kEnded = 4,
  };

  ClientLink(uint64_t its_handle, std::shared_ptr<ClientConnection> its_connection, const ClientLimits& limits,
             net::MonotonicTime now);

  // Takes frames out of the octets; error() when they are none.
  void Cut(absl::string_view octets);
  bool has_frame() const { return !frames_.empty(); }
  tlib::Frame TakeFrame();
  const absl::Status& error() const { return error_; }

  // A request, or a tenth of one for another frame.
  void Charge(const tlib::Frame& frame, net::MonotonicTime now);
  bool MayRequest(net::MonotonicTime now) const { return rate_.IsFree(now); }

  bool next_is_request() const;

  // Requests without an outcome. What was asked over another link, and is answered over this one, may make it fewer
  // than they are, never more. `number`: of the last request applied when the session was attached.
  void NoteAttached(uint64_t number);
  void NoteRequest(uint64_t number);
  void NoteOutcome();
  size_t open_requests() const { return open_requests_; }

  // `scratch`: where it is written, so that memory is kept by one for all.
  void Send(const tlib::Frame& frame, net::MonotonicTime now, std::string* scratch);

  const uint64_t handle;
  const std::shared_ptr<ClientConnection> connection;
  const std::string address;  // of the client, for display
  bool has_share = false;     // of the links that its host may have
  State state = State::kGreeting;
  tlib::Attach attach;  // said last, while attached
  std::string application;
  absl::optional<Endpoint> charged;  // while its password is being checked: the account that it would fail on
  Duration addp;                     // the client's: it must hear something so often; 0: never
  net::MonotonicTime opened_at;
  net::MonotonicTime heard_at;
  net::MonotonicTime sent_at;
  absl::optional<net::MonotonicTime> full_since;  // more waits for the client than should
  bool stalled = false;                           // it is not read for a while
  uint64_t last_event = 0;                        // that the client can have seen
  uint64_t acknowledged = 0;

 private:
  void RefuseGreeting();

  const size_t hello_octets_;
  WireReader reader_;
  std::deque<tlib::Frame> frames_;
  absl::Status error_;
  RateLimit rate_;
  uint64_t last_request_ = 0;
  size_t open_requests_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_LINK_H_
