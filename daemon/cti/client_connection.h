// A client's connection, whatever carries it: octets both ways until it ends. Sockets make one (client_socket.h,
// websocket_listener.h), and so may a simulated network.
//
//   connection->SetEvents({.octets = [&](absl::string_view octets) { ... },
//                          .closed = [&](const absl::Status& why) { ... }});
//   connection->Send(octets);   // leaves at the end of the turn, together with the turn's others
//   connection->Close();        // sends what the connection takes, and ends
//
// Everything happens on the scheduler's thread; the scheduler outlives the connection. Any member may be called from
// within a callback, and the last shared_ptr may go there: after that no callback comes, nor after Close.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_CONNECTION_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"

namespace understudy::daemon {

// How frames are written.
enum class ClientWire : uint8_t {
  kFrames = 0,  // tlib/frame_codec.h: a stream of octets
  kJson = 1,    // frame_json.h: a frame is a text message
};

class ClientConnection {
 public:
  struct Events {
    // kFrames: some octets of the stream. kJson: one whole message. Valid in the callback only.
    std::function<void(absl::string_view octets)> octets = nullptr;
    // The client, or the network, has ended it; from the loop, never from within a call.
    std::function<void(const absl::Status& why)> closed = nullptr;
  };

  virtual ~ClientConnection() = default;

  // Nothing is read before.
  virtual void SetEvents(Events events) = 0;

  // kJson: one whole message.
  virtual void Send(absl::string_view octets) = 0;

  // While paused nothing is read, so that the client is slowed down.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

  virtual void Close() = 0;

  // That have not left.
  virtual size_t queued_octets() const = 0;
  virtual const Endpoint& remote() const = 0;
  virtual ClientWire wire() const = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_CONNECTION_H_
