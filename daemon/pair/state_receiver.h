// The backup's half of a transfer of the state: says what it has, rebuilds the primary's state from that and what
// comes, and keeps what came when the transfer is interrupted.
//
//   receiver.Begin(link.get(), core->state());       // sends the digests
//   receiver.TakeChunk(payload);                     // kStateChunk
//   absl::StatusOr<FilledState> filled = receiver.TakeEnd(payload);
//   receiver.Interrupt();                            // the link went; the next Begin asks for less
//
// One thread. What comes is hostile until TakeEnd has said OK: objects, sizes and digest are those of the whole.
#ifndef UNDERSTUDY_DAEMON_PAIR_STATE_RECEIVER_H_
#define UNDERSTUDY_DAEMON_PAIR_STATE_RECEIVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemon/link/peer_link.h"
#include "engine/state.h"
#include "engine/transfer/state_difference.h"
#include "journal/batch.h"
#include "journal/snapshot_store.h"

namespace understudy::daemon {

// What a journal is begun anew with.
struct FilledState {
  journal::SnapshotInfo info;
  std::string bytes;            // as SaveState gives it
  journal::EncodedBatch batch;  // ends with info.lsn
  std::vector<uint64_t> counts;  // of the state's rows, at the primary
  uint64_t calls_sent = 0;
  uint64_t calls_known = 0;
  uint64_t bytes_received = 0;
};

class StateReceiver {
 public:
  void Begin(link::PeerLink* link, const engine::State& own);
  bool active() const { return reader_ != nullptr; }
  void Interrupt();

  absl::Status TakeChunk(absl::string_view payload);
  absl::StatusOr<FilledState> TakeEnd(absl::string_view payload);

 private:
  std::unique_ptr<engine::DifferenceReader> reader_;
  engine::ObjectPool kept_;  // of an interrupted transfer
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_STATE_RECEIVER_H_
