// The primary's half of a transfer of the state: takes what the backup says it has, reads the rest from a source,
// and forwards it as fast as the link takes it, or as the operator wants.
//
//   sender.Begin(link);
//   sender.TakeKnown(payload, core, last_batch);   // kKnown frames; the empty one begins the transfer
//   sender.Pump();                                 // on ticks: goes on after a pause
//
// One thread. The link may go at any time: End.
#ifndef UNDERSTUDY_DAEMON_PAIR_STATE_SENDER_H_
#define UNDERSTUDY_DAEMON_PAIR_STATE_SENDER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/state_source.h"
#include "daemon/link/peer_link.h"
#include "journal/batch.h"

namespace understudy::daemon {

class StateSender {
 public:
  // `calls_a_second`: 0: no pauses. `source` and `clock` outlive the sender.
  StateSender(StateSource* source, const Clock* clock, int64_t calls_a_second)
      : source_(source), clock_(clock), calls_a_second_(calls_a_second) {}

  void Begin(std::shared_ptr<link::PeerLink> link);
  void End();
  bool active() const { return link_ != nullptr; }

  // InvalidArgument: not what a backup says. Unavailable: the source cannot.
  absl::Status TakeKnown(absl::string_view payload, Core* core, const journal::EncodedBatch& last_batch);
  // The source's or the state's trouble; the transfer is over then.
  absl::Status Pump();

  // Of the transfer at hand, or the last one.
  Lsn mark() const { return mark_; }
  uint64_t calls_sent() const { return calls_sent_; }
  uint64_t bytes_sent() const { return bytes_sent_; }
  uint64_t transfers() const { return transfers_; }

 private:
  static constexpr size_t kMostQueued = size_t{32} << 20;

  bool MayGoOn();
  void Forward(StateItem item);

  StateSource* const source_;
  const Clock* const clock_;
  const int64_t calls_a_second_;
  std::shared_ptr<link::PeerLink> link_;
  std::string known_;
  std::unique_ptr<StateReading> reading_;
  Lsn mark_;
  journal::EncodedBatch batch_;  // ends with the mark
  Duration second_began_;
  int64_t calls_in_second_ = 0;
  uint64_t calls_sent_ = 0;
  uint64_t bytes_sent_ = 0;
  uint64_t transfers_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_STATE_SENDER_H_
