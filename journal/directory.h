// Names on disk: a file that was made or renamed is there for good only when its directory was synced.
#ifndef UNDERSTUDY_JOURNAL_DIRECTORY_H_
#define UNDERSTUDY_JOURNAL_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "journal/rocksdb_status.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

// The directory that holds the file or directory `path`.
inline std::string DirectoryOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

// Makes the names in `directory` durable.
inline absl::Status SyncDirectory(rocksdb::FileSystem* file_system, const std::string& directory) {
  std::unique_ptr<rocksdb::FSDirectory> open;
  rocksdb::IOStatus s = file_system->NewDirectory(directory, rocksdb::IOOptions(), &open, nullptr);
  if (s.ok()) s = open->Fsync(rocksdb::IOOptions(), nullptr);
  return ToAbsl(s, absl::StrCat("sync the directory ", directory));
}

// Makes the directory, for good, and those above it, where they are missing.
inline absl::Status MakeDirectory(rocksdb::FileSystem* file_system, const std::string& directory) {
  if (file_system->FileExists(directory, rocksdb::IOOptions(), nullptr).ok()) return absl::OkStatus();
  const std::string above = DirectoryOf(directory);
  if (above == directory) return absl::NotFoundError(absl::StrCat("there is no ", directory));
  if (absl::Status s = MakeDirectory(file_system, above); !s.ok()) return s;
  const rocksdb::IOStatus made = file_system->CreateDirIfMissing(directory, rocksdb::IOOptions(), nullptr);
  if (!made.ok()) return ToAbsl(made, absl::StrCat("make the directory ", directory));
  return SyncDirectory(file_system, above);
}

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_DIRECTORY_H_
