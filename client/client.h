// A client of Understudy's T-Library interface: asks for things, hears events, and survives the death of either server.
//
//   boost::asio::io_context io;
//   ClientOptions options;
//   options.servers = {"10.0.0.1:5070", "10.0.0.2:5070"};          // both nodes of the pair, in any order
//   options.application = "desk";
//   Client client(io, options);
//   client.on_event([](const Event& event) { std::cout << tlib::ToJson(event.message) << "\n"; });
//   if (absl::Status started = client.Start(); !started.ok()) ...  // an option that cannot be
//   client.Request(RegisterAddress("1001"));
//   client.Request(MakeCall("1001", "1002"), [](const Event& outcome) {
//     if (outcome.is_error()) ...                                  // ErrorCode, ErrorMessage
//     conn_id = outcome.message.Number(tlib::Attribute::kConnID);  // EventDialing
//   });
//   io.run();
//
// WHAT IS PROMISED. A request is done once, in the order of asking, and has one outcome: the event that it caused, or
// EventError. Events come once, in order, without a gap. Links end, nodes die, the primary moves: the client attaches
// again, and neither is lost. There is one exception: when no link could be held for longer than the server's session
// timeout (60 s), or the application took its events too slowly, the session ends at the server. Then on_event hears
// EventServerDisconnected, every request under way fails with kUnknownSession (it may have been done or not: ask with
// QueryAddress or QueryCall before you repeat it), a new session begins, and what was registered is registered again by
// itself: each EventRegistered shows the DN and its calls as they are then.
//
// WHAT ON_EVENT HEARS. Everything in one order: events of DNs that are registered, outcomes of requests (after the
// request's own callback), and what the client says itself, with `local` set: EventLinkConnected,
// EventLinkDisconnected, EventServerConnected, EventServerDisconnected, EventRestoreConnection, EventPrimaryChanged
// (tlib/client_session.h says when). An event counts as processed when on_event returns; it is acknowledged soon after.
// Do not block there.
//
// REFERENCE IDS are the application's own and may repeat: set Attribute::kReferenceID in a request, and
// Event::reference_id of its outcome has it. The client tells requests apart without them.
//
// NO SERVER? Start succeeds; the client tries until it is closed, from a tenth of a second apart up to five seconds.
// Requests wait meanwhile. EventLinkDisconnected says each time why: ErrorCode kInvalidPassword, or ErrorMessage
// "connection refused".
//
// THREADS. One thread runs the io_context; everything here is called on it, and calls back on it. A callback may ask,
// close, or destroy the client. The io_context must outlive it.
#ifndef UNDERSTUDY_CLIENT_CLIENT_H_
#define UNDERSTUDY_CLIENT_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "client/client_options.h"
#include "tlib/client_session.h"
#include "tlib/message.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace understudy::client {

struct Event {
  tlib::Message message;
  absl::optional<int64_t> reference_id;  // of the request that it belongs to, as the application gave it
  tlib::RequestId request = 0;           // that this is the outcome of; 0: of none
  bool local = false;                    // said by the client, not by a server
  std::string server;                    // that it is from or about, as ClientOptions::servers names it

  bool is_error() const;
  tlib::ErrorCode error_code() const;
};

class Client {
 public:
  using Callback = std::function<void(const Event& event)>;

  Client(boost::asio::io_context& io, ClientOptions options);
  // As Close.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void on_event(Callback callback);

  // Connects to all servers. InvalidArgument, with what to change: servers, names, durations, TLS files.
  absl::Status Start();

  // client/requests.h makes requests. The callback, when there is one, comes once, never from within Request; not at
  // all when the client is closed before. A request may be asked before there is a server.
  tlib::RequestId Request(const tlib::Message& request, Callback on_outcome = nullptr);

  // Asks a server (its place in ClientOptions::servers) about itself: name, version, role. It need not be the primary,
  // and there need not be a session; but a link (EventLinkConnected), else the outcome is EventError. So it is with
  // kInvalidAttribute where `servers` has no such place.
  tlib::RequestId QueryServer(size_t server, Callback on_outcome);

  // Ends the session at the server as well. No callback comes afterwards.
  void Close();

  // There is a session, and a link to the primary.
  bool is_attached() const;
  // Requests without an outcome yet.
  size_t pending_requests() const;

 private:
  class Rep;
  std::shared_ptr<Rep> rep_;
};

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_CLIENT_H_
