// A link::PeerLink over a simulated connection: what link::FrameLink is over a socket. A process that is stopped
// neither sends nor reads, and one that was killed is heard no more.
//
//   auto link = SimLink::Open(&loop, connection, machine, remote, options, [&](const absl::Status& opened) { ... });
//
// Links come from a SimPort (sim_link.h). One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_LINK_END_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_LINK_END_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "daemon/link/link_options.h"
#include "daemon/link/peer_link.h"
#include "daemon/net/scheduler.h"
#include "tests/sim/network/sim_connection.h"

namespace understudy::sim {

class SimLink : public link::PeerLink, public SimSocketUser, public std::enable_shared_from_this<SimLink> {
 public:
  // `opened` comes once, in a later turn: with OkStatus when the peer has greeted, or with the reason when it will not.
  // Whoever lets go of the link before that hears nothing. `newest`: number of the newest connection that has opened
  // on this machine.
  static std::shared_ptr<SimLink> Open(net::Scheduler* loop, std::shared_ptr<SimConnection> connection, size_t machine,
                                       const Endpoint& remote, const link::LinkOptions& options, uint64_t* newest,
                                       std::function<void(const absl::Status&)> opened);
  ~SimLink() override;

  void SetEvents(Events events) override;
  void Send(uint16_t type, absl::string_view payload) override;
  void SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload) override;
  void Flush() override;
  void PauseReading() override { paused_ = true; }
  void ResumeReading() override;
  void Close(const absl::Status& why) override;

  bool is_open() const override { return state_ == State::kOpen; }
  size_t queued_bytes() const override { return queued_bytes_; }
  const Endpoint& remote() const override { return remote_; }
  std::string peer_subject() const override { return ""; }
  link::LinkCounters Counters() const override { return counters_; }
  int fd_for_crash() const override { return -1; }

  // ---- SimSocketUser
  void OnArrival() override { ReadSoon(); }
  void OnRoom() override { FlushSoon(); }

 private:
  enum class State { kOpening, kOpen, kClosed };
  static constexpr size_t kMostReadAtOnce = 256 << 10;

  SimLink(net::Scheduler* loop, std::shared_ptr<SimConnection> connection, size_t machine, const Endpoint& remote,
          const link::LinkOptions& options, uint64_t* newest);

  void Enqueue(SimFrame frame);
  void ReadSoon();
  void FlushSoon();
  void Readable();
  void Take(const SimFrame& frame);
  void TakeGreeting();
  bool MayRead() const;
  bool IsWanted() const { return weak_from_this().use_count() > 1; }
  void Fail(const absl::Status& why) { Close(why); }
  void End(const absl::Status& why);
  void TellEnd();
  void WriteFailed();
  void Later(void (SimLink::*step)());

  net::Scheduler* const loop_;
  const std::shared_ptr<SimConnection> connection_;
  const size_t machine_;
  const Endpoint remote_;
  const link::LinkOptions options_;
  uint64_t* const newest_;
  State state_ = State::kOpening;
  std::shared_ptr<const Events> events_;
  std::function<void(const absl::Status&)> opened_;
  std::deque<SimFrame> queue_;
  size_t queued_bytes_ = 0;
  absl::optional<absl::Status> untold_;
  bool paused_ = false;
  bool reading_ = false;     // not again from within
  bool read_asked_ = false;  // a turn for it is on its way, as for the next
  bool flush_asked_ = false;
  link::LinkCounters counters_;
  net::Alarm deadline_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_LINK_END_H_
