#include "daemon/core/core.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/layout.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {
namespace {

// Longer than this nobody is away: the clock at one of the two ends was wrong.
constexpr Duration kLongestGap = Duration::Seconds(int64_t{366} * 24 * 3600);
// The journal's thread takes more than `Core::backlogged` lets come, and batches of the largest size beyond it.
constexpr size_t kQueueBytes = size_t{256} << 20;
constexpr Duration kAliveInterval = Duration::Milliseconds(200);
// DNs in one entry: so many with long options stay far below the largest entry.
constexpr size_t kDnsInEntry = 200;

// Moves what comes next, but not more than one entry should hold.
template <class T>
void MoveSome(std::vector<T>* from, size_t* next, std::vector<T>* to) {
  const size_t end = std::min(*next + kDnsInEntry, from->size());
  for (; *next < end; ++*next) to->push_back(std::move((*from)[*next]));
}

CoreOptions WithFileSystem(CoreOptions options) {
  if (options.file_system == nullptr) options.file_system = rocksdb::FileSystem::Default();
  return options;
}

}  // namespace

Core::Core(const CoreOptions& options, EffectSink* sink, std::function<void()> wake)
    : options_(WithFileSystem(options)),
      wake_(std::move(wake)),
      outbox_(sink, options.release_age),
      snapshots_(options_.file_system, options.directory) {}

Core::~Core() {
  if (upkeep_.valid()) upkeep_.wait();
  if (writer_ != nullptr) writer_->Stop().IgnoreError();
}

absl::StatusOr<std::unique_ptr<Core>> Core::Start(const CoreOptions& options, const engine::Configuration& wanted,
                                                  EffectSink* sink, std::function<void()> wake) {
  std::unique_ptr<Core> core(new Core(options, sink, std::move(wake)));
  if (absl::Status s = core->Open(); !s.ok()) return s;
  core->Begin(wanted);
  return core;
}

absl::Status Core::Open() {
  journal::OpenJournalOptions open;
  open.file_system = options_.file_system;
  open.directory = options_.directory;
  open.lock = options_.lock;
  open.cluster_id = options_.cluster_id;
  open.new_store_id = options_.random.k0 | 1;
  open.memtable_bytes = options_.memtable_bytes;
  // What a verified snapshot covers is not read again: a start takes as long as its tail.
  const std::vector<Lsn> snapshots = snapshots_.List();
  if (!snapshots.empty()) {
    const absl::StatusOr<journal::SnapshotInfo> newest = snapshots_.Verify(snapshots.back());
    if (newest.ok()) open.verify = {newest->lsn.Next(), newest->chain};
    open.has_snapshots = true;
  }
  absl::StatusOr<journal::OpenedJournal> opened = journal::OpenJournal(open);
  if (!opened.ok()) return opened.status();
  lock_ = std::move(opened->lock);
  recovery_ = opened->report;
  if (opened->store == nullptr) return absl::DataLossError(recovery_.ToString());
  store_ = std::move(opened->store);
  mark_ = std::move(opened->mark);
  snapshots_.DiscardPartial();
  const int discarded = snapshots_.DiscardAfter(store_->Range().last);
  absl::StatusOr<Restored> restored = Restore(*store_, &snapshots_, options_.cluster_id);
  if (!restored.ok()) return restored.status();
  restored_ = *std::move(restored);
  if (discarded > 0) {
    restored_.remarks.push_back(absl::StrCat(discarded, " of entries that the log does not have: deleted"));
  }
  newest_snapshot_ = restored_.snapshot_lsn;
  newest_snapshot_bytes_ = restored_.snapshot_bytes;
  if (!options_.keep_reserve) return absl::OkStatus();
  journal::DiskReserve::Options reserve;
  reserve.path = journal::ReservePath(options_.directory);
  reserve_ = std::make_unique<journal::DiskReserve>(options_.file_system, reserve);
  retention_due_ = disk_low_ = !reserve_->Prepare().ok();
  return absl::OkStatus();
}

void Core::Begin(const engine::Configuration& wanted) {
  const Absence absence = AbsenceNow();
  alive_.Open(options_.file_system.get(), options_.directory);
  Reign reign;
  reign.cluster_id = options_.cluster_id;
  reign.store_id = mark_->value().store_id;
  reign.start_number = mark_->value().start_number;
  reign.epoch = std::max(restored_.state.epoch, mark_->value().epoch).Next();
  durable_ = submitted_ = restored_.state.lsn;
  unserved_ = absence.unserved;
  HoldUncertain(absence.since_entry);
  left_ = outbox_.released();
  const journal::LogRange range = store_->Range();
  const Hash128 chain = range.empty() ? journal::GenesisChain(options_.cluster_id) : range.chain;
  sequencer_ = std::make_unique<Sequencer>(options_.clock, &outbox_, std::move(restored_.state), reign, chain);
  restored_.state = engine::State();
  sequencer_->Append(engine::EpochStart{options_.random, false});
  if (absence.since_entry > Duration()) sequencer_->AppendServiceGap(absence.unserved, absence.since_entry);
  journal::JournalWriter::Options writer;
  writer.group_interval = options_.group_interval;
  writer.mark_interval = options_.mark_interval;
  writer.sync = options_.sync;
  writer.reserve = reserve_.get();
  writer.max_queued_bytes = kQueueBytes;
  writer_ = std::make_unique<journal::JournalWriter>(store_.get(), mark_.get(), writer,
                                                     [this](const journal::DurableGroup& group) { OnGroup(group); });
  next_snapshot_ = options_.clock->Monotonic() + options_.snapshot_interval;
  Reconfigure(wanted);
}

// Since the last batch was formed, and how much of it nobody served.
Core::Absence Core::AbsenceNow() const {
  Absence absence;
  if (!restored_.last_header) return absence;
  const auto within = [](Duration d) { return std::min(std::max(d, Duration()), kLongestGap); };
  const journal::BatchHeader& last = *restored_.last_header;
  const Moment now = Moment::Of(*options_.clock);
  const Moment batch{last.boot_id, Duration::Nanoseconds(last.boot_time_ns), last.wall_time};
  absence.since_entry = absence.unserved = within(now.Since(batch));
  const absl::optional<Moment> alive = LastAlive::Read(options_.file_system.get(), options_.directory);
  if (alive && alive->Since(batch) > Duration()) {
    absence.unserved = std::min(absence.since_entry, within(now.Since(*alive)));
  }
  return absence;
}

// What may not have left before the end of the last process leaves with the first commits, byte by byte the same,
// unless it is too old.
void Core::HoldUncertain(Duration since_entry) {
  const Duration now = options_.clock->SinceBoot();
  if (restored_.last_header) outbox_.set_released(restored_.last_header->released_up_to);
  for (auto& [lsn, effects] : restored_.uncertain) outbox_.Hold(lsn, now - since_entry, &effects);
  restored_.uncertain.clear();
}

void Core::MakeRoom() {
  if (sequencer_->batch_full()) Submit();
}

void Core::Append(engine::Input input) {
  MakeRoom();
  sequencer_->Append(std::move(input));
}

void Core::Tick() {
  MakeRoom();
  sequencer_->Tick();
  NoteAlive();
}

// While something waits for the disk nobody is served, and while entries are committed they say when.
void Core::NoteAlive() {
  const Duration now = options_.clock->Monotonic();
  if (commit_in_flight() || now < next_alive_) return;
  next_alive_ = now + kAliveInterval;
  alive_.Note(Moment::Of(*options_.clock));
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
  if (sequencer_->has_batch() && waiting_batches_ < kMostWaitingBatches) Submit();
  left_ = outbox_.released();
  SnapshotStep();
}

void Core::Submit() {
  journal::EncodedBatch batch = sequencer_->TakeBatch(left_);
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
  if (outbox_.released() < durable_) outbox_.Commit(durable_, options_.clock->SinceBoot());
  return report;
}

journal::SnapshotInfo Core::InfoNow() const {
  journal::SnapshotInfo info;
  info.cluster_id = options_.cluster_id;
  info.lsn = state().lsn;
  info.epoch = state().epoch;
  info.chain = sequencer_->chain();
  info.schema_version = journal::kSchemaVersion;
  info.engine_time = state().engine_time;
  info.wall_time = state().wall_time;
  return info;
}

void Core::SnapshotStep() {
  if (upkeep_.valid()) return EndUpkeep();
  if (child_.running()) return AwaitChild();
  if (retention_due_) {
    retention_due_ = false;
    return BeginUpkeep(absl::nullopt);
  }
  const Duration now = options_.clock->Monotonic();
  if (now < next_snapshot_ || sequencer_->has_batch()) return;
  if (!options_.fork_snapshots && state().lsn > durable_) return;
  next_snapshot_ = now + options_.snapshot_interval;
  if (disk_low_) return BeginUpkeep(absl::nullopt);  // no snapshot, but what grows old goes
  if (state().lsn == newest_snapshot_) return;
  absl::Status status = RoomForSnapshot();
  if (status.ok() && !options_.fork_snapshots) {
    status = TakeSnapshotHere();
  } else if (status.ok()) {
    status = child_.Start(options_.file_system, options_.directory, InfoNow(), state());
  }
  if (!status.ok()) NoteSnapshotFailure(status);
}

void Core::AwaitChild() {
  if (child_.lsn() > durable_) return;
  const absl::optional<absl::Status> ended = child_.Poll();
  if (!ended) return;
  if (ended->ok()) return BeginUpkeep(child_.lsn());
  snapshots_.DiscardPartial();
  NoteSnapshotFailure(*ended);
}

absl::Status Core::WriteSnapshotHere() {
  absl::StatusOr<std::unique_ptr<journal::SnapshotWriter>> writer =
      journal::SnapshotWriter::Create(options_.file_system, options_.directory, InfoNow());
  if (!writer.ok()) return writer.status();
  return WriteSnapshot(state(), writer->get());
}

absl::Status Core::TakeSnapshotHere() {
  if (absl::Status s = WriteSnapshotHere(); !s.ok()) return s;
  TakeUpkeep(DoUpkeep(store_.get(), &snapshots_, RetentionNow(), state().lsn));
  return absl::OkStatus();
}

// A snapshot must not take what the calls in progress need to end.
absl::Status Core::RoomForSnapshot() const {
  uint64_t free = 0;
  const bool known = options_.file_system->GetFreeSpace(options_.directory, rocksdb::IOOptions(), &free, nullptr).ok();
  const uint64_t wanted = 2 * newest_snapshot_bytes_ + journal::DiskReserve::Options().low_bytes;
  if (!known || !options_.keep_reserve || free >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a snapshot wants ", wanted, " bytes of free disk space, there are ", free));
}

// The log is kept for as long as there is no newer snapshot: nothing is lost but time at the next start, and space.
void Core::NoteSnapshotFailure(const absl::Status& status) {
  ++snapshot_failures_;
  last_snapshot_failure_ = status;
}

journal::RetentionInput Core::RetentionNow() const {
  journal::RetentionInput retention;
  retention.limits = options_.retention;
  retention.now = options_.clock->Wall();
  return retention;
}

absl::StatusOr<Core::Upkeep> Core::DoUpkeep(journal::LogStore* store, journal::SnapshotStore* snapshots,
                                            journal::RetentionInput retention, absl::optional<Lsn> adopt) {
  Upkeep done;
  if (adopt) {
    absl::StatusOr<journal::SnapshotInfo> adopted = snapshots->Adopt(*adopt);
    if (!adopted.ok()) return adopted.status();
    done = *std::move(adopted);
  }
  retention.second_newest_snapshot = snapshots->SecondNewestVerified();
  // Each call looks at a bounded part of the log.
  for (Lsn first = store->Range().first;;) {
    const absl::StatusOr<Lsn> kept = journal::Retain(store, retention);
    if (!kept.ok()) return kept.status();
    if (*kept == first) return done;
    first = *kept;
  }
}

// Reading a snapshot back and dropping old batches takes as long as it takes: on a thread of its own, which alone
// uses snapshots_ meanwhile.
void Core::BeginUpkeep(absl::optional<Lsn> adopt) {
  upkeep_ = std::async(std::launch::async, [this, adopt, retention = RetentionNow()] {
    return DoUpkeep(store_.get(), &snapshots_, retention, adopt);
  });
}

void Core::EndUpkeep() {
  if (upkeep_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  TakeUpkeep(upkeep_.get());
}

void Core::TakeUpkeep(const absl::StatusOr<Upkeep>& upkeep) {
  if (!upkeep.ok()) return NoteSnapshotFailure(upkeep.status());
  if (!upkeep->has_value()) return;
  const journal::SnapshotInfo& adopted = **upkeep;
  newest_snapshot_ = adopted.lsn;
  newest_snapshot_bytes_ = adopted.bytes;
  sequencer_->NoteDigest(adopted.lsn, adopted.digest);
}

absl::Status Core::Drain() {
  if (sequencer_->has_batch()) Submit();
  const absl::Status status = writer_->Stop();
  const CommitReport last = TakeCommits();
  return status.ok() ? last.status : status;
}

absl::Status Core::Close(bool snapshot) {
  child_.Abandon();
  if (upkeep_.valid()) upkeep_.wait();
  snapshots_.DiscardPartial();
  absl::Status status;
  if (snapshot && failure_.ok() && state().lsn == durable_ && durable_ != newest_snapshot_) {
    status = RoomForSnapshot();
    if (status.ok()) status = WriteSnapshotHere();
    if (status.ok()) status = snapshots_.Adopt(state().lsn).status();
  }
  if (failure_.ok()) alive_.Note(Moment::Of(*options_.clock));
  const absl::Status closed = store_->Close();
  return status.ok() ? closed : status;
}

absl::Status Core::Stop(bool snapshot) {
  const absl::Status drained = Drain();
  const absl::Status closed = Close(snapshot);
  return drained.ok() ? closed : drained;
}

}  // namespace understudy::daemon
