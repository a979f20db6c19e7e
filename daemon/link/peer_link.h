// A connection between the two nodes, whatever carries it: frames both ways, in order, until it ends.
//
//   link->SetEvents({.frame = [&](uint16_t type, absl::string_view payload) { ... },
//                    .closed = [&](const absl::Status& why) { ... }});
//   link->Send(kAck, bytes);                                  // copied
//   link->SendShared(kAppend, owner, batch.bytes());          // not copied
//   link->Close(absl::FailedPreconditionError("another cluster"));   // the peer hears why
//
// Links come open from a PeerPort (peer_port.h). What is sent in a turn leaves together at its end, or at Flush. Bytes
// in a frame callback are valid only there.
//
// Everything happens on the scheduler's thread; the scheduler outlives the link. Any member may be called from within a
// callback, and the last shared_ptr may go there: after that no callback comes. `closed` comes once, in a later turn
// than what caused it. Codes: the status given to Close; Aborted: the peer closed, with its reason; Unavailable: it
// ended or reset the connection; DataLoss: it sent what is no frame, or half of one; DeadlineExceeded: it acknowledged
// nothing, or began a frame and did not finish it in time; ResourceExhausted: more than
// LinkOptions::max_queued_bytes wait for it.
#ifndef UNDERSTUDY_DAEMON_LINK_PEER_LINK_H_
#define UNDERSTUDY_DAEMON_LINK_PEER_LINK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"

namespace understudy::link {

struct LinkCounters {
  uint64_t frames_in = 0;
  uint64_t frames_out = 0;  // given to Send
  uint64_t bytes_in = 0;    // on the wire, as the next two
  uint64_t bytes_out = 0;
  uint64_t reads = 0;  // system calls
  uint64_t writes = 0;
};

class PeerLink {
 public:
  struct Events {
    std::function<void(uint16_t type, absl::string_view payload)> frame = nullptr;  // payload on an 8-byte boundary
    std::function<void(const absl::Status& why)> closed = nullptr;
  };

  virtual ~PeerLink() = default;

  // Frames wait until this was called; it may be called again.
  virtual void SetEvents(Events events) = 0;

  // `type` below kFirstReservedType, `payload` at most kMaxFramePayload (frame.h). Nothing leaves before the end of the
  // turn, and nothing is done after the link's end.
  virtual void Send(uint16_t type, absl::string_view payload) = 0;
  // `owner` keeps the bytes; it is let go on the scheduler's thread.
  virtual void SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload) = 0;

  // Sends now what the connection takes.
  virtual void Flush() = 0;

  // While paused no frame is given and the peer is slowed down.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

  // Sends what the connection takes of the queue, `why` as the last frame if all of it was taken, and ends. The message
  // of `why` is for the peer's log: no secrets.
  virtual void Close(const absl::Status& why) = 0;

  virtual bool is_open() const = 0;
  // Bytes that have not left, on a link that is open.
  virtual size_t queued_bytes() const = 0;
  virtual const Endpoint& remote() const = 0;
  // Who the peer has proved to be; empty where nobody proves anything.
  virtual std::string peer_subject() const = 0;
  virtual LinkCounters Counters() const = 0;

  // For a crash handler that writes one frame made by EncodeFrame: the descriptor, or -1 where such a frame cannot be
  // sent now. Async-signal-safe. What was sent and not flushed is overtaken.
  virtual int fd_for_crash() const = 0;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_PEER_LINK_H_
