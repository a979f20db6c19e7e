// A PeerLink (peer_link.h) over TCP, plain or with mutual TLS. They come from FrameListener and FrameDialer, once both
// sides have greeted (and TLS has verified both).
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
#include "daemon/link/link_options.h"
#include "daemon/link/link_socket.h"
#include "daemon/link/peer_link.h"
#include "daemon/link/send_queue.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"

namespace understudy::link {

class FrameLink : public PeerLink, public std::enable_shared_from_this<FrameLink> {
 public:
  // For FrameListener and FrameDialer. `opened` comes once: with OkStatus when the link is open, with the reason in a
  // later turn when it will never be. Whoever lets go of the link before that hears nothing. `connecting`: `fd` is not
  // yet connected, and this side begins TLS.
  static std::shared_ptr<FrameLink> Open(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, bool connecting,
                                         const LinkOptions& options, std::function<void(const absl::Status&)> opened);
  ~FrameLink() override;
  FrameLink(const FrameLink&) = delete;
  FrameLink& operator=(const FrameLink&) = delete;

  void SetEvents(Events events) override;
  void Send(uint16_t type, absl::string_view payload) override;
  void SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload) override;
  void Flush() override;
  void PauseReading() override;
  void ResumeReading() override;
  void Close(const absl::Status& why) override;

  bool is_open() const override { return state_ == State::kOpen; }
  size_t queued_bytes() const override { return queue_.bytes() + socket_.pending(); }
  const Endpoint& remote() const override { return remote_; }
  // As the peer's certificate says (tls_session.h); empty without TLS.
  std::string peer_subject() const override { return socket_.peer_subject(); }
  LinkCounters Counters() const override;
  // -1 with TLS, after the end, and while the peer has half a frame.
  int fd_for_crash() const override { return crash_fd_.load(std::memory_order_relaxed); }

 private:
  enum class State { kConnecting, kOpening, kOpen, kClosed };

  FrameLink(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, std::unique_ptr<tls::TlsSession> tls,
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
