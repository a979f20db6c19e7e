// Streams the log to the peer: from where its log ends, out of the store until it has caught up, then each batch as it
// is formed.
//
//   feed.Begin(link, first, core);            // the peer's log ends before `first`
//   feed.OnBatch(batch);                      // every batch, session or not
//   feed.Pump(core);                          // on acknowledgements and ticks: sends more of what is missing
//
// One thread.
#ifndef UNDERSTUDY_DAEMON_PAIR_LOG_FEED_H_
#define UNDERSTUDY_DAEMON_PAIR_LOG_FEED_H_

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "daemon/core/core.h"
#include "daemon/link/peer_link.h"
#include "journal/batch.h"

namespace understudy::daemon {

class LogFeed {
 public:
  void Begin(std::shared_ptr<link::PeerLink> link, Lsn first);
  void End() { link_.reset(); }
  // This node is primary no longer: what it formed may be cut from the log.
  void Forget();

  // After the batch that ends with `last`, where it is one of the newest: the store may not have it yet.
  absl::optional<Hash128> ChainAt(Lsn last) const;

  void OnBatch(const journal::EncodedBatch& batch);
  // NotFound: the log no longer has what the peer needs. DataLoss and the like: the log's own trouble.
  absl::Status Pump(const Core& core);

  // The newest batch; empty before the first.
  const journal::EncodedBatch& last() const { return last_; }

  // Everything appended has been handed to the link.
  bool live(const Core& core) const { return link_ != nullptr && next_ > core.end(); }
  Lsn next() const { return next_; }  // to be sent
  uint64_t sent_bytes() const { return sent_bytes_; }
  uint64_t sent_batches() const { return sent_batches_; }

 private:
  // So much may wait in the link before older batches stop coming; those of the present never wait here.
  static constexpr size_t kMostQueued = size_t{8} << 20;
  static constexpr size_t kMostAtOnce = size_t{2} << 20;
  // What the store may not have yet is kept here; more than this it has.
  static constexpr size_t kMostRecent = size_t{4} << 20;

  void Send(const journal::EncodedBatch& batch);
  absl::Status PumpStore(const Core& core, size_t* budget);
  void Trim(Lsn durable);

  std::shared_ptr<link::PeerLink> link_;
  Lsn next_;  // to send
  std::deque<journal::EncodedBatch> recent_;
  journal::EncodedBatch last_;
  size_t recent_bytes_ = 0;
  uint64_t sent_bytes_ = 0;
  uint64_t sent_batches_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_LOG_FEED_H_
