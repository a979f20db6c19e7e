#include "journal/faulty_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "rocksdb/env.h"

namespace understudy::journal {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

struct OpenFile {
  FaultyFileSystem* fs;
  SimulatedDisk::Handle file;
  std::string path;
  uint64_t generation;

  IOStatus Read(uint64_t offset, size_t n, Slice* result, char* scratch) const {
    if (IOStatus s = fs->Admit(FaultyOperation::kRead, path, generation); !s.ok()) return s;
    const std::string bytes = fs->disk().Read(file, offset, n);
    std::memcpy(scratch, bytes.data(), bytes.size());
    *result = Slice(scratch, bytes.size());
    return IOStatus::OK();
  }
  IOStatus Write(uint64_t offset, const Slice& data) const {
    const size_t size = fs->disk().Size(file);
    const size_t growth = std::max<size_t>(size, offset + data.size()) - size;
    if (IOStatus s = fs->Admit(FaultyOperation::kWrite, path, generation, growth); !s.ok()) return s;
    fs->disk().Write(file, offset, {data.data(), data.size()});
    return IOStatus::OK();
  }
  IOStatus Sync() const {
    if (IOStatus s = fs->Admit(FaultyOperation::kSync, path, generation); !s.ok()) return s;
    fs->Sync(file);
    return IOStatus::OK();
  }
};

class SequentialFile : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(OpenFile open) : open_(std::move(open)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    IOStatus s = open_.Read(offset_, n, result, scratch);
    if (s.ok()) offset_ += result->size();
    return s;
  }
  IOStatus Skip(uint64_t n) override {
    offset_ += n;
    return IOStatus::OK();
  }

 private:
  const OpenFile open_;
  uint64_t offset_ = 0;
};

class RandomAccessFile : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(OpenFile open) : open_(std::move(open)) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return open_.Read(offset, n, result, scratch);
  }

 private:
  const OpenFile open_;
};

class WritableFile : public rocksdb::FSWritableFile {
 public:
  WritableFile(OpenFile open, uint64_t size) : open_(std::move(open)), size_(size) {}
  using rocksdb::FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    IOStatus s = open_.Write(size_, data);
    if (s.ok()) size_ += data.size();
    return s;
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    if (IOStatus s = open_.fs->Admit(FaultyOperation::kWrite, open_.path, open_.generation); !s.ok()) return s;
    open_.fs->disk().Resize(open_.file, size);
    size_ = size;
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return open_.Sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return open_.Sync(); }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  const OpenFile open_;
  uint64_t size_;
};

class RandomRWFile : public rocksdb::FSRandomRWFile {
 public:
  explicit RandomRWFile(OpenFile open) : open_(std::move(open)) {}
  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions&, IODebugContext*) override {
    return open_.Write(offset, data);
  }
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return open_.Read(offset, n, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return open_.Sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return open_.Sync(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  const OpenFile open_;
};

class Directory : public rocksdb::FSDirectory {
 public:
  Directory(FaultyFileSystem* fs, std::string path, uint64_t generation)
      : fs_(fs), path_(std::move(path)), generation_(generation) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    if (IOStatus s = fs_->Admit(FaultyOperation::kSync, path_, generation_); !s.ok()) return s;
    fs_->SyncDirectory(path_);
    return IOStatus::OK();
  }

 private:
  FaultyFileSystem* const fs_;
  const std::string path_;
  const uint64_t generation_;
};

class Lock : public rocksdb::FileLock {
 public:
  Lock(std::string path, uint64_t generation) : path_(std::move(path)), generation_(generation) {}
  const std::string path_;
  const uint64_t generation_;
};

class NullLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
  size_t GetLogFileSize() const override { return 0; }
};

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

IOStatus NoSuchFile(const std::string& path) { return IOStatus::PathNotFound(path, "No such file or directory"); }

}  // namespace

FaultyFileSystem::FaultyFileSystem() = default;

void FaultyFileSystem::CutPower() {
  std::lock_guard<std::mutex> lock(mutex_);
  CutPowerLocked();
}

void FaultyFileSystem::CutPowerLocked() {
  if (!power_is_cut_) disk_.Freeze();
  power_is_cut_ = true;
  stalls_.clear();
  go_on_.notify_all();
}

void FaultyFileSystem::CutPowerAfter(uint64_t changes) {
  std::lock_guard<std::mutex> lock(mutex_);
  changes_left_ = changes;
}

bool FaultyFileSystem::PowerIsCut() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return power_is_cut_;
}

void FaultyFileSystem::RestorePower(uint64_t seed, PowerLossMode mode) {
  std::lock_guard<std::mutex> lock(mutex_);
  disk_.LosePower(seed, mode);
  BeginAnew();
}

void FaultyFileSystem::RestartProcess() {
  std::lock_guard<std::mutex> lock(mutex_);
  disk_.Thaw();
  BeginAnew();
}

bool FaultyFileSystem::Happens() {
  if (before_change_ != nullptr) before_change_("");
  std::lock_guard<std::mutex> lock(mutex_);
  CountChange();
  return !power_is_cut_;
}

void FaultyFileSystem::CountChange() {
  if (changes_left_ == 0) CutPowerLocked();
  if (changes_left_ > 0) --changes_left_;
}

void FaultyFileSystem::BeginAnew() {
  ++generation_;
  locked_.clear();
  power_is_cut_ = false;
  changes_left_ = UINT64_MAX;
}

void FaultyFileSystem::Fail(FaultyOperation operation, std::string path_part, IOStatus error) {
  std::lock_guard<std::mutex> lock(mutex_);
  faults_.push_back({operation, std::move(path_part), std::move(error)});
}

void FaultyFileSystem::ClearFaults() {
  std::lock_guard<std::mutex> lock(mutex_);
  faults_.clear();
  stalls_.clear();
  go_on_.notify_all();
}

void FaultyFileSystem::Stall(FaultyOperation operation, std::string path_part) {
  std::lock_guard<std::mutex> lock(mutex_);
  stalls_.push_back({operation, std::move(path_part)});
}

int FaultyFileSystem::stalled() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return stalled_;
}

bool FaultyFileSystem::IsStalled(FaultyOperation operation, const std::string& path) const {
  return std::any_of(stalls_.begin(), stalls_.end(), [&](const StallOf& stall) {
    return stall.operation == operation && absl::StrContains(path, stall.path_part);
  });
}

void FaultyFileSystem::SetSyncIsNoOp(bool on) {
  std::lock_guard<std::mutex> lock(mutex_);
  sync_is_no_op_ = on;
}

void FaultyFileSystem::SetCapacity(uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  capacity_ = bytes;
}

uint64_t FaultyFileSystem::syncs() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return syncs_;
}

uint64_t FaultyFileSystem::generation() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return generation_;
}

bool FaultyFileSystem::FlipBit(const std::string& path, size_t bit) {
  const SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr || bit / 8 >= disk_.Size(file)) return false;
  std::string byte = disk_.Read(file, bit / 8, 1);
  byte[0] = static_cast<char>(byte[0] ^ (1 << (bit % 8)));
  disk_.Write(file, bit / 8, byte);
  disk_.SyncFile(file);
  return true;
}

bool FaultyFileSystem::TruncateTo(const std::string& path, size_t size) {
  const SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr || size > disk_.Size(file)) return false;
  disk_.Resize(file, size);
  disk_.SyncFile(file);
  return true;
}

IOStatus FaultyFileSystem::Admit(FaultyOperation operation, const std::string& path, uint64_t generation,
                                 size_t growth) {
  const bool changes = operation != FaultyOperation::kRead;
  if (changes && before_change_ != nullptr && generation == this->generation()) before_change_(path);
  std::unique_lock<std::mutex> lock(mutex_);
  ++stalled_;
  go_on_.wait(lock, [&] { return !IsStalled(operation, path); });
  --stalled_;
  if (generation != generation_) return IOStatus::IOError(path, "opened before the power was cut");
  for (const Fault& fault : faults_) {
    if (fault.operation == operation && absl::StrContains(path, fault.path_part)) return fault.error;
  }
  if (!changes) return IOStatus::OK();
  CountChange();
  if (growth > 0 && capacity_ != UINT64_MAX && disk_.BytesUsed() + growth > capacity_) {
    return IOStatus::NoSpace(path, "No space left on device");
  }
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::AdmitNow(FaultyOperation operation, const std::string& path) {
  return Admit(operation, path, generation());
}

void FaultyFileSystem::Sync(const SimulatedDisk::Handle& file) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ++syncs_;
    if (sync_is_no_op_) return;
  }
  disk_.SyncFile(file);
}

void FaultyFileSystem::SyncDirectory(const std::string& path) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ++syncs_;
    if (sync_is_no_op_) return;
  }
  disk_.SyncDirectory(path);
}

IOStatus FaultyFileSystem::NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* out, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kRead, path); !s.ok()) return s;
  SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr) return NoSuchFile(path);
  *out = std::make_unique<SequentialFile>(OpenFile{this, file, path, generation()});
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* out, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kRead, path); !s.ok()) return s;
  SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr) return NoSuchFile(path);
  *out = std::make_unique<RandomAccessFile>(OpenFile{this, file, path, generation()});
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::OpenForWriting(const std::string& path, bool truncate,
                                          std::unique_ptr<rocksdb::FSWritableFile>* out) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, path); !s.ok()) return s;
  SimulatedDisk::Handle file = disk_.Find(path);
  if (truncate || file == nullptr) file = disk_.Create(path);
  *out = std::make_unique<WritableFile>(OpenFile{this, file, path, generation()}, disk_.Size(file));
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                           std::unique_ptr<rocksdb::FSWritableFile>* out, IODebugContext*) {
  return OpenForWriting(path, true, out);
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                              std::unique_ptr<rocksdb::FSWritableFile>* out, IODebugContext*) {
  return OpenForWriting(path, false, out);
}

IOStatus FaultyFileSystem::NewRandomRWFile(const std::string& path, const rocksdb::FileOptions&,
                                           std::unique_ptr<rocksdb::FSRandomRWFile>* out, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, path); !s.ok()) return s;
  SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr) return NoSuchFile(path);
  *out = std::make_unique<RandomRWFile>(OpenFile{this, file, path, generation()});
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& path, const IOOptions&,
                                        std::unique_ptr<rocksdb::FSDirectory>* out, IODebugContext*) {
  const std::string name = WithoutSlash(path);
  if (!disk_.IsDirectory(name)) return NoSuchFile(path);
  *out = std::make_unique<Directory>(this, name, generation());
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::FileExists(const std::string& path, const IOOptions&, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kRead, path); !s.ok()) return s;
  if (disk_.Find(path) != nullptr || disk_.IsDirectory(WithoutSlash(path))) return IOStatus::OK();
  return IOStatus::NotFound(path);
}

IOStatus FaultyFileSystem::GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* out,
                                       IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kRead, path); !s.ok()) return s;
  const std::string name = WithoutSlash(path);
  if (!disk_.IsDirectory(name)) return IOStatus::NotFound(path);
  *out = disk_.Children(name);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, path); !s.ok()) return s;
  return disk_.Remove(path) ? IOStatus::OK() : NoSuchFile(path);
}

IOStatus FaultyFileSystem::Truncate(const std::string& path, size_t size, const IOOptions&, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kWrite, path); !s.ok()) return s;
  SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr) return NoSuchFile(path);
  disk_.Resize(file, size);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::CreateDir(const std::string& path, const IOOptions& options, IODebugContext* debug) {
  if (disk_.IsDirectory(WithoutSlash(path))) return IOStatus::IOError(path, "File exists");
  return CreateDirIfMissing(path, options, debug);
}

IOStatus FaultyFileSystem::CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, path); !s.ok()) return s;
  disk_.MakeDirectory(WithoutSlash(path));
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) {
  return disk_.RemoveDirectory(WithoutSlash(path)) ? IOStatus::OK() : NoSuchFile(path);
}

IOStatus FaultyFileSystem::GetFileSize(const std::string& path, const IOOptions&, uint64_t* size, IODebugContext*) {
  SimulatedDisk::Handle file = disk_.Find(path);
  if (file == nullptr) return NoSuchFile(path);
  *size = disk_.Size(file);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                                   IODebugContext*) {
  *time = 0;
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                                      IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, to); !s.ok()) return s;
  return disk_.Rename(from, to) ? IOStatus::OK() : NoSuchFile(from);
}

IOStatus FaultyFileSystem::LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                                    IODebugContext*) {
  if (IOStatus s = AdmitNow(FaultyOperation::kName, to); !s.ok()) return s;
  return disk_.Link(from, to) ? IOStatus::OK() : NoSuchFile(from);
}

IOStatus FaultyFileSystem::LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** out,
                                    IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!locked_.insert(path).second) return IOStatus::IOError("lock " + path, "already held");
  *out = new Lock(path, generation_);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::UnlockFile(rocksdb::FileLock* held, const IOOptions&, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::unique_ptr<Lock> mine(static_cast<Lock*>(held));
  if (mine->generation_ == generation_) locked_.erase(mine->path_);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) {
  *path = "/test";
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* out,
                                     IODebugContext*) {
  *out = std::make_shared<NullLogger>();
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::GetAbsolutePath(const std::string& path, const IOOptions&, std::string* out,
                                           IODebugContext*) {
  *out = path;
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::GetFreeSpace(const std::string&, const IOOptions&, uint64_t* free, IODebugContext*) {
  std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t used = disk_.BytesUsed();
  *free = capacity_ == UINT64_MAX ? UINT64_MAX / 2 : capacity_ - std::min(capacity_, used);
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::IsDirectory(const std::string& path, const IOOptions&, bool* is, IODebugContext*) {
  *is = disk_.IsDirectory(WithoutSlash(path));
  return IOStatus::OK();
}

}  // namespace understudy::journal
