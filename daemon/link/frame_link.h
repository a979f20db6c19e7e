// The connection between the two nodes: frames both ways over TCP, plain or with mutual TLS.
//
//   link->SetEvents({.frame = [&](uint16_t type, absl::string_view payload) { ... },
//                    .closed = [&](const absl::Status& why) { ... }});
//   link->Send(kAck, bytes);                                  // copied
//   link->SendShared(kAppend, owner, batch.bytes());          // not copied
//   link->Close(absl::FailedPreconditionError("another cluster"));   // the peer hears why
//
// Links come from FrameListener and FrameDialer, once both sides have greeted (and TLS has verified both). What is sent
// in a turn leaves together at its end, or at Flush. Bytes in a frame callback are valid only there.
//
// Everything happens on the loop's thread; the loop outlives the link. Any member may be called from within a callback,
// and the last shared_ptr may go there: after that no callback comes. `closed` comes once, in a later turn than
// what caused it. Codes: the status given to Close; Aborted: the peer closed, with its reason; Unavailable: it ended or
// reset the connection; DataLoss: it sent what is no frame, or half of one; DeadlineExceeded: it acknowledged nothing,
// or began a frame and did not finish it in time; ResourceExhausted: more than max_queued_bytes wait for it.
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_LINK_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_LINK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/link/frame.h"
#include "daemon/link/frame_reader.h"
#include "daemon/link/link_socket.h"
#include "daemon/link/send_queue.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"

namespace understudy::link {

struct LinkOptions {
  Duration opening = Duration::Seconds(5);        // connection, TLS and greeting together
  Duration user_timeout = Duration::Seconds(10);  // the peer's kernel acknowledges nothing for so long
  Duration half_frame = Duration::Seconds(30);    // from a frame's beginning to its end
  size_t max_queued_bytes = size_t{256} << 20;
  std::shared_ptr<const TlsContext> tls = nullptr;  // nullptr: plain TCP
};

struct LinkCounters {
  uint64_t frames_in = 0;
  uint64_t frames_out = 0;  // given to Send
  uint64_t bytes_in = 0;    // on the wire, as the next two
  uint64_t bytes_out = 0;
  uint64_t reads = 0;  // system calls
  uint64_t writes = 0;
};

class FrameLink : public std::enable_shared_from_this<FrameLink> {
 public:
  struct Events {
    std::function<void(uint16_t type, absl::string_view payload)> frame = nullptr;  // payload on an 8-byte boundary
    std::function<void(const absl::Status& why)> closed = nullptr;
  };

  // For FrameListener and FrameDialer. `opened` comes once: with OkStatus when the link is open, with the reason in a
  // later turn when it will never be. Whoever lets go of the link before that hears nothing. `connecting`: `fd` is not
  // yet connected, and this side begins TLS.
  static std::shared_ptr<FrameLink> Open(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, bool connecting,
                                         const LinkOptions& options, std::function<void(const absl::Status&)> opened);
  ~FrameLink();
  FrameLink(const FrameLink&) = delete;
  FrameLink& operator=(const FrameLink&) = delete;

  // Frames wait until this was called; it may be called again.
  void SetEvents(Events events);

  // `type` below kFirstReservedType, `payload` at most kMaxFramePayload. No system call, and nothing after the end.
  void Send(uint16_t type, absl::string_view payload);
  // `owner` keeps the bytes; it is let go on the loop's thread.
  void SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload);

  // Sends now what the kernel takes.
  void Flush();

  // While paused no frame is given and the peer is slowed down by TCP.
  void PauseReading();
  void ResumeReading();

  // Sends what the kernel takes of the queue, `why` as the last frame if all of it was taken, and ends. The message of
  // `why` is for the peer's log: no secrets.
  void Close(const absl::Status& why);

  bool is_open() const { return state_ == State::kOpen; }
  // Bytes that have not left, on a link that is open.
  size_t queued_bytes() const { return queue_.bytes() + socket_.pending(); }
  const Endpoint& remote() const { return remote_; }
  // Who the peer's certificate says it is (tls_session.h); empty without TLS.
  std::string peer_subject() const { return socket_.peer_subject(); }
  LinkCounters Counters() const;

  // For a crash handler that writes one frame made by EncodeFrame: the descriptor, or -1 with TLS, after the end, and
  // while the peer has half a frame. Async-signal-safe. What was sent and not flushed is overtaken.
  int fd_for_crash() const { return crash_fd_.load(std::memory_order_relaxed); }

 private:
  enum class State { kConnecting, kOpening, kOpen, kClosed };

  FrameLink(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, std::unique_ptr<TlsSession> tls,
            const LinkOptions& options);

  void Connected();
  void BeginOpening();
  void Readable();
  LinkSocket::Outcome ReadOnce(size_t* n);
  void GiveFrames();
  void Take(const FrameReader::Frame& frame);
  void TakeGreeting(const FrameReader::Frame& frame);
  void TakeGoodbye(absl::string_view reason);
  void PeerEnded();
  void Enqueue(uint16_t type, absl::string_view payload);
  void Queued();
  void WriteFailed();
  void Fail(const absl::Status& why);
  void End(const absl::Status& why);
  void TellEnd();
  void SetDeadline();
  void Overdue();
  bool MayRead() const;
  bool IsWanted() const;
  void ReadSoon();
  void Later(void (FrameLink::*step)());
  absl::Status Named(const absl::Status& why) const;

  net::IoLoop* loop_;
  LinkSocket socket_;
  Endpoint remote_;
  LinkOptions options_;
  State state_ = State::kConnecting;
  std::shared_ptr<const Events> events_;
  std::function<void(const absl::Status&)> opened_;
  FrameReader reader_;
  SendQueue queue_;
  absl::Status write_error_;
  absl::optional<absl::Status> untold_;  // why it ended, until somebody has heard
  bool blocked_ = false;                 // waits until the kernel takes bytes again
  bool paused_ = false;
  bool giving_ = false;  // frames are being given: not again from within
  uint64_t frames_in_ = 0;
  uint64_t frames_out_ = 0;
  uint64_t frame_due_ = 0;  // deadline_ is about the frame after so many
  std::atomic<int> crash_fd_{-1};
  std::unique_ptr<net::FdWatch> watch_;  // goes before the descriptor does
  net::TurnEnd turn_end_;
  net::Alarm deadline_;
};

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_LINK_H_
