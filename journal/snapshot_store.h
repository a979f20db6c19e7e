// Snapshots of the state, one plain file each: snapshot-<lsn> in the journal's directory. Written by whoever has
// the time (another thread, a forked child) under a name that says it is partial; read back, verified and
// renamed by the one that keeps the journal. Format and reasons in docs/journal_format.md.
//
//   parent:  auto writer = SnapshotWriter::Create(fs, dir, info);     // opens the file before the fork
//   child:   (*writer)->Append(bytes); ... (*writer)->Finish(digest); _exit(0);
//   parent:  store.Adopt(lsn);                                        // after waitpid
#ifndef UNDERSTUDY_JOURNAL_SNAPSHOT_STORE_H_
#define UNDERSTUDY_JOURNAL_SNAPSHOT_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "journal/batch.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

struct SnapshotInfo {
  uint64_t cluster_id = 0;
  Lsn lsn;        // the state after this entry
  Epoch epoch;    // of that entry
  Hash128 chain;  // after the batch that ends with `lsn`
  uint32_t schema_version = kSchemaVersion;
  uint32_t feature_level = 0;
  EngineTime engine_time;
  WallTime wall_time;
  Hash128 digest;      // of the state; known when the writing ends
  uint64_t bytes = 0;  // of the state as saved; likewise

  friend bool operator==(const SnapshotInfo&, const SnapshotInfo&) = default;
};

// Writes one partial snapshot. Append and Finish only write to and sync the file opened by Create, so they may
// run in a forked child. Not thread-safe.
class SnapshotWriter {
 public:
  static constexpr size_t kChunkBytes = size_t{1} << 20;

  // Replaces a partial file of the same lsn.
  static absl::StatusOr<std::unique_ptr<SnapshotWriter>> Create(
      std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory, const SnapshotInfo& info);
  ~SnapshotWriter();

  // Pieces of any size.
  absl::Status Append(absl::string_view bytes);
  // Writes the rest and the trailer, and syncs.
  absl::Status Finish(const Hash128& digest);

 private:
  explicit SnapshotWriter(std::unique_ptr<rocksdb::FSWritableFile> file);
  absl::Status Put(absl::string_view bytes);
  absl::Status WriteChunk(absl::string_view bytes);
  absl::Status Sync();

  std::unique_ptr<rocksdb::FSWritableFile> file_;
  std::string pending_;
  SipHasher128 whole_{HashKey{}};
  uint64_t bytes_ = 0;
  uint64_t chunks_ = 0;
  absl::Status failure_;
};

struct Snapshot {
  SnapshotInfo info;
  std::string bytes;
};

// Not thread-safe.
class SnapshotStore {
 public:
  // `keep` >= 1: how many adopted snapshots to keep.
  SnapshotStore(std::shared_ptr<rocksdb::FileSystem> file_system, std::string directory, size_t keep = 2);

  // Reads the partial snapshot of `lsn` back, verifies it, gives it its name (durable on return), and deletes the
  // oldest beyond `keep`, but only while `keep` newer ones verify. DataLoss when it does not verify:
  // the partial file is deleted.
  absl::StatusOr<SnapshotInfo> Adopt(Lsn lsn);
  // Deletes all partial files: at start, and when a child has failed.
  void DiscardPartial();
  // Deletes the snapshots of entries after `lsn`, which the log does not have, durably; returns how many there were.
  absl::StatusOr<int> DiscardAfter(Lsn lsn);

  // Adopted snapshots, oldest first. Reads names only.
  std::vector<Lsn> List() const;
  // Reads the whole file and checks every checksum. DataLoss, NotFound.
  absl::StatusOr<Snapshot> Load(Lsn lsn);
  absl::StatusOr<SnapshotInfo> Verify(Lsn lsn);
  // The newest that verifies; what was skipped is appended to `*skipped` if given. NotFound when none does.
  absl::StatusOr<Snapshot> LoadNewest(std::vector<std::string>* skipped = nullptr);
  // The newest at or before `lsn` that verifies. NotFound.
  absl::StatusOr<Snapshot> LoadAtOrBefore(Lsn lsn, std::vector<std::string>* skipped = nullptr);

  // The lsn of the second newest snapshot that verifies, 0 when there are not two: the log must be kept after it.
  Lsn SecondNewestVerified();

 private:
  using ChunkSink = std::function<void(absl::string_view)>;

  absl::StatusOr<SnapshotInfo> ReadFile(const std::string& path, const ChunkSink& sink) const;
  bool IsVerified(Lsn lsn);
  void Prune();

  const std::shared_ptr<rocksdb::FileSystem> file_system_;
  const std::string directory_;
  const size_t keep_;
  std::set<Lsn> verified_;  // by this process; a file that verified once is not read again
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_SNAPSHOT_STORE_H_
