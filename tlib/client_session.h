// The rules of a client with a pair of servers, or one, without sockets and clocks. What happens goes in, with the
// time; what is to be done comes out, in order:
//
//   ClientSession session(options);
//   session.Start(now);
//   for (ClientOutput& output : session.TakeOutputs()) ...    // ClientConnect{0}, ClientConnect{1}
//   session.OnOpened(0, now);                                  // ClientSend{0, Hello}
//   session.OnFrame(0, frame, now);
//   if (session.alarm()) wake up then, and session.OnAlarm(now);
//
// Both links are held, and both greeted; the session is attached where the primary is. It outlives links and primaries:
// the client attaches again with the number of the last event it has, and repeats the requests that the server has not
// applied, under their numbers. So each request is applied once and each event comes once, in order. Only when the
// server knows the session no more is anything in doubt: requests under way then fail with kUnknownSession, a new
// session begins, and what the application was registered for is asked for again.
//
// A value in all but name: one thread, no errors; what a server says is never trusted to make sense.
#ifndef UNDERSTUDY_TLIB_CLIENT_SESSION_H_
#define UNDERSTUDY_TLIB_CLIENT_SESSION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "tlib/client_link.h"
#include "tlib/client_requests.h"
#include "tlib/client_wishes.h"
#include "tlib/frame.h"
#include "tlib/message.h"

namespace understudy::tlib {

inline constexpr Duration kAcknowledgeWithin = Duration::Milliseconds(100);
inline constexpr uint64_t kAcknowledgeEvery = 64;

// Open a link to that server. OnOpened or OnLost answers.
struct ClientConnect {
  int server = 0;
};

// The link is of no use: what was sent before leaves, then it is closed. No OnLost follows; what still came over it is
// dropped.
struct ClientClose {
  int server = 0;
};

struct ClientSend {
  int server = 0;
  Frame frame;
};

// To the application. What the client says itself (`local`):
//
//   EventLinkConnected     a server welcomed us: ServerName, ServerVersion, ServerRole
//   EventLinkDisconnected  a link is gone, or did not come to be: ErrorCode, ErrorMessage. It is tried again
//   EventServerConnected   a new session with the primary: ServerName
//   EventRestoreConnection the session goes on, and nothing was lost: ServerName
//   EventPrimaryChanged    before that, when it goes on with the other server
//   EventServerDisconnected the session is over (ErrorCode says why); a new one follows by itself
//   EventError             of a request whose outcome nobody knows, or that cannot be sent as it is
struct ClientEvent {
  Message message;
  absl::optional<int64_t> reference_id;  // as the application gave it
  RequestId request = 0;                 // of which this is the outcome, the only one
  bool local = false;
  int server = 0;  // that it is from or about
};

using ClientOutput = std::variant<ClientConnect, ClientClose, ClientSend, ClientEvent>;

class ClientSession {
 public:
  struct Options {
    std::string application;
    std::string password;
    int servers = 1;
    bool has_session = true;  // false: links alone, for QueryServer; every Request fails
    LinkTimes times;
    uint64_t seed = 0;  // different in each client: spreads their retries
  };

  explicit ClientSession(const Options& options);

  void Start(ClientTime now);
  // The session ends at the server, too. Nothing comes out afterwards; requests under way have no outcome.
  void Close(ClientTime now);

  void OnOpened(int server, ClientTime now);
  void OnLost(int server, absl::string_view why, ClientTime now);
  void OnFrame(int server, const Frame& frame, ClientTime now);
  // What came is no frame.
  void OnRubbish(int server, absl::string_view why, ClientTime now);
  void OnAlarm(ClientTime now);

  // Asks one server about itself, outside the session: it need not be the primary. Its outcome is a ClientEvent with
  // the id that is returned; EventError where there is no such server, no link to it, or it ends before.
  RequestId QueryServer(int server, const Message& request, ClientTime now);

  // Sent when there is a session and the window lets it. Its outcome is a ClientEvent with the id that is returned.
  RequestId Request(const Message& message, ClientTime now);

  std::vector<ClientOutput> TakeOutputs() { return std::exchange(outputs_, {}); }
  // nullopt: nothing waits for a time.
  absl::optional<ClientTime> alarm() const;

  bool is_attached() const { return attached_ != kNowhere; }
  uint64_t seen_event() const { return seen_; }
  // Requests without an outcome yet.
  size_t pending_requests() const { return requests_.waiting() + requests_.under_way(); }

 private:
  static constexpr int kNowhere = -1;

  // ---- frames, by name
  void On(int server, const Hello&, ClientTime now);
  void On(int server, const Welcome& welcome, ClientTime now);
  void On(int server, const Attach&, ClientTime now);
  void On(int server, const Attached& attached, ClientTime now);
  void On(int server, const RequestFrame&, ClientTime now);
  void On(int server, const EventFrame& event, ClientTime now);
  void On(int server, const Acknowledge&, ClientTime now);
  void On(int server, const Ping&, ClientTime now);
  void On(int server, const Pong&, ClientTime now);
  void On(int server, const Role& role, ClientTime now);
  void On(int server, const Goodbye& goodbye, ClientTime now);

  // ---- links
  void Do(int server, ClientLink::Due due, ClientTime now);
  void Send(int server, Frame frame, ClientTime now);
  void CloseLink(int server, ErrorCode code, absl::string_view why, ClientTime now,
                 ClientLink::Retry retry = ClientLink::Retry::kLater);
  void Forget(int server, ErrorCode code, absl::string_view why, ClientLink::Retry retry, ClientTime now);
  void HearRole(int server, ServerRole role, ClientTime now);

  // ---- the session
  void AttachToPrimary(ClientTime now);
  int NewestPrimary() const;
  bool Take(const EventFrame& event, ClientLink* link) const;
  void Deliver(int server, const EventFrame& event);
  absl::optional<ClientRequest> TakeDone(int server, const EventFrame& event);
  void FailQueries(int server, absl::string_view why);
  void Settle(const ClientRequest& request, const Message& outcome);
  void SendRequests(ClientTime now);
  void AcknowledgeSoon(ClientTime now);
  void LoseSession(ErrorCode code, absl::string_view why, int server);

  ClientLink& link(int server) { return links_[static_cast<size_t>(server)]; }
  const ClientLink& link(int server) const { return links_[static_cast<size_t>(server)]; }
  void Tell(MessageType type, int server, ErrorCode code = ErrorCode::kNone, absl::string_view why = "");
  void Fail(const ClientRequest& request, ErrorCode code, absl::string_view why, int server = 0);

  const Options options_;
  std::vector<ClientLink> links_;
  bool ended_ = false;
  uint64_t claims_ = 0;

  Attached session_;  // 0: none
  int attached_ = kNowhere;
  int attaching_ = kNowhere;
  int last_primary_ = kNowhere;  // where the session was attached last
  uint64_t seen_ = 0;
  uint64_t acknowledged_ = 0;
  absl::optional<ClientTime> acknowledge_at_;

  std::string last_end_;  // what was said when the session's last link ended

  ClientRequests requests_;
  absl::btree_map<RequestId, std::pair<int, ClientRequest>> queries_;  // outside the session, with their servers
  ClientWishes wishes_;
  std::vector<ClientOutput> outputs_;
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_CLIENT_SESSION_H_
