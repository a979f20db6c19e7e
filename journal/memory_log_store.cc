#include "journal/memory_log_store.h"

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
    auto it = batches.upper_bound(lsn.value());
    if (it != batches.begin() && Holds(*std::prev(it), lsn)) --it;
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
  absl::string_view bytes() const override { return bytes_; }

 private:
  using Cut = std::map<std::pair<uint64_t, uint64_t>, std::string>;

  // An unreadable batch may hold anything; then it is the one to show.
  static bool Holds(const std::pair<const uint64_t, std::string>& record, Lsn lsn) {
    const absl::StatusOr<BatchPrelude> prelude = BatchPrelude::Load(record.second);
    return !prelude.ok() || prelude->last_lsn() >= lsn;
  }
  void Take(uint64_t key, const std::string& bytes) {
    key_ = key;
    bytes_ = bytes;
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
  std::string bytes_;
};

std::shared_ptr<MemoryDisk> MemoryDisk::CopyOf(const MemoryDisk& disk) {
  std::lock_guard<std::mutex> lock(disk.mutex_);
  auto copy = std::make_shared<MemoryDisk>();
  copy->current_ = disk.current_;
  copy->synced_ = disk.synced_;
  copy->synced_below_ = disk.synced_below_;
  return copy;
}

bool MemoryDisk::formatted() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_.formatted;
}

void MemoryDisk::PowerLoss() {
  std::lock_guard<std::mutex> lock(mutex_);
  current_ = synced_;
}

bool MemoryDisk::FlipBit(Lsn first_lsn, size_t bit) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = current_.batches.find(first_lsn.value());
  if (it == current_.batches.end() || bit / 8 >= it->second.size()) return false;
  it->second[bit / 8] = static_cast<char>(it->second[bit / 8] ^ (1 << (bit % 8)));
  synced_ = current_;
  return true;
}

bool MemoryDisk::LoseFrom(Lsn lsn) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = current_.batches.lower_bound(lsn.value());
  const bool some = it != current_.batches.end();
  current_.batches.erase(it, current_.batches.end());
  synced_ = current_;
  synced_below_ = 1;
  return some;
}

void MemoryDisk::LoseEverything() {
  std::lock_guard<std::mutex> lock(mutex_);
  current_ = synced_ = Contents{};
  synced_below_ = 1;
}

void MemoryDisk::SetSyncIsNoOp(bool on) {
  std::lock_guard<std::mutex> lock(mutex_);
  sync_is_no_op_ = on;
}

void MemoryDisk::FailWrites(std::string message) {
  std::lock_guard<std::mutex> lock(mutex_);
  write_error_ = std::move(message);
}

MemoryLogStore::MemoryLogStore(std::shared_ptr<MemoryDisk> disk, bool writable) : disk_(std::move(disk)) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (!writable) failure_ = absl::FailedPreconditionError("opened for reading");
  ReadRangeLocked();
}

absl::StatusOr<std::unique_ptr<LogStore>> MemoryLogStore::Open(std::shared_ptr<MemoryDisk> disk, OpenMode mode) {
  {
    std::lock_guard<std::mutex> lock(disk->mutex_);
    if (!disk->current_.formatted && mode != OpenMode::kCreate) return absl::NotFoundError("nothing on the disk");
    if (!disk->current_.formatted) {
      disk->current_.formatted = true;
      if (!disk->sync_is_no_op_) disk->synced_ = disk->current_;
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
  const absl::StatusOr<BatchPrelude> last = BatchPrelude::Load(batches.rbegin()->second);
  if (!last.ok()) return;
  range_.last = last->last_lsn();
  range_.chain = last->chain;
}

absl::Status MemoryLogStore::CheckWritable() {
  if (!open_) return absl::FailedPreconditionError("closed");
  if (failure_.ok() && !disk_->write_error_.empty()) failure_ = absl::UnavailableError(disk_->write_error_);
  return failure_;
}

void MemoryLogStore::SyncLocked() {
  if (disk_->sync_is_no_op_) return;
  auto& from = disk_->current_.batches;
  auto& to = disk_->synced_.batches;
  for (auto it = from.lower_bound(disk_->synced_below_); it != from.end(); ++it) to[it->first] = it->second;
  disk_->synced_below_ = range_.last.value() + 1;
}

absl::Status MemoryLogStore::Append(absl::Span<const EncodedBatch> batches, AppendMode mode) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  LogRange range = range_;
  for (const EncodedBatch& batch : batches) {
    if (absl::Status s = ExtendRange(batch, &range); !s.ok()) return s;
  }
  for (const EncodedBatch& batch : batches) {
    disk_->current_.batches[batch.first_lsn().value()] = std::string(batch.bytes());
  }
  range_ = range;
  if (mode == AppendMode::kSynced) SyncLocked();
  return absl::OkStatus();
}

absl::Status MemoryLogStore::Sync() {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  SyncLocked();
  return absl::OkStatus();
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
    bytes += it->second.size();
  }
  return bytes;
}

absl::Status MemoryLogStore::TruncateFrom(Lsn from) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  auto& contents = disk_->current_;
  const auto it = contents.batches.lower_bound(from.value());
  if (it == contents.batches.end() && from > range_.last) return absl::OkStatus();
  if (it != contents.batches.begin()) {
    const absl::StatusOr<BatchPrelude> before = BatchPrelude::Load(std::prev(it)->second);
    if (!before.ok() || before->last_lsn().Next() != from) return NotABoundary(from);
  }
  const uint64_t ordinal = ++contents.cuts;
  for (auto cut = it; cut != contents.batches.end(); ++cut) contents.cut[{ordinal, cut->first}] = cut->second;
  contents.batches.erase(it, contents.batches.end());
  ReadRangeLocked();
  if (!disk_->sync_is_no_op_) disk_->synced_ = contents;
  disk_->synced_below_ = range_.last.value() + 1;
  return absl::OkStatus();
}

absl::Status MemoryLogStore::DropBefore(Lsn lsn) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  for (auto* batches : {&disk_->current_.batches, &disk_->synced_.batches}) {
    while (batches->size() > 1 && std::next(batches->begin())->first <= lsn.value()) batches->erase(batches->begin());
  }
  ReadRangeLocked();
  return absl::OkStatus();
}

absl::Status MemoryLogStore::PutMeta(absl::string_view key, absl::string_view value) {
  std::lock_guard<std::mutex> lock(disk_->mutex_);
  if (absl::Status s = CheckWritable(); !s.ok()) return s;
  disk_->current_.meta[std::string(key)] = std::string(value);
  if (disk_->sync_is_no_op_) return absl::OkStatus();
  disk_->synced_.meta[std::string(key)] = std::string(value);
  SyncLocked();
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
