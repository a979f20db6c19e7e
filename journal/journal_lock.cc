#include "journal/journal_lock.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "journal/directory.h"
#include "journal/layout.h"

namespace understudy::journal {

JournalLock::JournalLock(std::shared_ptr<rocksdb::FileSystem> file_system, rocksdb::FileLock* held)
    : file_system_(std::move(file_system)), held_(held) {}

JournalLock::~JournalLock() { (void)file_system_->UnlockFile(held_, rocksdb::IOOptions(), nullptr); }

absl::StatusOr<std::unique_ptr<JournalLock>> JournalLock::Take(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                               const std::string& directory) {
  if (absl::Status s = MakeDirectory(file_system.get(), directory); !s.ok()) return s;
  rocksdb::FileLock* held = nullptr;
  const rocksdb::IOStatus s = file_system->LockFile(LockPath(directory), rocksdb::IOOptions(), &held, nullptr);
  if (!s.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot take the lock of the journal ", directory, ": another understudyd keeps it (stop that one), or the ",
        "directory may not be written to: ", s.ToString()));
  }
  return absl::WrapUnique(new JournalLock(std::move(file_system), held));
}

}  // namespace understudy::journal
