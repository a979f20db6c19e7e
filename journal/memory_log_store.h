// A log store in memory with the behaviour of the real one, durability included: what was not synced when the
// power fails is gone. Its contents live in a MemoryDisk, which outlives the store as a disk does a process.
#ifndef UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_
#define UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "journal/batch.h"
#include "journal/log_store.h"

namespace understudy::journal {

// What a power loss leaves of the first append that was not synced and is lost. Of RocksDB's it leaves nothing: an
// append is one record of its write-ahead log, and one that is not whole ends what is read of that. A log that is its
// own file shows what the disk has.
struct LogTear {
  enum class Kind : uint8_t {
    kNone,
    kCut,   // `at` bytes of it
    kHole,  // all but a sector at `at`, which is zeros
  };
  static constexpr size_t kSector = 512;
  Kind kind = Kind::kNone;
  size_t at = 0;  // counts from the beginning of the append, and begins anew beyond its end
};

// What is on it survives a store. Thread-safe.
class MemoryDisk {
 public:
  // Everything on it, synced or not. Batches by the lsn of their place, whatever lies there.
  struct Image {
    std::map<uint64_t, std::string> batches;
    std::map<std::pair<uint64_t, uint64_t>, std::string> cut;  // (ordinal of the cut, first lsn)
    std::map<std::string, std::string> meta;
  };

  static std::shared_ptr<MemoryDisk> CopyOf(const MemoryDisk& disk);
  bool formatted() const;
  Image Save() const;
  // Where there are batches, in order.
  std::vector<Lsn> Places() const;
  size_t BytesAt(Lsn place) const;  // 0: nothing is there

  // What would be left if the power failed now. The chain after the batch that holds `lsn`; nullopt: it would not be
  // there, or not be readable.
  absl::optional<Hash128> SyncedChain(Lsn lsn) const;
  // The first batch; nullopt: likewise.
  absl::optional<BatchPrelude> SyncedFirst() const;
  // A fact that was put into the log; empty: none.
  std::string Meta(const std::string& key) const;

  // What was not synced is lost, but for the first `kept` of the appends that unsynced_appends() counts: each survives
  // as a whole or not at all, and none does without those before it. But for the next one, of which `tear` may leave
  // something.
  void PowerLoss(size_t kept = 0, const LogTear& tear = {});
  size_t unsynced_appends() const;
  // The process that used the disk is dead: its stores can write no more. What it wrote is there.
  void EndProcess();
  // The disk is of a machine that may be stopped at any change: `happens` is asked before each. After the first no, the
  // disk's user goes on as a ghost, and nothing of what it does will be found after PowerLoss or EndProcess.
  void SetPower(std::function<bool()> happens);

  // Damage, for tests. False when there is no such batch.
  bool FlipBit(Lsn first_lsn, size_t bit);
  // The batch of the place `from` lies in the place `onto`, over what was there; its own is empty.
  bool Misdirect(Lsn from, Lsn onto);
  bool LoseFrom(Lsn lsn);
  void LoseEverything();
  // From now on Sync and synced appends change nothing on the disk, and say OK.
  void SetSyncIsNoOp(bool on);
  // From now on writes, or syncs, fail (an empty message: succeed again).
  void FailWrites(std::string message);
  void FailSyncs(std::string message);
  // Appends beyond so many more bytes fail; UINT64_MAX: there is no end.
  void SetRoom(uint64_t bytes);

 private:
  friend class MemoryLogStore;
  friend class MemoryLogIterator;

  struct Stored {
    EncodedBatch batch;
    std::string damaged;  // empty: nothing has happened to the batch
    absl::string_view bytes() const { return damaged.empty() ? batch.bytes() : damaged; }
    absl::StatusOr<BatchPrelude> prelude() const;
  };
  using Batches = std::map<uint64_t, Stored>;
  struct Contents {
    bool formatted = false;
    Batches batches;
    std::map<std::pair<uint64_t, uint64_t>, Stored> cut;
    std::map<std::string, std::string> meta;
    uint64_t cuts = 0;
    std::vector<uint64_t> unsynced;  // the first lsn of each append since the last sync

    void Lose(size_t kept_appends, const LogTear& tear);
    // Of the batches from `from` on, which are the last.
    void Tear(Batches::iterator from, const LogTear& tear);
    bool IsSynced(uint64_t place) const { return unsynced.empty() || place < unsynced.front(); }
  };

  // All under mutex_.
  const Contents& Lasting() const { return frozen_ ? *frozen_ : current_; }
  void BeforeChange();
  void Thaw();
  void Synced();
  bool Damage(const std::function<bool(Contents*)>& damage);

  mutable std::mutex mutex_;
  Contents current_;
  absl::optional<Contents> really_;  // what is there in truth, since syncs are no-ops
  absl::optional<Contents> frozen_;  // as it was when the power went
  bool sync_is_no_op_ = false;
  std::string write_error_;
  std::string sync_error_;
  uint64_t room_ = UINT64_MAX;
  uint64_t generation_ = 0;  // of processes
  std::function<bool()> happens_;
};

class MemoryLogStore : public LogStore {
 public:
  // NotFound when there is nothing on the disk and `mode` is not kCreate.
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(std::shared_ptr<MemoryDisk> disk, OpenMode mode);

  absl::Status Append(absl::Span<const EncodedBatch> batches, AppendMode mode) override;
  absl::Status Sync() override;
  LogRange Range() const override;
  std::unique_ptr<LogIterator> NewIterator() const override;
  uint64_t ApproximateBytes(Lsn from, Lsn to) const override;
  absl::Status TruncateFrom(Lsn from) override;
  std::unique_ptr<LogIterator> NewCutIterator() const override;
  absl::Status DropBefore(Lsn lsn) override;
  absl::Status PutMeta(absl::string_view key, absl::string_view value) override;
  absl::StatusOr<std::string> GetMeta(absl::string_view key) const override;
  absl::Status Close() override;

 private:
  MemoryLogStore(std::shared_ptr<MemoryDisk> disk, bool writable);
  absl::Status CheckWritable();
  absl::Status SyncLocked();
  void ReadRangeLocked();

  const std::shared_ptr<MemoryDisk> disk_;
  LogRange range_;  // guarded by disk_->mutex_
  absl::Status failure_;
  uint64_t generation_ = 0;
  bool open_ = true;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_MEMORY_LOG_STORE_H_
