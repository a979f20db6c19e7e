#include <algorithm>
#include <iterator>
#include <utility>

#include "journal/memory_log_store.h"

namespace understudy::journal {

absl::StatusOr<BatchPrelude> MemoryDisk::Stored::prelude() const {
  if (damaged.empty()) return batch.prelude();
  return BatchPrelude::Load(damaged);
}

void MemoryDisk::Contents::Lose(size_t kept_appends, const LogTear& tear) {
  if (kept_appends + 1 < unsynced.size()) batches.erase(batches.lower_bound(unsynced[kept_appends + 1]), batches.end());
  if (kept_appends < unsynced.size()) Tear(batches.lower_bound(unsynced[kept_appends]), tear);
  unsynced.clear();
}

void MemoryDisk::Contents::Tear(Batches::iterator from, const LogTear& tear) {
  const bool ends = tear.kind == LogTear::Kind::kCut;
  size_t bytes = 0;
  for (auto it = from; it != batches.end(); ++it) bytes += it->second.bytes().size();
  if (tear.kind == LogTear::Kind::kNone || bytes == 0) {
    batches.erase(from, batches.end());
    return;
  }
  const size_t at = tear.at % bytes;
  size_t begin = 0;
  for (auto it = from; it != batches.end();) {
    Stored& stored = it->second;
    const size_t end = begin + stored.bytes().size();
    const size_t first = std::max(begin, at);
    const size_t last = ends ? end : std::min(end, at + LogTear::kSector);
    const bool gone = ends && at <= begin;
    if (!gone && first < last) {
      std::string torn(stored.bytes());
      torn.replace(first - begin, last - first, ends ? 0 : last - first, '\0');
      stored.damaged = std::move(torn);
    }
    it = gone ? batches.erase(it) : std::next(it);
    begin = end;
  }
}

void MemoryDisk::BeforeChange() {
  if (happens_ != nullptr && !happens_() && !frozen_.has_value()) frozen_ = current_;
}

void MemoryDisk::Thaw() {
  if (frozen_.has_value()) current_ = *std::exchange(frozen_, absl::nullopt);
}

void MemoryDisk::Synced() {
  if (sync_is_no_op_) return;
  current_.unsynced.clear();
  if (!frozen_.has_value()) really_.reset();
}

std::shared_ptr<MemoryDisk> MemoryDisk::CopyOf(const MemoryDisk& disk) {
  std::lock_guard<std::mutex> lock(disk.mutex_);
  auto copy = std::make_shared<MemoryDisk>();
  copy->current_ = disk.current_;
  return copy;
}

bool MemoryDisk::formatted() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_.formatted;
}

MemoryDisk::Image MemoryDisk::Save() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Image image;
  for (const auto& [place, stored] : current_.batches) image.batches[place] = std::string(stored.bytes());
  for (const auto& [place, stored] : current_.cut) image.cut[place] = std::string(stored.bytes());
  image.meta = current_.meta;
  return image;
}

std::vector<Lsn> MemoryDisk::Places() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Lsn> places;
  for (const auto& [place, stored] : current_.batches) places.push_back(Lsn(place));
  return places;
}

size_t MemoryDisk::BytesAt(Lsn place) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = current_.batches.find(place.value());
  return it == current_.batches.end() ? 0 : it->second.bytes().size();
}

absl::optional<Hash128> MemoryDisk::SyncedChain(Lsn lsn) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const Contents& contents = Lasting();
  auto it = contents.batches.upper_bound(lsn.value());
  if (it == contents.batches.begin() || !contents.IsSynced((--it)->first)) return absl::nullopt;
  const absl::StatusOr<BatchPrelude> prelude = it->second.prelude();
  if (!prelude.ok() || prelude->first_lsn.value() != it->first || prelude->last_lsn() < lsn) return absl::nullopt;
  return prelude->chain;
}

absl::optional<BatchPrelude> MemoryDisk::SyncedFirst() const {
  std::lock_guard<std::mutex> lock(mutex_);
  const Contents& contents = Lasting();
  const auto it = contents.batches.begin();
  if (it == contents.batches.end() || !contents.IsSynced(it->first)) return absl::nullopt;
  const absl::StatusOr<BatchPrelude> prelude = it->second.prelude();
  if (!prelude.ok()) return absl::nullopt;
  return *prelude;
}

std::string MemoryDisk::Meta(const std::string& key) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const Contents& contents = Lasting();
  const auto it = contents.meta.find(key);
  return it == contents.meta.end() ? std::string() : it->second;
}

void MemoryDisk::PowerLoss(size_t kept, const LogTear& tear) {
  std::lock_guard<std::mutex> lock(mutex_);
  Thaw();
  ++generation_;
  current_.Lose(kept, tear);
  if (!really_.has_value()) return;
  current_ = *really_;
  if (!sync_is_no_op_) really_.reset();
}

size_t MemoryDisk::unsynced_appends() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return frozen_.has_value() ? frozen_->unsynced.size() : current_.unsynced.size();
}

void MemoryDisk::EndProcess() {
  std::lock_guard<std::mutex> lock(mutex_);
  Thaw();
  ++generation_;
}

void MemoryDisk::SetPower(std::function<bool()> happens) {
  std::lock_guard<std::mutex> lock(mutex_);
  happens_ = std::move(happens);
}

// Wherever the contents are kept.
bool MemoryDisk::Damage(const std::function<bool(Contents*)>& damage) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (really_.has_value()) damage(&*really_);
  if (frozen_.has_value()) damage(&*frozen_);
  return damage(&current_);
}

bool MemoryDisk::FlipBit(Lsn first_lsn, size_t bit) {
  return Damage([&](Contents* contents) {
    const auto it = contents->batches.find(first_lsn.value());
    if (it == contents->batches.end() || bit / 8 >= it->second.bytes().size()) return false;
    Stored& stored = it->second;
    if (stored.damaged.empty()) stored.damaged = std::string(stored.batch.bytes());
    stored.damaged[bit / 8] = static_cast<char>(stored.damaged[bit / 8] ^ (1 << (bit % 8)));
    return true;
  });
}

bool MemoryDisk::Misdirect(Lsn from, Lsn onto) {
  return Damage([&](Contents* contents) {
    const auto it = contents->batches.find(from.value());
    if (it == contents->batches.end() || from == onto || contents->batches.count(onto.value()) == 0) return false;
    contents->batches[onto.value()] = std::move(it->second);
    contents->batches.erase(it);
    return true;
  });
}

bool MemoryDisk::LoseFrom(Lsn lsn) {
  return Damage([&](Contents* contents) {
    const auto it = contents->batches.lower_bound(lsn.value());
    const bool some = it != contents->batches.end();
    contents->batches.erase(it, contents->batches.end());
    auto& unsynced = contents->unsynced;
    unsynced.erase(std::lower_bound(unsynced.begin(), unsynced.end(), lsn.value()), unsynced.end());
    return some;
  });
}

void MemoryDisk::LoseEverything() {
  Damage([](Contents* contents) {
    *contents = Contents{};
    return true;
  });
}

void MemoryDisk::SetSyncIsNoOp(bool on) {
  std::lock_guard<std::mutex> lock(mutex_);
  sync_is_no_op_ = on;
  if (!on || really_.has_value()) return;
  really_ = current_;
  really_->Lose(0, {});
}

void MemoryDisk::FailWrites(std::string message) {
  std::lock_guard<std::mutex> lock(mutex_);
  write_error_ = std::move(message);
}

void MemoryDisk::FailSyncs(std::string message) {
  std::lock_guard<std::mutex> lock(mutex_);
  sync_error_ = std::move(message);
}

void MemoryDisk::SetRoom(uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  room_ = bytes;
}

}  // namespace understudy::journal
