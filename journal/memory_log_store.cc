#include "journal/memory_log_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace understudy::journal {

// Walks a copy of the keys' order by looking each one up again: the log may grow meanwhile.
class MemoryLogIterator : public LogIterator {
 public:
  MemoryLogIterator(std::shared_ptr<MemoryDisk> disk, bool cut) : disk_(std::move(disk)), cut_(cut) {}

  void Seek(Lsn lsn) override {
    std::lock_guard<std::mutex> lock(disk_->mutex_);
    valid_ = false;
    if (cut_) return TakeCut(disk_->current_.cut.begin());
    const auto& batches = disk_->current_.batches;
    if (batches.empty()) return;
    if (lsn.value() <= batches.begin()->first) return Take(batches.begin()->first, batches.begin()->second);
    auto it = batches.upper_bound(lsn.value());
    if (it != batches.begin() && Holds(std::prev(it)->second, lsn)) --it;
    if (it != batches.end()) Take(it->first, it->second);
  }

  void Next() override {
    std::lock_guard<std::mutex> lock(disk_->mutex_);
    valid_ = false;
    if (cut_) return TakeCut(disk_->current_.cut.upper_bound({ordinal_, key_}));
    const auto it = disk_->current_.batches.upper_bound(key_);
    if (it != disk_->current_.batches.end()) Take(it->first, it->second);
  }

  bool Valid() const override { return valid_; }
  absl::Status status() const override { return absl::OkStatus(); }
  Lsn key() const override { return Lsn(key_); }
  absl::string_view bytes() const override { return stored_.bytes(); }

 private:
  using Stored = MemoryDisk::Stored;
  using Cut = std::map<std::pair<uint64_t, uint64_t>, Stored>;

  // An unreadable batch may hold anything; then it is the one to show.
  static bool Holds(const Stored& stored, Lsn lsn) {
    const absl::StatusOr<BatchPrelude> prelude = stored.prelude();
    return !prelude.ok() || prelude->last_lsn() >= lsn;
  }
  void Take(uint64_t key, const Stored& stored) {
    key_ = key;
    stored_ = stored;
    valid_ = true;
  }
  void TakeCut(Cut::const_iterator it) {
    if (it == disk_->current_.cut.end()) return;
    ordinal_ = it->first.first;
    Take(it->first.second, it->second);
  }

  const std::shared_ptr<MemoryDisk> disk_;
  const bool cut_;
  bool valid_ = false;
  uint64_t ordinal_ = 0;
  uint64_t key_ = 0;
  Stored stored_;  // shares the batch
};

MemoryLogStore::MemoryLogStore(std::shared_ptr<MemoryDisk> disk, bool writable) : disk_(std::move(disk)) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (!writable) failure_ = absl::FailedPreconditionError("opened for reading");
  generation_ = disk_->generation_;
  ReadRangeLocked();
}

absl::StatusOr<std::unique_ptr<LogStore>> MemoryLogStore::Open(std::shared_ptr<MemoryDisk> disk, OpenMode mode) {
  {
    std::lock_guard<std::mutex> lock(disk->mutex_);
    if (!disk->current_.formatted && mode != OpenMode::kCreate) return absl::NotFoundError("nothing on the disk");
    if (!disk->current_.formatted) {
      disk->BeforeChange();
      disk->current_.formatted = true;
      disk->Synced();
    }
  }
  return absl::WrapUnique(new MemoryLogStore(std::move(disk), mode != OpenMode::kInspect));
}

void MemoryLogStore::ReadRangeLocked() {
  range_ = LogRange{};
  const auto& batches = disk_->current_.batches;
  if (batches.empty()) return;
  range_.first = Lsn(batches.begin()->first);
  range_.last = Lsn(batches.rbegin()->first);
  const absl::StatusOr<BatchPrelude> last = batches.rbegin()->second.prelude();
  if (!last.ok()) return;
  range_.last = last->last_lsn();
  range_.chain = last->chain;
}

absl::Status MemoryLogStore::CheckWritable() {
  if (!open_) return absl::FailedPreconditionError("closed");
  if (generation_ != disk_->generation_) return absl::FailedPreconditionError("the process that opened it is dead");
  if (failure_.ok() && !disk_->write_error_.empty()) failure_ = absl::UnavailableError(disk_->write_error_);
  return failure_;
}

absl::Status MemoryLogStore::SyncLocked() {
  if (!disk_->sync_error_.empty()) return failure_ = absl::UnavailableError(disk_->sync_error_);
  disk_->BeforeChange();
  disk_->Synced();
  return absl::OkStatus();
}

absl::Status MemoryLogStore::Append(absl::Span<const EncodedBatch> batches, AppendMode mode) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  LogRange range = range_;
  uint64_t bytes = 0;
  for (const EncodedBatch& batch : batches) {
    if (absl::Status s = ExtendRange(batch, &range); !s.ok()) return s;
    bytes += batch.bytes().size();
  }
  if (bytes > disk_->room_) return failure_ = absl::ResourceExhaustedError("append: no space left on the disk");
  if (disk_->room_ != UINT64_MAX) disk_->room_ -= bytes;
  disk_->BeforeChange();
  MemoryDisk::Contents& contents = disk_->current_;
  if (!batches.empty()) contents.unsynced.push_back(batches.front().first_lsn().value());
  for (const EncodedBatch& batch : batches) {
    contents.batches.insert_or_assign(contents.batches.end(), batch.first_lsn().value(), MemoryDisk::Stored{batch, ""});
  }
  range_ = range;
  return mode == AppendMode::kSynced ? SyncLocked() : absl::OkStatus();
}

absl::Status MemoryLogStore::Sync() {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  return SyncLocked();
}

LogRange MemoryLogStore::Range() const {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  return range_;
}

std::unique_ptr<LogIterator> MemoryLogStore::NewIterator() const {
  return std::make_unique<MemoryLogIterator>(disk_, false);
}

std::unique_ptr<LogIterator> MemoryLogStore::NewCutIterator() const {
  return std::make_unique<MemoryLogIterator>(disk_, true);
}

uint64_t MemoryLogStore::ApproximateBytes(Lsn from, Lsn to) const {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  uint64_t bytes = 0;
  const auto& batches = disk_->current_.batches;
  for (auto it = batches.lower_bound(from.value()); it != batches.end() && it->first < to.value(); ++it) {
    bytes += it->second.bytes().size();
  }
  return bytes;
}

absl::Status MemoryLogStore::TruncateFrom(Lsn from) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  auto& contents = disk_->current_;
  auto it = contents.batches.lower_bound(from.value());
  if (it == contents.batches.end() && from > range_.last) return absl::OkStatus();
  if (it != contents.batches.begin()) {
    const absl::StatusOr<BatchPrelude> before = std::prev(it)->second.prelude();
    if (!before.ok() || before->last_lsn().Next() != from) return NotABoundary(from);
  }
  disk_->BeforeChange();
  const uint64_t ordinal = ++contents.cuts;
  for (auto cut = it; cut != contents.batches.end(); ++cut) contents.cut[{ordinal, cut->first}] = cut->second;
  contents.batches.erase(it, contents.batches.end());
  auto& unsynced = contents.unsynced;
  unsynced.erase(std::lower_bound(unsynced.begin(), unsynced.end(), from.value()), unsynced.end());
  ReadRangeLocked();
  disk_->Synced();
  return absl::OkStatus();
}

absl::Status MemoryLogStore::DropBefore(Lsn lsn) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  MemoryDisk::Batches& batches = disk_->current_.batches;
  if (batches.size() < 2 || std::next(batches.begin())->first > lsn.value()) return absl::OkStatus();
  disk_->BeforeChange();
  while (batches.size() > 1 && std::next(batches.begin())->first <= lsn.value()) batches.erase(batches.begin());
  ReadRangeLocked();
  disk_->Synced();
  return absl::OkStatus();
}

absl::Status MemoryLogStore::PutMeta(absl::string_view key, absl::string_view value) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  disk_->BeforeChange();
  disk_->current_.meta[std::string(key)] = std::string(value);
  disk_->Synced();
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryLogStore::GetMeta(absl::string_view key) const {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  const auto it = disk_->current_.meta.find(std::string(key));
  if (it == disk_->current_.meta.end()) return absl::NotFoundError(absl::StrCat("no fact named ", key));
  return it->second;
}

absl::Status MemoryLogStore::Close() {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  open_ = false;
  return absl::OkStatus();
}

}  // namespace understudy::journal
