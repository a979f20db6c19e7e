// A file of its own that holds space back for a full disk. When free space falls below a threshold it is given
// up, once, so that calls in progress can end; new calls must be refused until space is plenty again.
#ifndef UNDERSTUDY_JOURNAL_COMMIT_DISK_RESERVE_H_
#define UNDERSTUDY_JOURNAL_COMMIT_DISK_RESERVE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

enum class DiskSpace {
  kPlenty,
  kLow,  // below the threshold; the reserve has been released: no new calls
};

// Not thread-safe: the journal thread's.
class DiskReserve {
 public:
  struct Options {
    std::string path;  // of the reserve file
    uint64_t reserve_bytes = uint64_t{64} << 20;
    uint64_t low_bytes = uint64_t{256} << 20;  // free space below which the reserve is released
  };
  DiskReserve(std::shared_ptr<rocksdb::FileSystem> file_system, Options options);

  // Makes the file if it is not there whole. ResourceExhausted when the disk is low already.
  absl::Status Prepare();
  // Asks the file system for its free space; gives the reserve up, or takes some of it back: one statfs call, and at
  // most kStepBytes to write.
  DiskSpace Check();
  static constexpr uint64_t kStepBytes = uint64_t{4} << 20;
  // The answer of the last Check.
  DiskSpace space() const { return space_; }

 private:
  absl::optional<uint64_t> FreeSpace() const;
  uint64_t Size() const;
  void GiveUp();
  // Lengthens the file by so much.
  bool Write(uint64_t bytes);

  std::shared_ptr<rocksdb::FileSystem> file_system_;
  const Options options_;
  DiskSpace space_ = DiskSpace::kPlenty;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_COMMIT_DISK_RESERVE_H_
