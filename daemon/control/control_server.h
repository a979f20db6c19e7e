// The socket of understudyctl: a Unix stream socket on which every line is a JSON object, a request or its answer.
//
//   ControlServer server(&loop);
//   server.On("status", [](const boost::json::object&, ControlServer::Reply reply) {
//     reply({{"role", "primary"}});
//   });
//   absl::Status listening = server.Listen("/var/lib/understudy/sip-a/control");
//
//   -> {"command":"status"}          <- {"ok":true,"role":"primary"}
//   -> {"command":"stauts"}          <- {"ok":false,"why":"...","do":"..."}
//
// It shares the loop with SIP: handlers are short and answer later when they must. One request of a connection is at
// work at a time; those behind it wait. Who may open the socket (mode 0600) may command the server, but cannot exhaust
// it.
#ifndef UNDERSTUDY_DAEMON_CONTROL_CONTROL_SERVER_H_
#define UNDERSTUDY_DAEMON_CONTROL_CONTROL_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "boost/json/object.hpp"
#include "daemon/net/io_loop.h"

namespace understudy::control {

struct ControlLimits {
  int connections = 16;                      // more are told so and closed
  size_t request_bytes = 64 * 1024;          // of one line
  Duration request = Duration::Seconds(30);  // for a line to come and for an answer to be taken; also idle
  Duration answer = Duration::Seconds(600);  // for a handler to answer
};

struct ControlCounters {
  uint64_t requests = 0;
  uint64_t refused_connections = 0;
  uint64_t bad_requests = 0;  // no JSON object with a known command, or too long
  uint64_t timeouts = 0;      // of requests, answers and clients that do not read
  int connections = 0;        // now
};

class ControlServer {
 public:
  // Gives the answer: "ok" is true unless the object says otherwise. On the loop's thread, at once or later, also when
  // client or server are gone by then; the first call counts. When the last copy goes without a call the client is told
  // that nobody answered.
  using Reply = std::function<void(boost::json::object answer)>;
  using Handler = std::function<void(const boost::json::object& request, Reply reply)>;

  // `loop` outlives the server.
  explicit ControlServer(net::IoLoop* loop, const ControlLimits& limits = ControlLimits());
  // Closes every connection and removes the socket. Not inside a handler.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Requests whose "command" is this. Each name once.
  void On(std::string command, Handler handler);

  // Makes the socket and accepts. What a dead process left at `path` is replaced; a socket at which somebody listens
  // (AlreadyExists) and a file that is no socket (FailedPrecondition) are not. Beside it stays a lock, `path`.lock,
  // that is held as long as this lives. To be called once. An error says what the operator can do.
  absl::Status Listen(const std::string& path);

  ControlCounters counters() const;

 private:
  struct Rep;
  std::shared_ptr<Rep> rep_;
};

// {"ok":false,"why":why,"do":what_to_do}
boost::json::object Refusal(absl::string_view why, absl::string_view what_to_do);

}  // namespace understudy::control

#endif  // UNDERSTUDY_DAEMON_CONTROL_CONTROL_SERVER_H_
