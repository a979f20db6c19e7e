// RocksDB's view of a SimulatedDisk, with switches for what can go wrong. For tests.
//
//   auto fs = std::make_shared<FaultyFileSystem>();
//   ... use it through a store, a mark, a snapshot ...
//   fs->CutPower();              // whatever happens from here on has not happened
//   ... destroy what used it ...
//   fs->RestorePower(seed, PowerLossMode::kTear512);
//   ... open again, and look
#ifndef UNDERSTUDY_JOURNAL_FAULTY_FILE_SYSTEM_H_
#define UNDERSTUDY_JOURNAL_FAULTY_FILE_SYSTEM_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/simulated_disk.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

enum class FaultyOperation { kWrite, kSync, kRead, kName };

// Thread-safe.
class FaultyFileSystem : public rocksdb::FileSystem {
 public:
  FaultyFileSystem();

  // Power. After CutPowerAfter(n) the n-th change from now is the last one that happens. Once it is cut, the
  // process that uses the disk goes on as a ghost: everything still succeeds and nothing of it will be found
  // after RestorePower. (Errors would do too, but some of RocksDB's background jobs abort on them.) So a test
  // believes an acknowledgement only while PowerIsCut is false.
  void CutPower();
  void CutPowerAfter(uint64_t changes);
  bool PowerIsCut() const;
  void RestorePower(uint64_t seed, PowerLossMode mode);
  // The same cut, but only the process died: what it wrote before is there, and what was not synced still may go with
  // the power.
  void RestartProcess();
  // Counts a change that is made to the same machine beside this file system; false: the power is cut, it does not
  // happen.
  bool Happens();
  // Called before each change is counted, with the path of what it changes; empty: beside this file system (Happens).
  // It may cut the power: then this very change does not happen any more. Of one thread.
  void OnChange(std::function<void(const std::string& path)> before) { before_change_ = std::move(before); }

  // Files whose path contains `path_part` answer `operation` with an error until ClearFaults.
  void Fail(FaultyOperation operation, std::string path_part, rocksdb::IOStatus error);
  void ClearFaults();
  // Such operations do not come back until ClearFaults, or until the power is cut. Not for files that the thread which
  // ends the stall uses itself.
  void Stall(FaultyOperation operation, std::string path_part);
  // Operations that are being stalled.
  int stalled() const;
  // Sync says OK and does nothing. What depends on it must then lose data at the next power loss.
  void SetSyncIsNoOp(bool on);
  // Files that would grow beyond this much in all fail with NoSpace.
  void SetCapacity(uint64_t bytes);

  // Damage to what is on the disk. False when there is no such file or place.
  bool FlipBit(const std::string& path, size_t bit);
  bool TruncateTo(const std::string& path, size_t size);

  SimulatedDisk& disk() { return disk_; }
  uint64_t syncs() const;

  const char* Name() const override { return "FaultyFileSystem"; }
  rocksdb::IOStatus NewSequentialFile(const std::string&, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string&, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>*,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string&, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string&, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string&, const rocksdb::IOOptions&, std::vector<std::string>*,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus Truncate(const std::string&, size_t, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string&, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                                            rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LinkFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string&, const rocksdb::IOOptions&, rocksdb::FileLock**,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock*, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions&, std::string*, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewLogger(const std::string&, const rocksdb::IOOptions&, std::shared_ptr<rocksdb::Logger>*,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string&, const rocksdb::IOOptions&, std::string*,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, uint64_t*,
                                 rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string&, const rocksdb::IOOptions&, bool*,
                                rocksdb::IODebugContext*) override;

  // For the files that this file system hands out. `generation` counts the power losses: a file opened before
  // the last one is dead.
  rocksdb::IOStatus Admit(FaultyOperation operation, const std::string& path, uint64_t generation, size_t growth = 0);
  void Sync(const SimulatedDisk::Handle& file);
  void SyncDirectory(const std::string& path);

 private:
  struct Fault {
    FaultyOperation operation;
    std::string path_part;
    rocksdb::IOStatus error;
  };
  struct StallOf {
    FaultyOperation operation;
    std::string path_part;
  };

  void CutPowerLocked();
  void CountChange();
  void BeginAnew();
  bool IsStalled(FaultyOperation operation, const std::string& path) const;
  rocksdb::IOStatus AdmitNow(FaultyOperation operation, const std::string& path);
  rocksdb::IOStatus OpenForWriting(const std::string& path, bool truncate,
                                   std::unique_ptr<rocksdb::FSWritableFile>* out);
  uint64_t generation() const;

  SimulatedDisk disk_;
  mutable std::mutex mutex_;
  std::condition_variable go_on_;
  std::vector<Fault> faults_;
  std::vector<StallOf> stalls_;
  int stalled_ = 0;
  std::set<std::string> locked_;
  bool power_is_cut_ = false;
  uint64_t changes_left_ = UINT64_MAX;
  uint64_t generation_ = 0;
  uint64_t capacity_ = UINT64_MAX;
  uint64_t syncs_ = 0;
  bool sync_is_no_op_ = false;
  std::function<void(const std::string& path)> before_change_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_FAULTY_FILE_SYSTEM_H_
