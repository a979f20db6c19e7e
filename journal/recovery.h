// What a node may do with the log it finds: a literal table of (how the log looks) x (how the mark looks).
// docs/journal_format.md explains every row; recovery_test enumerates every cell against both stores.
//
//   OpenedJournal journal = OpenJournal(options).value();
//   if (!journal.report.appendable) -> say journal.report.ToString(), and refuse to serve
#ifndef UNDERSTUDY_JOURNAL_RECOVERY_H_
#define UNDERSTUDY_JOURNAL_RECOVERY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "journal/batch.h"
#include "journal/durable_mark.h"
#include "journal/journal_lock.h"
#include "journal/log_store.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

enum class LogLook {
  kMissing,             // no log
  kNotYetMade,          // no log or an empty one, and the mark says lsn 0
  kEmpty,               // a log without batches; the mark says more, or nothing
  kRefused,             // RocksDB does not open it
  kUnmarked,            // batches, and no mark to compare them with
  kOtherStore,          // another store's, by its store id
  kEndsInEarlierEpoch,  // sound, ends below the mark and in an epoch below the mark's
  kEndsBeforeMark,      // sound, ends below the mark
  kStartsAfterMark,     // sound, but what the mark speaks of is no longer there
  kOtherEpochAtMark,    // has another epoch's batch where the mark is
  kOtherChainAtMark,    // has another batch where the mark is, of the same epoch
  kEndsAtMark,          // sound, ends exactly at the mark
  kEndsAfterMark,       // sound, goes on beyond the mark
  kDamagedBeforeMark,   // a batch at or below the mark is unreadable, or breaks the chain
  kDamagedAfterMark,    // sound up to the mark, damaged beyond
};
inline constexpr int kLogLooks = 15;
inline constexpr int kMarkLooks = 4;

enum class Outcome {
  kNew,           // nothing was ever here: format
  kClean,         // all of it stands
  kTornTailCut,   // all up to the damage stands; the rest was never acknowledged and is cut
  kCorrupt,       // acknowledged entries are missing or damaged
  kStaleLog,      // the log is an old copy: a whole reign is missing
  kStaleMark,     // the mark is an old copy: it cannot vouch for this log
  kWrongEpoch,    // another history than the mark's
  kWrongStore,    // log and mark belong to different stores
  kUnverifiable,  // nothing vouches for the log: it may be whole or not
  kImpossible,    // cannot be observed together
};

// One cell. `promotable`: may ask the witness for an epoch. `appendable`: may be written to.
struct Verdict {
  Outcome outcome;
  bool promotable;
  bool appendable;
};
Verdict Judge(LogLook log, MarkLook mark);

struct RecoveryReport {
  MarkReading mark;
  LogLook log = LogLook::kMissing;
  Verdict verdict{Outcome::kNew, false, false};
  // kCorrupt, kStaleLog, kWrongEpoch, kTornTailCut: the first entry that is missing, damaged or different.
  Lsn lsn;
  LogRange sound;  // the part that verifies
  Epoch epoch;     // of the last sound batch
  // Of the last sound batch: times, boot id, released_up_to, feature level.
  absl::optional<BatchHeader> last_header;
  std::string detail;  // what exactly was wrong, in words

  // One line for the operator.
  std::string ToString() const;
};

absl::string_view OutcomeName(Outcome outcome);
absl::string_view LogLookName(LogLook look);
absl::string_view MarkLookName(MarkLook look);

// The fact in which a log keeps its store's id, in decimal.
inline constexpr char kStoreIdFact[] = "store-id";

// Batches below `from` are taken as sound; 0: check everything. `chain`, when not empty, is what the log must
// have had just before `from` (a verified snapshot knows).
struct VerifyFrom {
  Lsn from;
  Hash128 chain;
};

// Reads only. `store` is null for a log that is missing or that RocksDB refuses (`refused` says which).
RecoveryReport Inspect(const LogStore* store, const absl::Status& refused, const MarkReading& mark,
                       uint64_t cluster_id, const VerifyFrom& verify);

struct OpenJournalOptions {
  // Null: the machine's own.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  std::string directory;  // made when it is missing
  std::shared_ptr<JournalLock> lock;  // of the directory, if the caller holds it; null: taken here
  // 0: of no cluster yet, for a journal that is blank. It belongs to the first other one that it is opened for.
  uint64_t cluster_id = 0;
  uint64_t new_store_id = 0;  // random, not 0; used when there is nothing yet, and when adopting
  VerifyFrom verify;
  // The directory holds snapshots: a journal was here, and without log and mark nothing vouches for it.
  bool has_snapshots = false;
  size_t memtable_bytes = 0;  // of the log; 0: the default
  // The operator's word that what verifies is all there is: makes every log with a sound prefix appendable
  // (not promotable by itself), as a new store, with everything after the prefix cut and kept aside.
  bool adopt_unverified = false;
  // Null: RocksDB under `directory`. Tests give the memory store.
  OpenStore open_store;
};

struct OpenedJournal {
  std::shared_ptr<JournalLock> lock;  // held for as long as this is there
  RecoveryReport report;
  // Null unless the log is appendable.
  std::unique_ptr<LogStore> store;
  // At the end of the log, synced, start_number one higher than before.
  std::unique_ptr<DurableMark> mark;
};

// Inspects without changing a byte; goes on only when the verdict allows it: opens for writing, cuts a torn
// tail, syncs, moves the mark. After that everything in the log is durable. Errors are those of the disk, or
// FailedPrecondition: another process keeps this journal.
absl::StatusOr<OpenedJournal> OpenJournal(const OpenJournalOptions& options);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_RECOVERY_H_
