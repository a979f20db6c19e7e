// What the node is to the pair: it serves, or follows, or gives up what does not count.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/feature_level.h"
#include "daemon/core/core.h"
#include "daemon/core/epoch_record.h"

namespace understudy::daemon {
namespace {

// Longer than this nobody is away: the clock at one of the two ends was wrong.
constexpr Duration kLongestGap = Duration::Seconds(int64_t{366} * 24 * 3600);

Duration Within(Duration d) { return std::min(std::max(d, Duration()), kLongestGap); }

}  // namespace

void Core::Serve(Epoch epoch, const HashKey& fresh, bool redraw_key, const engine::Configuration& wanted) {
  US_CHECK(!serving());
  const Absence absence = AbsenceNow();
  unserved_ = absence.unserved;
  Reign reign;
  reign.cluster_id = cluster_id_;
  reign.store_id = identity_.store_id;
  reign.start_number = identity_.start_number;
  reign.epoch = epoch;
  NoteEpoch(epoch, submitted_.Next());
  HoldUncertain(absence.age);
  left_ = outbox_.released();
  sequencer_ = std::make_unique<Sequencer>(options_.clock, &outbox_, replica_.TakeState(), reign, chain_);
  replica_ = Replica();
  const bool founds = submitted_.empty();
  sequencer_->Append(engine::EpochStart{fresh, redraw_key});
  if (founds) sequencer_->Append(engine::FeatureLevelRaised{kFeatureLevel});  // nobody has to be waited for
  if (absence.since_entry > Duration()) sequencer_->AppendServiceGap(absence.unserved, absence.since_entry);
  Reconfigure(wanted);
}

// Before the first batch of the epoch is acknowledged.
void Core::NoteEpoch(Epoch epoch, Lsn first) {
  absl::Status noted = epochs_.Add(epoch, first);
  if (noted.ok()) noted = WriteEpochs(epochs_, store_.get());
  if (!noted.ok() && failure_.ok()) failure_ = noted;
}

// Since the last batch was formed, and how much of it nobody served.
Core::Absence Core::AbsenceNow() const {
  Absence absence;
  const Duration boot = options_.clock->SinceBoot();
  if (last_batch_at_) {
    absence.since_entry = absence.unserved = Within(boot - *last_batch_at_);
    absence.age = Within(boot - last_formed_at_);
    if (served_at_) absence.unserved = std::min(absence.since_entry, Within(boot - *served_at_));
    return absence;
  }
  if (!replica_.last_header()) return absence;
  const journal::BatchHeader& last = *replica_.last_header();
  const Moment now = Moment::Of(*options_.clock);
  const Moment batch{last.boot_id, Duration::Nanoseconds(last.boot_time_ns), last.wall_time};
  absence.since_entry = absence.unserved = Within(now.Since(batch));
  absence.age = now.Since(batch) < Duration() ? kLongestGap : absence.since_entry;
  absl::optional<Alive> alive = LastAlive::Read(options_.file_system.get(), options_.directory);
  if (alive && alive->end < store_->Range().first) alive.reset();  // of the journal before this one
  if (last.store_id != identity_.store_id) return AbsenceByOthersBatch(alive, now.Since(batch));
  if (alive && alive->at.Since(batch) > Duration()) {
    absence.unserved = std::min(absence.since_entry, Within(now.Since(alive->at)));
  }
  return absence;
}

// The last batch is another machine's, whose wall clock may be far from this one's. What this machine noted when it
// followed may be older than it was: a power loss brings an old note back. Engine time went on from the note to the
// last entry, and that part nobody was away. Of clock and note the shorter time counts, for nothing ends too early
// then, and the longer one for what is not to be sent again when it is old. One that has noted nothing, for its journal
// began with the other's state, knows how long it has had that.
Core::Absence Core::AbsenceByOthersBatch(const absl::optional<Alive>& alive, Duration since_batch) const {
  const Moment now = Moment::Of(*options_.clock);
  Absence absence;
  absence.unserved = Within(alive ? now.Since(alive->at) : now.since_boot - rebuilt_at_);
  const Duration by_next_note = Within(absence.unserved - kAliveInterval);
  Duration by_note = absence.unserved;
  if (alive) by_note = Within(absence.unserved + (alive->engine_time - replica_.state().engine_time));
  if (alive && alive->end != submitted_) {
    by_note = std::min(by_note, absence.unserved);
    if (alive->at.boot_id == now.boot_id) by_note = std::max(by_note, by_next_note);
  }
  const Duration by_clock = since_batch >= Duration() ? Within(since_batch) : alive ? by_note : kLongestGap;
  absence.since_entry = std::min(by_note, by_clock);
  absence.age = std::max({by_note, alive ? by_next_note : Duration(), by_clock});
  absence.unserved = std::min(absence.unserved, absence.since_entry);
  return absence;
}

Alive Core::AliveNow() const {
  Alive alive;
  alive.at = Moment::Of(*options_.clock);
  if (!last_batch_at_) return alive;
  alive.end = submitted_;
  alive.engine_time = serving() ? sequencer_->EngineNow()
                                : replica_.state().engine_time + (alive.at.since_boot - last_formed_at_);
  return alive;
}

// How old what is on the disk is, clocks and notes tell now: once this node follows again, a later reign's entries say
// as little of it as their primary knew. What this process knew before a cut counts where it is older.
void Core::StampUncertain(const std::deque<UncertainEffects>& known) {
  if (replica_.uncertain().empty()) return;
  const Duration last = options_.clock->SinceBoot() - AbsenceNow().age;
  auto before = known.begin();
  for (UncertainEffects& held : replica_.uncertain()) {
    held.stamped = last - replica_.BeforeTheLast(*held.entry);
    while (before != known.end() && before->lsn < held.lsn) ++before;
    if (before == known.end() || before->lsn != held.lsn || !before->stamped) continue;
    held.stamped = std::min(*held.stamped, *before->stamped);
  }
}

// What may not have left before the end of the last reign leaves with the first commits, byte by byte the same,
// unless it is too old. An entry of another process is older than the last one by the difference of their engine times,
// though both came at once out of the primary's log.
void Core::HoldUncertain(Duration age) {
  const Duration now = options_.clock->SinceBoot();
  if (replica_.last_header()) outbox_.set_released(replica_.released());
  for (UncertainEffects& held : replica_.uncertain()) {
    if (held.lsn <= outbox_.released()) continue;
    Duration stamped = held.stamped.value_or(now);
    if (held.entry) {
      stamped = std::min(stamped, now - age - (replica_.state().engine_time - held.entry->engine_time));
    }
    outbox_.Hold(held.lsn, stamped, &held.effects);
  }
  committed_ = outbox_.released();
}

absl::Status Core::Follow(const journal::EncodedBatch& batch) {
  US_CHECK(!serving());
  if (batch.first_lsn() != submitted_.Next()) {
    return absl::DataLossError(absl::StrCat("the peer's next batch begins with lsn ", batch.first_lsn().value(),
                                            ", the log ends with ", submitted_.value()));
  }
  if (absl::Status s = batch_.Parse(batch.bytes(), chain_); !s.ok()) return s;
  if (batch_.header().cluster_id != cluster_id_) return absl::DataLossError("a batch of another cluster");
  if (batch.epoch() < epochs_.last()) return absl::DataLossError("a batch of an earlier epoch than the log's");
  if (batch.epoch() != epochs_.last()) NoteEpoch(batch.epoch(), batch.first_lsn());
  const Duration now = options_.clock->SinceBoot();
  last_batch_at_ = served_at_ = now;
  const Duration formed = Duration::Nanoseconds(batch_.header().boot_time_ns);
  last_formed_at_ = now - peer_clock_.AgeOf(batch.epoch(), formed, now);
  chain_ = batch.chain();
  Write(batch);
  // Of a reign that is over, no clock tells.
  const bool is_over = batch.epoch() < identity_.promise;
  const absl::Status applied = replica_.Apply(batch_, is_over ? now - kLongestGap : last_formed_at_);
  if (!applied.ok()) return absl::FailedPreconditionError(applied.message());
  NoteAlive();
  return absl::OkStatus();
}

void Core::NoteGreeting(Epoch epoch, Duration at_peer, Duration asked) {
  if (at_peer > Duration()) peer_clock_.Greeted(epoch, at_peer, asked, options_.clock->SinceBoot());
}

ServiceGaps Core::service_gaps() const {
  ServiceGaps all = gaps_before_;
  if (!serving()) return all;
  all.count += sequencer_->service_gaps().count;
  all.total = all.total + sequencer_->service_gaps().total;
  return all;
}

void Core::StepDown() {
  US_CHECK(serving());
  if (sequencer_->has_batch()) Submit();
  chain_ = sequencer_->chain();
  appended_before_ += sequencer_->appended();
  gaps_before_ = service_gaps();
  replica_ = Replica(sequencer_->TakeState());
  sequencer_.reset();
  uncommitted_.clear();
  outbox_.Drop([this](Lsn lsn, Duration stamped, engine::Effect effect) {
    std::deque<UncertainEffects>& uncertain = replica_.uncertain();
    if (uncertain.empty() || uncertain.back().lsn != lsn) uncertain.push_back({lsn, stamped, {}, {}});
    uncertain.back().effects.list.push_back(std::move(effect));
  });
}

absl::Status Core::CutAfter(Lsn last) {
  US_CHECK(!serving());
  if (last == submitted_) return absl::OkStatus();
  EndSnapshotWork();
  if (absl::Status s = writer_->Stop(); !s.ok()) return s;
  TakeCommits();
  journal::MarkValue value = mark_->value();
  value.lsn = last;
  value.epoch = epochs_.EpochOf(last);
  value.chain = journal::GenesisChain(cluster_id_);
  if (!last.empty()) {
    const absl::StatusOr<Hash128> chain = ChainAt(last);
    if (!chain.ok()) return chain.status();
    value.chain = *chain;
  }
  if (absl::Status s = mark_->Write(value); !s.ok()) return s;
  if (absl::Status s = store_->TruncateFrom(last.Next()); !s.ok()) return s;
  epochs_.Truncate(last);
  if (absl::Status s = WriteEpochs(epochs_, store_.get()); !s.ok()) return s;
  waiting_batches_ = waiting_bytes_ = 0;
  if (absl::Status s = Rebuild(); !s.ok()) return s;
  StartWriter();
  return absl::OkStatus();
}

absl::StatusOr<Hash128> Core::ChainAt(Lsn last) const {
  if (last == submitted_) return chain();
  std::unique_ptr<journal::LogIterator> iterator = store_->NewIterator();
  iterator->Seek(last);
  if (!iterator->Valid()) return absl::NotFoundError(absl::StrCat("the log has no lsn ", last.value()));
  const absl::StatusOr<journal::BatchPrelude> prelude = journal::BatchPrelude::Load(iterator->bytes());
  if (!prelude.ok()) return prelude.status();
  if (prelude->last_lsn() == last) return prelude->chain;
  return absl::NotFoundError(absl::StrCat("no batch ends with lsn ", last.value()));
}

absl::Status Core::KeepPromise(Epoch promise) { return writer_->SubmitPromise(promise); }

absl::Status Core::AdoptCluster(uint64_t cluster_id) {
  US_CHECK(!serving());
  if (cluster_id == cluster_id_) return absl::OkStatus();
  if (!submitted_.empty()) return absl::FailedPreconditionError("the journal belongs to another cluster");
  if (absl::Status s = writer_->Stop(); !s.ok()) return s;
  journal::MarkValue value = mark_->value();
  value.cluster_id = cluster_id;
  value.chain = chain_ = journal::GenesisChain(cluster_id);
  if (absl::Status s = mark_->Write(value); !s.ok()) return s;
  cluster_id_ = cluster_id;
  StartWriter();
  return absl::OkStatus();
}

}  // namespace understudy::daemon
