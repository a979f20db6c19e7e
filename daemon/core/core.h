// The node without its sockets: journal, state, sequencer, outbox, snapshots and retention, in the order that the
// commit rule wants. Everything but the group commit happens on the thread that calls; so does that, and all else, with
// a writer and a SnapshotWork that have no thread and no process.
//
// A node alone:
//   auto core = Core::Start(options, wanted, &sink).value();
//   core->Append(input); ...                  // during a turn
//   core->EndTurn();                          // hands the batch to the journal thread
//   ... on a wake-up: core->TakeCommits();    // releases effects to the sink
//
// A node of a pair: Open, then Follow(batch) while it is the backup, Serve(epoch) when it becomes primary, and Release
// up to what the pair's rule says; StepDown and CutAfter make it a backup again.
#ifndef UNDERSTUDY_DAEMON_CORE_CORE_H_
#define UNDERSTUDY_DAEMON_CORE_CORE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "daemon/core/clock.h"
#include "daemon/core/last_alive.h"
#include "daemon/core/outbox.h"
#include "daemon/core/peer_clock.h"
#include "daemon/core/replica.h"
#include "daemon/core/restore.h"
#include "daemon/core/sequencer.h"
#include "daemon/core/snapshot_work.h"
#include "engine/configuration.h"
#include "journal/batch_view.h"
#include "journal/commit/batch_writer.h"
#include "journal/commit/disk_reserve.h"
#include "journal/log_store.h"
#include "journal/recovery.h"
#include "journal/retention.h"
#include "journal/snapshot_store.h"
#include "replication/epoch_history.h"

namespace understudy::daemon {

struct CoreOptions {
  std::shared_ptr<rocksdb::FileSystem> file_system;  // null: the machine's own
  std::string directory;
  std::shared_ptr<journal::JournalLock> lock;  // of the directory, if the caller holds it; null: taken here
  uint64_t cluster_id = 0;
  const Clock* clock = nullptr;  // outlives the core
  HashKey random;                // fresh chance for this process: store id, identifier key
  Duration release_age = Duration::Seconds(2);
  Duration snapshot_interval = Duration::Seconds(600);
  journal::RetentionLimits retention;
  Duration group_interval;  // see WriterOptions
  Duration mark_interval;
  bool sync = true;
  bool keep_reserve = true;    // a preallocated file against a full disk
  uint64_t low_bytes = uint64_t{256} << 20;  // see DiskReserve; the reserve is a quarter
  size_t memtable_bytes = 0;     // of the log; 0: the default
  bool pair = false;  // Release says what leaves, not the own disk alone
  journal::OpenStore open_store;    // of the log; null: RocksDB under `directory`
  journal::MakeWriter make_writer;  // null: a JournalWriter
  std::function<std::unique_ptr<SnapshotWork>()> make_snapshot_work;  // null: a ForkedSnapshotWork
};

// What the commits since the last look were like.
struct CommitReport {
  absl::Status status;  // not OK: final, nothing more is acknowledged
  uint64_t groups = 0;
  uint64_t batches = 0;  // in them
  uint64_t bytes = 0;
  Duration longest;                 // of the groups, append and sync
  std::vector<Duration> latencies;  // a group each, from the oldest submit to durable
  bool disk_low = false;
  std::vector<Epoch> promises;  // kept, in order
};

class Core {
 public:
  // Recovers, replays, begins a new epoch, accounts for the time nobody served, and brings the state's configuration
  // to `wanted`. The entries of the start are in the first batch: call EndTurn. `sink` outlives the core; `wake` is
  // called on the journal thread when TakeCommits has something to take.
  static absl::StatusOr<std::unique_ptr<Core>> Start(const CoreOptions& options, const engine::Configuration& wanted,
                                                     EffectSink* sink, std::function<void()> wake);
  // Recovers and replays; serves nobody yet.
  static absl::StatusOr<std::unique_ptr<Core>> Open(const CoreOptions& options, EffectSink* sink,
                                                    std::function<void()> wake);
  ~Core();

  // ---- Roles. While this node does not serve: Serve, Follow, CutAfter, AdoptCluster. While it serves: StepDown. At
  // any time: KeepPromise, ChainAt, NoteServed, NoteReleased.
  // Begins the reign `epoch`, above every epoch in the log: its first entry, the time nobody served, what may not have
  // left of older entries, the difference to `wanted`. `fresh`: becomes the identifier key if the state has none, or
  // when `redraw_key` (after a forced promotion).
  void Serve(Epoch epoch, const HashKey& fresh, bool redraw_key, const engine::Configuration& wanted);
  bool serving() const { return sequencer_ != nullptr; }
  // Stores and applies the primary's next batch. DataLoss: it does not continue the log, and nothing was done.
  // FailedPrecondition: stored, and cannot be applied as the primary did: this node must be filled anew.
  absl::Status Follow(const journal::EncodedBatch& batch);
  // The end of a reign. What was appended stays in the log, until the pair says what of it does not count.
  void StepDown();
  // Keeps the log up to the end of the batch that ends with `last`; the rest goes aside. Rebuilds the state if anything
  // was cut: as long as a start takes.
  absl::Status CutAfter(Lsn last);
  // After everything submitted is synced: CommitReport::promises says when.
  absl::Status KeepPromise(Epoch promise);
  // After the batch that ends with `last`. NotFound: no batch in the log does.
  absl::StatusOr<Hash128> ChainAt(Lsn last) const;
  // The primary of `epoch` has answered the Hello of `asked`, when its CLOCK_BOOTTIME was `at_peer`; 0: it did not say.
  void NoteGreeting(Epoch epoch, Duration at_peer, Duration asked);
  // Of a store without entries.
  absl::Status AdoptCluster(uint64_t cluster_id);
  // The primary serves at this moment, says the peer link.
  void NoteServed() { served_at_ = options_.clock->SinceBoot(); }
  // It has released the effects of entries up to `lsn`: they need not leave again when this node takes over.
  void NoteReleased(Lsn lsn) { replica_.NoteReleased(lsn); }

  void Append(engine::Input input);
  // Timers and gaps; call at least twice a second.
  void Tick();
  // Hands what was appended to the journal thread. Starts and ends snapshots. What was released since the last EndTurn
  // may not have left yet: send it before the next one.
  void EndTurn();
  // What has been committed; releases it unless the node is of a pair.
  CommitReport TakeCommits();
  // Of a pair: effects of entries up to there may leave.
  void Release(Lsn limit);
  // Of the batches committed since the last look: the time from their end until their effects could leave.
  std::vector<Duration> TakeCommitTimes() { return std::exchange(commit_times_, {}); }
  // Sees every batch that a turn of a primary forms, before the journal does.
  void SetBatchSink(std::function<void(const journal::EncodedBatch&)> sink) { batch_sink_ = std::move(sink); }
  // The log is kept after this entry; 0: nobody else needs it.
  void set_peer_needs_after(Lsn lsn) { peer_needs_after_ = lsn; }
  // Appends the difference between `wanted` and the state's configuration; false: there is none.
  bool Reconfigure(const engine::Configuration& wanted);

  // Commits and releases everything; nothing is accepted afterwards. The first error.
  absl::Status Drain();
  // After Drain: takes a snapshot if asked, and closes. The first error.
  absl::Status Close(bool snapshot);
  // Both.
  absl::Status Stop(bool snapshot);

  const engine::State& state() const { return serving() ? sequencer_->state() : replica_.state(); }
  const Outbox& outbox() const { return outbox_; }
  const Restored& restored() const { return restored_; }
  uint64_t replayed() const { return replayed_; }  // entries, by the last start or cut
  // Of the log: everything handed over, synced or not.
  Lsn end() const { return submitted_; }
  const Hash128& chain() const { return serving() ? sequencer_->chain() : chain_; }
  const replication::EpochHistory& epochs() const { return epochs_; }
  const journal::LogStore& log() const { return *store_; }
  const journal::MarkValue& identity() const { return identity_; }  // store id, start number; as at the start
  uint64_t cluster_id() const { return cluster_id_; }
  // The promise that stood at the start, or was kept since.
  Epoch promise() const { return identity_.promise; }
  // Of a snapshot of the state as it is, at the end of a batch.
  journal::SnapshotInfo InfoNow() const;
  Epoch epoch() const { return state().epoch; }  // of the last entry
  // That entries are written at.
  uint32_t feature_level() const { return state().feature_level; }
  bool has_batch() const { return serving() && sequencer_->has_batch(); }
  ServiceGaps service_gaps() const;  // of all reigns of this core
  uint64_t appended() const { return appended_before_ + (serving() ? sequencer_->appended() : 0); }
  const journal::RecoveryReport& recovery() const { return recovery_; }
  // Beside the journal lies an older one, set aside: this node has been of a pair, whatever its journal says now.
  bool was_set_aside() const { return was_set_aside_; }
  absl::optional<Duration> NextAlarm() const { return serving() ? sequencer_->NextAlarm() : absl::nullopt; }
  Lsn durable() const { return durable_; }
  Lsn newest_snapshot() const { return newest_snapshot_; }
  // Before this start.
  Duration unserved() const { return unserved_; }
  // Where the log begins: older entries have been dropped.
  Lsn first_lsn() const { return store_->Range().first; }
  // Likewise, when all is dropped that upkeep under way may drop, whatever the peer has come to need since it began.
  Lsn kept_from() const;
  // Batches submitted and not yet committed.
  bool commit_in_flight() const { return submitted_ > committed_; }
  // So much waits for the disk that nothing should be appended that can be repeated later.
  bool backlogged() const { return waiting_bytes_ > kMostWaitingBytes; }
  uint64_t waiting_bytes() const { return waiting_bytes_; }
  uint64_t waiting_batches() const { return waiting_batches_; }
  // Snapshots and retention that went wrong since the start, and how the last one did.
  uint64_t snapshot_failures() const { return snapshot_failures_; }
  const absl::Status& last_snapshot_failure() const { return last_snapshot_failure_; }
  bool disk_low() const { return disk_low_; }

 private:
  // While so many batches wait for the disk, what is appended collects in one more.
  static constexpr uint64_t kMostWaitingBatches = 256;
  static constexpr uint64_t kMostWaitingBytes = uint64_t{16} << 20;
  static constexpr Duration kAliveInterval = Duration::Milliseconds(200);

  // At a start.
  struct Absence {
    Duration since_entry;  // no batch for so long
    Duration unserved;     // of it, nobody was there for so long
    Duration age;          // of the last batch, at most; very long where no clock tells
  };

  Core(const CoreOptions& options, EffectSink* sink, std::function<void()> wake);

  absl::Status OpenJournal();
  absl::Status Rebuild();
  void StartWriter();
  Absence AbsenceNow() const;
  Absence AbsenceByOthersBatch(const absl::optional<Alive>& alive, Duration since_batch) const;
  Alive AliveNow() const;
  void HoldUncertain(Duration age);
  void StampUncertain(const std::deque<UncertainEffects>& known);
  void NoteAlive();
  void NoteEpoch(Epoch epoch, Lsn first);
  void MakeRoom();
  void Submit();
  void Write(journal::EncodedBatch batch);
  void OnGroup(const journal::DurableGroup& group);
  // Durable, and nothing that another primary's history may take the place of.
  Lsn Settled() const;
  void SnapshotStep();
  void AwaitSnapshot();
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> NewSnapshot() const;
  absl::Status BeginSnapshot();
  absl::Status TakeSnapshotHere();
  absl::Status RoomForSnapshot() const;
  journal::RetentionInput RetentionNow() const;
  // Adopts the snapshot at `adopt`, and drops what the log need not keep.
  static SnapshotWork::Upkeep DoUpkeep(journal::LogStore* store, journal::SnapshotStore* snapshots,
                                       journal::RetentionInput retention, absl::optional<Lsn> adopt);
  void BeginUpkeep(absl::optional<Lsn> adopt);
  void EndUpkeep();
  void TakeUpkeep(const SnapshotWork::Upkeep& upkeep);
  void NoteSnapshotFailure(const absl::Status& status);
  void EndSnapshotWork();

  const CoreOptions options_;
  const std::function<void()> wake_;
  Outbox outbox_;
  journal::RecoveryReport recovery_;
  bool was_set_aside_ = false;
  std::shared_ptr<journal::JournalLock> lock_;
  std::unique_ptr<journal::LogStore> store_;
  std::unique_ptr<journal::DurableMark> mark_;
  std::unique_ptr<journal::DiskReserve> reserve_;
  journal::SnapshotStore snapshots_;
  journal::MarkValue identity_;
  uint64_t cluster_id_ = 0;
  Restored restored_;  // all but the replica, which is below
  Replica replica_;    // while it does not serve
  Duration rebuilt_at_;  // since boot
  uint64_t replayed_ = 0;
  Hash128 chain_;  // likewise: after the last batch
  replication::EpochHistory epochs_;
  journal::BatchView batch_;  // that is being followed
  std::unique_ptr<Sequencer> sequencer_;
  uint64_t appended_before_ = 0;  // by earlier reigns of this core
  ServiceGaps gaps_before_;
  std::function<void(const journal::EncodedBatch&)> batch_sink_;
  std::unique_ptr<journal::BatchWriter> writer_;
  LastAlive alive_;
  Duration next_alive_;
  Duration unserved_;
  std::unique_ptr<SnapshotWork> work_;
  Lsn being_written_;
  Duration next_snapshot_;
  Lsn newest_snapshot_;
  uint64_t newest_snapshot_bytes_ = 0;
  uint64_t snapshot_failures_ = 0;
  absl::Status last_snapshot_failure_;
  Lsn left_;  // effects up to there have been sent: released before the end of the last turn
  Lsn submitted_;
  Lsn durable_;
  Lsn committed_;
  std::deque<std::pair<Lsn, Duration>> uncommitted_;  // of this reign's batches: the last lsn, when it was formed
  std::vector<Duration> commit_times_;
  Lsn peer_needs_after_;
  Lsn upkeep_keeps_after_;  // what the peer needed when the last upkeep began
  absl::optional<Duration> last_batch_at_;  // CLOCK_BOOTTIME; formed or received by this process
  Duration last_formed_at_;                 // that batch, as near as is known: it may have come late
  PeerClock peer_clock_;
  absl::optional<Duration> served_at_;      // likewise: the peer was heard to serve
  uint64_t waiting_batches_ = 0;
  uint64_t waiting_bytes_ = 0;
  bool disk_low_ = false;
  bool retention_due_ = false;  // the disk has become low
  absl::Status failure_;

  std::mutex mutex_;
  CommitReport pending_;  // guarded by mutex_, as pending_lsn_ and woken_
  Lsn pending_lsn_;
  bool woken_ = false;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_CORE_H_
