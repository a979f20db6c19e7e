#include "journal/snapshot_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "journal/directory.h"
#include "journal/layout.h"
#include "journal/rocksdb_status.h"
#include "journal/snapshot_format.h"

namespace understudy::journal {
namespace {

constexpr absl::string_view kPrefix = "snapshot-";
constexpr absl::string_view kPartial = ".partial";

// Reads a snapshot file from front to back.
class FileReader {
 public:
  explicit FileReader(std::unique_ptr<rocksdb::FSSequentialFile> file) : file_(std::move(file)) {}

  // Exactly `n` bytes, or false. Valid until the next call.
  bool Take(size_t n, absl::string_view* out) {
    buffer_.resize(n);
    size_t have = 0;
    while (have < n) {
      rocksdb::Slice got;
      const rocksdb::IOStatus s = file_->Read(n - have, rocksdb::IOOptions(), &got, &buffer_[have], nullptr);
      if (!s.ok() || got.empty()) return false;
      if (got.data() != &buffer_[have]) std::copy_n(got.data(), got.size(), &buffer_[have]);
      have += got.size();
    }
    *out = buffer_;
    return true;
  }

 private:
  const std::unique_ptr<rocksdb::FSSequentialFile> file_;
  std::string buffer_;
};

absl::Status Damaged(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, ": ", what));
}

}  // namespace

SnapshotStore::SnapshotStore(std::shared_ptr<rocksdb::FileSystem> file_system, std::string directory, size_t keep)
    : file_system_(file_system != nullptr ? std::move(file_system) : rocksdb::FileSystem::Default()),
      directory_(std::move(directory)),
      keep_(keep) {
  US_CHECK_GE(keep, size_t{1});
}

absl::StatusOr<SnapshotInfo> SnapshotStore::ReadFile(const std::string& path, const ChunkSink& sink) const {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const rocksdb::IOStatus opened = file_system_->NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!opened.ok()) return ToAbsl(opened, "open a snapshot");
  FileReader in(std::move(file));
  SnapshotInfo info;
  absl::string_view bytes;
  if (!in.Take(kSnapshotHeadBytes, &bytes) || !DecodeSnapshotHead(bytes, &info)) return Damaged(path, "damaged head");
  SipHasher128 whole{HashKey{}};
  whole.Update(bytes);
  SnapshotTrailer seen;
  for (;;) {
    if (!in.Take(kSnapshotChunkHeadBytes, &bytes)) return Damaged(path, "ends before its trailer");
    const ChunkHead head = DecodeChunkHead(bytes);
    if (head.bytes == 0 && head.crc == 0) break;
    if (head.bytes == 0 || head.bytes > SnapshotWriter::kChunkBytes) return Damaged(path, "damaged chunk head");
    if (!in.Take(head.bytes, &bytes)) return Damaged(path, "ends in the middle of a chunk");
    if (Crc32c(bytes) != head.crc) return Damaged(path, absl::StrCat("chunk ", seen.chunks, " is damaged"));
    whole.Update(bytes);
    seen.bytes += head.bytes;
    ++seen.chunks;
    sink(bytes);
  }
  SnapshotTrailer trailer;
  if (!in.Take(kSnapshotTrailerBytes, &bytes) || !DecodeSnapshotTrailer(bytes, &trailer)) {
    return Damaged(path, "damaged trailer");
  }
  if (trailer.bytes != seen.bytes || trailer.chunks != seen.chunks || trailer.whole != whole.Finish()) {
    return Damaged(path, "chunks and trailer do not belong together");
  }
  info.digest = trailer.digest;
  info.bytes = trailer.bytes;
  return info;
}

absl::StatusOr<SnapshotInfo> SnapshotStore::Verify(Lsn lsn) {
  absl::StatusOr<SnapshotInfo> info = ReadFile(SnapshotPath(directory_, lsn), [](absl::string_view) {});
  if (info.ok() && info->lsn != lsn) info = Damaged(SnapshotPath(directory_, lsn), "holds another lsn");
  if (info.ok()) {
    verified_.insert(lsn);
  } else {
    verified_.erase(lsn);
  }
  return info;
}

absl::StatusOr<Snapshot> SnapshotStore::Load(Lsn lsn) {
  Snapshot snapshot;
  absl::StatusOr<SnapshotInfo> info = ReadFile(SnapshotPath(directory_, lsn), [&](absl::string_view chunk) {
    snapshot.bytes.append(chunk.data(), chunk.size());
  });
  if (info.ok() && info->lsn != lsn) info = Damaged(SnapshotPath(directory_, lsn), "holds another lsn");
  if (!info.ok()) {
    verified_.erase(lsn);
    return info.status();
  }
  verified_.insert(lsn);
  snapshot.info = *info;
  return snapshot;
}

absl::StatusOr<Snapshot> SnapshotStore::LoadNewest(std::vector<std::string>* skipped) {
  return LoadAtOrBefore(Lsn(UINT64_MAX), skipped);
}

absl::StatusOr<Snapshot> SnapshotStore::LoadAtOrBefore(Lsn lsn, std::vector<std::string>* skipped) {
  const std::vector<Lsn> all = List();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (*it > lsn) continue;
    absl::StatusOr<Snapshot> snapshot = Load(*it);
    if (snapshot.ok()) return snapshot;
    if (skipped != nullptr) skipped->push_back(std::string(snapshot.status().message()));
  }
  return absl::NotFoundError(absl::StrCat("no snapshot in ", directory_, " verifies"));
}

std::vector<Lsn> SnapshotStore::List() const {
  std::vector<std::string> names;
  std::vector<Lsn> lsns;
  if (!file_system_->GetChildren(directory_, rocksdb::IOOptions(), &names, nullptr).ok()) return lsns;
  for (const absl::string_view name : names) {
    uint64_t lsn = 0;
    if (absl::StartsWith(name, kPrefix) && absl::SimpleAtoi(name.substr(kPrefix.size()), &lsn)) {
      lsns.push_back(Lsn(lsn));
    }
  }
  std::sort(lsns.begin(), lsns.end());
  return lsns;
}

absl::StatusOr<SnapshotInfo> SnapshotStore::Adopt(Lsn lsn) {
  const std::string partial = PartialSnapshotPath(directory_, lsn);
  absl::StatusOr<SnapshotInfo> info = ReadFile(partial, [](absl::string_view) {});
  if (info.ok() && info->lsn != lsn) info = Damaged(partial, "holds another lsn");
  if (!info.ok()) {
    (void)file_system_->DeleteFile(partial, rocksdb::IOOptions(), nullptr);
    return info.status();
  }
  const rocksdb::IOStatus s =
      file_system_->RenameFile(partial, SnapshotPath(directory_, lsn), rocksdb::IOOptions(), nullptr);
  if (!s.ok()) return ToAbsl(s, "name a snapshot");
  if (absl::Status synced = SyncDirectory(file_system_.get(), directory_); !synced.ok()) return synced;
  verified_.insert(lsn);
  Prune();
  return info;
}

void SnapshotStore::DiscardPartial() {
  std::vector<std::string> names;
  if (!file_system_->GetChildren(directory_, rocksdb::IOOptions(), &names, nullptr).ok()) return;
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, kPrefix) || !absl::EndsWith(name, kPartial)) continue;
    (void)file_system_->DeleteFile(absl::StrCat(directory_, "/", name), rocksdb::IOOptions(), nullptr);
  }
}

// Durable before another history is written beyond `lsn`: a snapshot that a power loss brought back would vouch for it.
absl::StatusOr<int> SnapshotStore::DiscardAfter(Lsn lsn) {
  int discarded = 0;
  for (Lsn snapshot : List()) {
    if (snapshot <= lsn) continue;
    const rocksdb::IOStatus s =
        file_system_->DeleteFile(SnapshotPath(directory_, snapshot), rocksdb::IOOptions(), nullptr);
    if (!s.ok()) return ToAbsl(s, "delete a snapshot");
    verified_.erase(snapshot);
    ++discarded;
  }
  if (discarded == 0) return 0;
  if (absl::Status synced = SyncDirectory(file_system_.get(), directory_); !synced.ok()) return synced;
  return discarded;
}

bool SnapshotStore::IsVerified(Lsn lsn) { return verified_.count(lsn) != 0 || Verify(lsn).ok(); }

// Goes from the newest to the oldest; only behind `keep_` that verify does deleting begin.
void SnapshotStore::Prune() {
  size_t good = 0;
  const std::vector<Lsn> all = List();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (good >= keep_) {
      (void)file_system_->DeleteFile(SnapshotPath(directory_, *it), rocksdb::IOOptions(), nullptr);
      verified_.erase(*it);
    } else if (IsVerified(*it)) {
      ++good;
    }
  }
}

Lsn SnapshotStore::SecondNewestVerified() {
  size_t good = 0;
  const std::vector<Lsn> all = List();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (IsVerified(*it) && ++good == 2) return *it;
  }
  return Lsn();
}

}  // namespace understudy::journal
