// The reading half of recovery: walks the log once and says how it looks.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "journal/batch_view.h"
#include "journal/recovery.h"

namespace understudy::journal {
namespace {

// What one walk over the log finds out.
struct Walk {
  LogRange sound;
  Epoch epoch;
  absl::optional<BatchHeader> last_header;
  absl::Status damage;  // of the batch after `sound`
  Lsn damage_at;
  bool passed_mark = false;  // a batch that reaches or passes the mark was sound
  bool at_mark_ends = false;
  Hash128 chain_at_mark;
  Epoch epoch_at_mark;
};

class Walker {
 public:
  Walker(const LogStore& store, const MarkReading& mark, uint64_t cluster_id, const VerifyFrom& verify)
      : mark_(mark), cluster_id_(cluster_id), verify_(verify), range_(store.Range()), it_(store.NewIterator()) {}

  Walk Run() {
    for (it_->Seek(Start()); it_->Valid(); it_->Next()) {
      absl::Status s = Check();
      if (!s.ok()) return Damaged(s);
      Accept();
    }
    if (!it_->status().ok()) return Damaged(it_->status());
    if (!range_.empty() && walk_.sound.last < range_.last) return Damaged(absl::DataLossError("the log ends early"));
    return std::move(walk_);
  }

 private:
  // Old batches may be taken as sound, but never the one that the mark speaks of.
  Lsn Start() const {
    Lsn start = std::max(verify_.from, range_.first);
    if (mark_.Usable()) start = std::min(start, std::max(mark_.value.lsn, range_.first));
    return std::min(start, range_.last);
  }

  // Empty when nothing says what came before the batch at hand.
  Hash128 ChainBefore() const {
    if (!walk_.sound.empty()) return walk_.sound.chain;
    if (it_->key() == Lsn(1)) return GenesisChain(cluster_id_);
    if (!verify_.from.empty() && it_->key() == verify_.from) return verify_.chain;
    return Hash128{};
  }

  // What is sought is found, or what follows it. An unreadable log does not know where it ends.
  bool BeginsTooLate() const { return walk_.sound.empty() && !range_.empty() && it_->key() > Start(); }

  absl::Status Check() {
    const Hash128 before = ChainBefore();
    if (BeginsTooLate()) return absl::DataLossError("a batch is missing");
    absl::Status s = before.empty() ? view_.Parse(it_->bytes()) : view_.Parse(it_->bytes(), before);
    if (!s.ok()) return s;
    if (view_.prelude().first_lsn != it_->key()) return absl::DataLossError("batch is stored under another lsn");
    if (!walk_.sound.empty() && it_->key() != walk_.sound.last.Next()) return absl::DataLossError("a batch is missing");
    if (view_.header().cluster_id != cluster_id_) return absl::DataLossError("batch of another cluster");
    if (view_.prelude().epoch < walk_.epoch) return absl::DataLossError("epochs go backwards");
    return absl::OkStatus();
  }

  void Accept() {
    const BatchPrelude& prelude = view_.prelude();
    if (walk_.sound.empty()) walk_.sound.first = prelude.first_lsn;
    walk_.sound.last = prelude.last_lsn();
    walk_.sound.chain = prelude.chain;
    walk_.epoch = prelude.epoch;
    walk_.last_header = view_.header();
    if (walk_.passed_mark || !mark_.Usable() || prelude.last_lsn() < mark_.value.lsn) return;
    walk_.passed_mark = true;
    walk_.at_mark_ends = prelude.last_lsn() == mark_.value.lsn;
    walk_.chain_at_mark = prelude.chain;
    walk_.epoch_at_mark = prelude.epoch;
  }

  Walk Damaged(absl::Status why) {
    walk_.damage = std::move(why);
    walk_.damage_at = walk_.sound.empty() ? std::max(Start(), Lsn(1)) : walk_.sound.last.Next();
    return std::move(walk_);
  }

  const MarkReading& mark_;
  const uint64_t cluster_id_;
  const VerifyFrom& verify_;
  const LogRange range_;
  const std::unique_ptr<LogIterator> it_;
  BatchView view_;
  Walk walk_;
};

bool IsOtherStore(const LogStore& store, const MarkReading& mark) {
  const absl::StatusOr<std::string> id = store.GetMeta(kStoreIdFact);
  return id.ok() && mark.Usable() && *id != absl::StrCat(mark.value.store_id);
}

// Fills in report->lsn and report->detail; everything else is there already.
LogLook Compare(const Walk& walk, const LogRange& range, const MarkValue& mark, RecoveryReport* report) {
  const bool damaged = !walk.damage.ok();
  report->lsn = damaged ? walk.damage_at : walk.sound.last.Next();
  if (damaged) report->detail = std::string(walk.damage.message());
  if (damaged && walk.damage_at <= mark.lsn) return LogLook::kDamagedBeforeMark;
  if (!mark.lsn.empty() && range.first > mark.lsn) {
    report->lsn = Lsn();
    return LogLook::kStartsAfterMark;
  }
  if (!mark.lsn.empty() && !walk.passed_mark) {
    return walk.epoch < mark.epoch ? LogLook::kEndsInEarlierEpoch : LogLook::kEndsBeforeMark;
  }
  if (!mark.lsn.empty() && walk.epoch_at_mark != mark.epoch) {
    report->lsn = mark.lsn;
    return LogLook::kOtherEpochAtMark;
  }
  if (!mark.lsn.empty() && (!walk.at_mark_ends || walk.chain_at_mark != mark.chain)) {
    report->lsn = mark.lsn;
    return LogLook::kOtherChainAtMark;
  }
  if (damaged) return LogLook::kDamagedAfterMark;
  report->lsn = Lsn();
  return walk.sound.last == mark.lsn ? LogLook::kEndsAtMark : LogLook::kEndsAfterMark;
}

LogLook LookWithoutStore(const absl::Status& refused, const MarkReading& mark, RecoveryReport* report) {
  report->detail = std::string(refused.message());
  if (mark.Usable() && mark.value.lsn.empty()) return LogLook::kNotYetMade;
  if (mark.Usable()) report->lsn = Lsn(1);
  return absl::IsNotFound(refused) ? LogLook::kMissing : LogLook::kRefused;
}

LogLook LookAt(const LogStore& store, const MarkReading& mark, const Walk& walk, RecoveryReport* report) {
  const LogRange range = store.Range();
  if (IsOtherStore(store, mark)) return LogLook::kOtherStore;
  if (range.empty() && walk.damage.ok()) {
    if (!mark.Usable() || !mark.value.lsn.empty()) return LogLook::kEmpty;
    return LogLook::kNotYetMade;
  }
  if (!mark.Usable()) {
    report->detail = std::string(walk.damage.message());
    return LogLook::kUnmarked;
  }
  return Compare(walk, range, mark.value, report);
}

}  // namespace

RecoveryReport Inspect(const LogStore* store, const absl::Status& refused, const MarkReading& mark,
                       uint64_t cluster_id, const VerifyFrom& verify) {
  RecoveryReport report;
  report.mark = mark;
  if (store == nullptr) {
    report.log = LookWithoutStore(refused, mark, &report);
  } else {
    const Walk walk = Walker(*store, mark, cluster_id, verify).Run();
    report.sound = walk.sound;
    if (!walk.sound.empty()) report.sound.first = std::min(walk.sound.first, store->Range().first);
    report.epoch = walk.epoch;
    report.last_header = walk.last_header;
    report.log = LookAt(*store, mark, walk, &report);
    if (report.log == LogLook::kEmpty && mark.Usable()) report.lsn = Lsn(1);
  }
  report.verdict = Judge(report.log, mark.look);
  return report;
}

}  // namespace understudy::journal
