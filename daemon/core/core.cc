#include "daemon/core/core.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/epoch_record.h"
#include "daemon/core/forked_snapshot_work.h"
#include "journal/commit/journal_writer.h"
#include "journal/layout.h"
#include "journal/refill.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {
namespace {

// The journal's thread takes more than `Core::backlogged` lets come, and batches of the largest size beyond it.
constexpr size_t kQueueBytes = size_t{256} << 20;
// DNs in one entry: so many with long options stay far below the largest entry.
constexpr size_t kDnsInEntry = 200;

// Moves what comes next, but not more than one entry should hold.
template <class T>
void MoveSome(std::vector<T>* from, size_t* next, std::vector<T>* to) {
  const size_t end = std::min(*next + kDnsInEntry, from->size());
  for (; *next < end; ++*next) to->push_back(std::move((*from)[*next]));
}

CoreOptions WithDefaults(CoreOptions options) {
  if (options.file_system == nullptr) options.file_system = rocksdb::FileSystem::Default();
  if (options.make_writer == nullptr) options.make_writer = journal::MakeJournalWriter;
  if (options.make_snapshot_work == nullptr) {
    options.make_snapshot_work = [] { return std::make_unique<ForkedSnapshotWork>(); };
  }
  return options;
}

}  // namespace

Core::Core(const CoreOptions& options, EffectSink* sink, std::function<void()> wake)
    : options_(WithDefaults(options)),
      wake_(std::move(wake)),
      outbox_(sink, options.release_age),
      snapshots_(options_.file_system, options.directory),
      cluster_id_(options.cluster_id),
      work_(options_.make_snapshot_work()) {}

Core::~Core() {
  work_.reset();
  if (writer_ != nullptr) writer_->Stop().IgnoreError();
}

absl::StatusOr<std::unique_ptr<Core>> Core::Open(const CoreOptions& options, EffectSink* sink,
                                                 std::function<void()> wake) {
  std::unique_ptr<Core> core(new Core(options, sink, std::move(wake)));
  if (absl::Status s = core->OpenJournal(); !s.ok()) return s;
  return core;
}

absl::StatusOr<std::unique_ptr<Core>> Core::Start(const CoreOptions& options, const engine::Configuration& wanted,
                                                  EffectSink* sink, std::function<void()> wake) {
  absl::StatusOr<std::unique_ptr<Core>> core = Open(options, sink, std::move(wake));
  if (!core.ok()) return core.status();
  const Epoch last = std::max((*core)->state().epoch, (*core)->identity_.epoch);
  (*core)->Serve(last.Next(), options.random, false, wanted);
  return core;
}

absl::Status Core::OpenJournal() {
  journal::OpenJournalOptions open;
  open.file_system = options_.file_system;
  open.directory = options_.directory;
  open.lock = options_.lock;
  open.cluster_id = cluster_id_;
  open.new_store_id = options_.random.k0 | 1;
  open.memtable_bytes = options_.memtable_bytes;
  open.open_store = options_.open_store;
  // What a verified snapshot covers is not read again: a start takes as long as its tail.
  const std::vector<Lsn> snapshots = snapshots_.List();
  if (!snapshots.empty()) {
    const absl::StatusOr<journal::SnapshotInfo> newest = snapshots_.Verify(snapshots.back());
    if (newest.ok()) open.verify = {newest->lsn.Next(), newest->chain};
    open.has_snapshots = true;
  }
  absl::StatusOr<journal::OpenedJournal> opened = journal::OpenJournal(open);
  // Or it vouches for another history: the log is good if all of it is.
  if (opened.ok() && opened->store == nullptr && !open.verify.from.empty()) {
    open.verify = {};
    open.lock = std::move(opened->lock);
    opened = journal::OpenJournal(open);
  }
  if (!opened.ok()) return opened.status();
  lock_ = std::move(opened->lock);
  recovery_ = opened->report;
  if (opened->store == nullptr) return absl::DataLossError(recovery_.ToString());
  store_ = std::move(opened->store);
  mark_ = std::move(opened->mark);
  identity_ = mark_->value();
  snapshots_.DiscardPartial();
  was_set_aside_ = journal::HasAside(options_.file_system.get(), options_.directory);
  if (absl::Status s = Rebuild(); !s.ok()) return s;
  alive_.Open(options_.file_system.get(), options_.directory);
  if (options_.keep_reserve) {
    journal::DiskReserve::Options reserve;
    reserve.path = journal::ReservePath(options_.directory);
    reserve.low_bytes = options_.low_bytes;
    reserve.reserve_bytes = options_.low_bytes / 4;
    reserve_ = std::make_unique<journal::DiskReserve>(options_.file_system, reserve);
    retention_due_ = disk_low_ = !reserve_->Prepare().ok();
  }
  next_snapshot_ = options_.clock->Monotonic() + options_.snapshot_interval;
  StartWriter();
  return absl::OkStatus();
}

// The state from what is on the disk, all of which is synced.
absl::Status Core::Rebuild() {
  const std::deque<UncertainEffects> known = replica_.TakeUncertain();
  const absl::StatusOr<int> discarded = snapshots_.DiscardAfter(store_->Range().last);
  if (!discarded.ok()) return discarded.status();
  absl::StatusOr<Restored> restored = Restore(*store_, &snapshots_, cluster_id_);
  if (!restored.ok()) return restored.status();
  restored_ = *std::move(restored);
  replica_ = std::exchange(restored_.replica, Replica());
  replayed_ = replica_.applied();
  if (*discarded > 0) {
    restored_.remarks.push_back(absl::StrCat(*discarded, " of entries that the log does not have: deleted"));
  }
  absl::StatusOr<replication::EpochHistory> epochs = ReadEpochs(*store_);
  if (!epochs.ok()) return epochs.status();
  epochs_ = *std::move(epochs);
  newest_snapshot_ = restored_.snapshot_lsn;
  newest_snapshot_bytes_ = restored_.snapshot_bytes;
  const journal::LogRange range = store_->Range();
  chain_ = range.empty() ? journal::GenesisChain(cluster_id_) : range.chain;
  durable_ = submitted_ = committed_ = replica_.state().lsn;
  pending_lsn_ = Lsn();
  last_batch_at_.reset();
  rebuilt_at_ = options_.clock->SinceBoot();
  StampUncertain(known);
  return absl::OkStatus();
}

void Core::StartWriter() {
  journal::WriterOptions writer;
  writer.group_interval = options_.group_interval;
  writer.mark_interval = options_.mark_interval;
  writer.sync = options_.sync;
  writer.reserve = reserve_.get();
  writer.max_queued_bytes = kQueueBytes;
  writer_ = options_.make_writer(store_.get(), mark_.get(), writer,
                                 [this](const journal::DurableGroup& group) { OnGroup(group); });
}

void Core::MakeRoom() {
  if (sequencer_->batch_full()) Submit();
}

void Core::Append(engine::Input input) {
  MakeRoom();
  sequencer_->Append(std::move(input));
}

void Core::Tick() {
  if (serving()) {
    MakeRoom();
    sequencer_->Tick();
  }
  NoteAlive();
}

// While something waits for the disk nobody is served, and while entries are committed they say when. Whoever follows a
// primary knows that somebody served while it heard of it.
void Core::NoteAlive() {
  const Duration now = options_.clock->Monotonic();
  if (now < next_alive_ || (serving() && commit_in_flight())) return;
  if (!serving() && (!served_at_ || options_.clock->SinceBoot() - *served_at_ > kAliveInterval)) return;
  next_alive_ = now + kAliveInterval;
  alive_.Note(AliveNow());
}

// A change of any size is entries of a bounded one.
bool Core::Reconfigure(const engine::Configuration& wanted) {
  engine::ConfigurationChange change = sequencer_->state().configuration.DifferenceTo(wanted);
  if (change.empty()) return false;
  std::vector<engine::Dn> upserts = std::exchange(change.upserts, {});
  std::vector<std::string> removals = std::exchange(change.removals, {});
  size_t next_upsert = 0;
  size_t next_removal = 0;
  do {
    MoveSome(&upserts, &next_upsert, &change.upserts);
    MoveSome(&removals, &next_removal, &change.removals);
    Append(engine::ConfigurationChanged{std::exchange(change, {})});
  } while (next_upsert < upserts.size() || next_removal < removals.size());
  return true;
}

void Core::EndTurn() {
  if (has_batch() && waiting_batches_ < kMostWaitingBatches) Submit();
  left_ = outbox_.released();
  SnapshotStep();
}

void Core::Submit() {
  journal::EncodedBatch batch = sequencer_->TakeBatch(left_);
  last_batch_at_ = last_formed_at_ = options_.clock->SinceBoot();
  uncommitted_.emplace_back(batch.last_lsn(), *last_batch_at_);
  if (batch_sink_ != nullptr) batch_sink_(batch);
  Write(std::move(batch));
}

void Core::Write(journal::EncodedBatch batch) {
  submitted_ = batch.last_lsn();
  ++waiting_batches_;
  waiting_bytes_ += batch.bytes().size();
  if (absl::Status s = writer_->Submit(std::move(batch)); !s.ok() && failure_.ok()) failure_ = s;
}

void Core::OnGroup(const journal::DurableGroup& group) {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!group.status.ok()) {
      pending_.status = group.status;
    } else {
      pending_lsn_ = group.last_lsn;
      if (!group.promise.empty()) pending_.promises.push_back(group.promise);
    }
    ++pending_.groups;
    pending_.batches += group.batches;
    pending_.bytes += group.bytes;
    pending_.longest = std::max(pending_.longest, group.committed);
    pending_.latencies.push_back(group.waited);
    pending_.disk_low = group.disk == journal::DiskSpace::kLow;
    wake = !woken_;
    woken_ = true;
  }
  if (wake) wake_();
}

CommitReport Core::TakeCommits() {
  CommitReport report;
  Lsn lsn;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::swap(report, pending_);
    lsn = pending_lsn_;
    woken_ = false;
  }
  if (report.groups > 0) {
    retention_due_ |= report.disk_low && !disk_low_;
    disk_low_ = report.disk_low;
  }
  waiting_batches_ -= report.batches;
  waiting_bytes_ -= report.bytes;
  if (failure_.ok()) failure_ = report.status;
  report.status = failure_;
  if (!failure_.ok()) return report;
  durable_ = std::max(durable_, lsn);
  if (!report.promises.empty()) identity_.promise = report.promises.back();
  if (!options_.pair) Release(durable_);
  return report;
}

void Core::Release(Lsn limit) {
  if (limit <= committed_) return;
  committed_ = limit;
  const Duration now = options_.clock->SinceBoot();
  for (; !uncommitted_.empty() && uncommitted_.front().first <= limit; uncommitted_.pop_front()) {
    commit_times_.push_back(now - uncommitted_.front().second);
  }
  if (outbox_.released() < limit) outbox_.Commit(limit, now);
}

absl::Status Core::Drain() {
  if (has_batch()) Submit();
  const absl::Status status = writer_->Stop();
  const CommitReport last = TakeCommits();
  return status.ok() ? last.status : status;
}

absl::Status Core::Close(bool snapshot) {
  EndSnapshotWork();
  absl::Status status;
  if (snapshot && failure_.ok() && state().lsn == Settled() && state().lsn != newest_snapshot_) {
    status = TakeSnapshotHere();
  }
  if (failure_.ok() && serving()) alive_.Note(AliveNow());
  const absl::Status closed = store_->Close();
  return status.ok() ? closed : status;
}

absl::Status Core::Stop(bool snapshot) {
  const absl::Status drained = Drain();
  const absl::Status closed = Close(snapshot);
  return drained.ok() ? closed : drained;
}

}  // namespace understudy::daemon
