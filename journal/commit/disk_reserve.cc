#include "journal/commit/disk_reserve.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::journal {

DiskReserve::DiskReserve(std::shared_ptr<rocksdb::FileSystem> file_system, Options options)
    : file_system_(file_system != nullptr ? std::move(file_system) : rocksdb::FileSystem::Default()),
      options_(std::move(options)) {}

absl::optional<uint64_t> DiskReserve::FreeSpace() const {
  uint64_t free = 0;
  const std::string directory = options_.path.substr(0, options_.path.rfind('/'));
  if (!file_system_->GetFreeSpace(directory, rocksdb::IOOptions(), &free, nullptr).ok()) return absl::nullopt;
  return free;
}

uint64_t DiskReserve::Size() const {
  uint64_t size = 0;
  if (!file_system_->GetFileSize(options_.path, rocksdb::IOOptions(), &size, nullptr).ok()) return 0;
  return std::min(size, options_.reserve_bytes);
}

void DiskReserve::GiveUp() {
  (void)file_system_->DeleteFile(options_.path, rocksdb::IOOptions(), nullptr);
  space_ = DiskSpace::kLow;
}

absl::Status DiskReserve::Prepare() {
  const uint64_t free = FreeSpace().value_or(UINT64_MAX / 2);
  const uint64_t missing = options_.reserve_bytes - Size();
  if (free >= options_.low_bytes + missing && Write(missing)) return absl::OkStatus();
  GiveUp();
  return absl::ResourceExhaustedError(absl::StrCat("no room for the reserve file ", options_.path));
}

// Real zeros, not a hole: the space must be taken. Ordinary writes, no sync: a reserve lost with the power is
// made again at the start.
bool DiskReserve::Write(uint64_t bytes) {
  if (bytes == 0) return true;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (!file_system_->ReopenWritableFile(options_.path, rocksdb::FileOptions(), &file, nullptr).ok()) return false;
  const std::string zeros(size_t{1} << 20, '\0');
  for (uint64_t left = bytes; left > 0;) {
    const size_t n = static_cast<size_t>(std::min<uint64_t>(left, zeros.size()));
    if (!file->Append({zeros.data(), n}, rocksdb::IOOptions(), nullptr).ok()) return false;
    left -= n;
  }
  return file->Close(rocksdb::IOOptions(), nullptr).ok();
}

DiskSpace DiskReserve::Check() {
  const absl::optional<uint64_t> free = FreeSpace();
  if (!free.has_value()) return space_;
  if (*free < options_.low_bytes) {
    if (space_ == DiskSpace::kPlenty || Size() > 0) GiveUp();
  } else if (space_ == DiskSpace::kLow && *free + Size() >= options_.reserve_bytes + 2 * options_.low_bytes) {
    const uint64_t missing = options_.reserve_bytes - Size();
    if (Write(std::min(missing, kStepBytes)) && missing <= kStepBytes) space_ = DiskSpace::kPlenty;
  }
  return space_;
}

}  // namespace understudy::journal
