// One process at a time keeps a journal. Readers need no lock.
//
//   auto lock = JournalLock::Take(file_system, directory).value();   // until it is destroyed, or the process ends
#ifndef UNDERSTUDY_JOURNAL_JOURNAL_LOCK_H_
#define UNDERSTUDY_JOURNAL_JOURNAL_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

class JournalLock {
 public:
  // Makes `directory` when it is missing. FailedPrecondition: another process keeps this journal. A forked child does
  // not hold it.
  static absl::StatusOr<std::unique_ptr<JournalLock>> Take(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                           const std::string& directory);
  ~JournalLock();
  JournalLock(const JournalLock&) = delete;
  JournalLock& operator=(const JournalLock&) = delete;

 private:
  JournalLock(std::shared_ptr<rocksdb::FileSystem> file_system, rocksdb::FileLock* held);

  const std::shared_ptr<rocksdb::FileSystem> file_system_;
  rocksdb::FileLock* const held_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_JOURNAL_LOCK_H_
