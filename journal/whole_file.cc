#include "journal/whole_file.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "journal/directory.h"
#include "journal/rocksdb_status.h"

namespace understudy::journal {
namespace {

rocksdb::IOStatus WriteNew(rocksdb::FileSystem* file_system, const std::string& path, absl::string_view bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus s = file_system->NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (s.ok()) s = file->Append({bytes.data(), bytes.size()}, rocksdb::IOOptions(), nullptr);
  if (s.ok()) s = file->Fsync(rocksdb::IOOptions(), nullptr);
  if (s.ok()) s = file->Close(rocksdb::IOOptions(), nullptr);
  return s;
}

}  // namespace

absl::Status ReplaceFile(rocksdb::FileSystem* file_system, const std::string& path, absl::string_view bytes) {
  const std::string partial = absl::StrCat(path, ".partial");
  rocksdb::IOStatus s = WriteNew(file_system, partial, bytes);
  if (s.ok()) s = file_system->RenameFile(partial, path, rocksdb::IOOptions(), nullptr);
  if (!s.ok()) return ToAbsl(s, absl::StrCat("make ", path));
  return SyncDirectory(file_system, DirectoryOf(path));
}

}  // namespace understudy::journal
