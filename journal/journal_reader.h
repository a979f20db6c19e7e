// Reads a journal entry by entry without its lock: one that lies still, or one that another process is writing.
// Never changes a byte. For the tools.
//
//   auto reader = JournalReader::Open({.directory = "/var/lib/understudy/sip-a"}).value();
//   reader->Seek(Lsn(1));
//   for (;;) switch (reader->Next()) {
//     case JournalReader::Step::kEntry:  Print(reader->header(), reader->entry()); break;
//     case JournalReader::Step::kDamage: Print(reader->damage()); break;   // and goes on, if asked to
//     case JournalReader::Step::kEnd:    return;                           // or wait, CatchUp(), go on
//   }
#ifndef UNDERSTUDY_JOURNAL_JOURNAL_READER_H_
#define UNDERSTUDY_JOURNAL_JOURNAL_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "journal/batch.h"
#include "journal/batch_view.h"
#include "journal/durable_mark.h"
#include "journal/entry.h"
#include "journal/log_store.h"
#include "journal/rocksdb_log_store.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

// Entries from `first` to `last` could not be read. `last` is 0 when not known: up to the next that can be read.
struct Damage {
  Lsn first;
  Lsn last;
  std::string reason;
  std::string ToString() const;
};

// Not thread-safe.
class JournalReader {
 public:
  struct Options {
    // Null: the machine's own.
    std::shared_ptr<rocksdb::FileSystem> file_system;
    std::string directory;
    // CatchUp shall see what a live writer has added.
    bool follow = false;
    // Read on after damage. Otherwise damage is the last thing reported.
    bool skip_damage = false;
  };

  enum class Step { kEntry, kDamage, kEnd };

  static absl::StatusOr<std::unique_ptr<JournalReader>> Open(const Options& options);

  // The next Next is the entry `lsn`, or else the first after it.
  void Seek(Lsn lsn);
  Step Next();
  // Of the last Next.
  const EntryRecord& entry() const { return entry_; }
  const BatchHeader& header() const { return view_.header(); }
  const BatchPrelude& prelude() const { return view_.prelude(); }
  const Damage& damage() const { return damage_; }

  // After kEnd: looks for more. The reader stays where it was.
  absl::Status CatchUp();

  LogRange Range() const { return store_->Range(); }
  const MarkReading& mark() const { return mark_; }
  // The entries that touched `call`, in order, by index and by reading what is not indexed yet; and the first entry of
  // each batch that cannot be read there, or is missing.
  absl::StatusOr<std::vector<Lsn>> FindCall(uint64_t call);

 private:
  explicit JournalReader(const Options& options);
  absl::Status OpenStore();
  Step NextBatch();
  Step Report(Lsn first, Lsn last, std::string reason);
  Step ReportBatch(Lsn key, std::string reason);
  Step AtEnd();

  const Options options_;
  MarkReading mark_;
  std::unique_ptr<RocksDbLogStore> store_;
  std::unique_ptr<LogIterator> iterator_;
  BatchView view_;
  size_t index_ = 0;  // of the next entry in view_
  Lsn next_;          // the entry to come
  Hash128 chain_;     // after the last good batch; empty: not known
  Lsn damaged_;       // the last batch reported as damaged
  bool any_next_ = false;   // after damage of unknown length
  bool on_batch_ = false;   // view_ lies in what the iterator stands on
  bool stopped_ = false;
  EntryRecord entry_;
  Damage damage_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_JOURNAL_READER_H_
