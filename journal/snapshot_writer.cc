// The writing half of snapshots. Nothing here opens or names a file after Create.
#include <utility>

#include "absl/memory/memory.h"
#include "journal/layout.h"
#include "journal/rocksdb_status.h"
#include "journal/snapshot_format.h"
#include "journal/snapshot_store.h"

namespace understudy::journal {
namespace {

// Whoever syncs a log on the same disk waits behind what is not synced here.
constexpr uint64_t kChunksInSync = 2;

}  // namespace

SnapshotWriter::SnapshotWriter(std::unique_ptr<rocksdb::FSWritableFile> file) : file_(std::move(file)) {}

SnapshotWriter::~SnapshotWriter() = default;

absl::StatusOr<std::unique_ptr<SnapshotWriter>> SnapshotWriter::Create(
    std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& directory, const SnapshotInfo& info) {
  if (file_system == nullptr) file_system = rocksdb::FileSystem::Default();
  const std::string path = PartialSnapshotPath(directory, info.lsn);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const rocksdb::IOStatus s = file_system->NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!s.ok()) return ToAbsl(s, "make a snapshot");
  auto writer = absl::WrapUnique(new SnapshotWriter(std::move(file)));
  writer->pending_.reserve(kChunkBytes);
  const std::string head = EncodeSnapshotHead(info);
  writer->whole_.Update(head);
  if (absl::Status put = writer->Put(head); !put.ok()) return put;
  return writer;
}

absl::Status SnapshotWriter::Put(absl::string_view bytes) {
  if (!failure_.ok()) return failure_;
  const rocksdb::IOStatus s = file_->Append({bytes.data(), bytes.size()}, rocksdb::IOOptions(), nullptr);
  if (!s.ok()) failure_ = ToAbsl(s, "write a snapshot");
  return failure_;
}

absl::Status SnapshotWriter::WriteChunk(absl::string_view bytes) {
  whole_.Update(bytes);
  bytes_ += bytes.size();
  ++chunks_;
  if (absl::Status s = Put(EncodeChunkHead(bytes)); !s.ok()) return s;
  if (absl::Status s = Put(bytes); !s.ok()) return s;
  return chunks_ % kChunksInSync == 0 ? Sync() : absl::OkStatus();
}

absl::Status SnapshotWriter::Sync() {
  const rocksdb::IOStatus s = file_->Fsync(rocksdb::IOOptions(), nullptr);
  if (!s.ok()) failure_ = ToAbsl(s, "sync a snapshot");
  return failure_;
}

absl::Status SnapshotWriter::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, kChunkBytes - pending_.size());
    bytes.remove_prefix(piece.size());
    if (pending_.empty() && piece.size() == kChunkBytes) {
      if (absl::Status s = WriteChunk(piece); !s.ok()) return s;
      continue;
    }
    pending_.append(piece.data(), piece.size());
    if (pending_.size() < kChunkBytes) continue;
    if (absl::Status s = WriteChunk(pending_); !s.ok()) return s;
    pending_.clear();
  }
  return failure_;
}

absl::Status SnapshotWriter::Finish(const Hash128& digest) {
  if (!pending_.empty()) {
    if (absl::Status s = WriteChunk(pending_); !s.ok()) return s;
    pending_.clear();
  }
  if (absl::Status s = Put(EncodeChunkHead("")); !s.ok()) return s;
  if (absl::Status s = Put(EncodeSnapshotTrailer({bytes_, chunks_, whole_.Finish(), digest})); !s.ok()) return s;
  return Sync();
}

}  // namespace understudy::journal
