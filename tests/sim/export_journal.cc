#include "tests/sim/export_journal.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "journal/directory.h"
#include "journal/layout.h"
#include "journal/log_store.h"
#include "journal/memory_log_store.h"
#include "journal/rocksdb_keys.h"
#include "journal/rocksdb_log_store.h"
#include "journal/rocksdb_status.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace understudy::sim {
namespace {

using journal::MemoryDisk;
using journal::ToAbsl;

// RocksDbLogStore makes the families and keeps the facts. It takes no batch that does not continue the log, so the
// batches, which may be damaged or misplaced, go in beside it.
absl::Status MakeEmptyLog(const std::string& path, const MemoryDisk::Image& image) {
  journal::RocksDbLogStore::Options options;
  options.path = path;
  auto store = journal::RocksDbLogStore::Open(options, journal::OpenMode::kCreate);
  if (!store.ok()) return store.status();
  if (!(*store)->Range().empty()) return absl::AlreadyExistsError(absl::StrCat("a log is in ", path));
  for (const auto& [fact, value] : image.meta) {
    if (absl::Status s = (*store)->PutMeta(fact, value); !s.ok()) return s;
  }
  return (*store)->Close();
}

absl::Status PutBatches(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                        const MemoryDisk::Image& image) {
  const rocksdb::WriteOptions write;
  rocksdb::Status s;
  for (rocksdb::ColumnFamilyHandle* family : families) {
    if (family->GetName() == "batches") {
      for (const auto& [place, bytes] : image.batches) {
        if (s.ok()) s = db->Put(write, family, journal::LsnKey(Lsn(place)).slice(), bytes);
      }
    } else if (family->GetName() == "cut") {
      for (const auto& [place, bytes] : image.cut) {
        if (s.ok()) s = db->Put(write, family, journal::CutKey(place.first, Lsn(place.second)), bytes);
      }
    }
  }
  return ToAbsl(s, "put the batches");
}

absl::Status ExportLog(const MemoryDisk& log, const std::string& path) {
  const MemoryDisk::Image image = log.Save();
  if (absl::Status s = MakeEmptyLog(path, image); !s.ok()) return s;
  std::vector<std::string> names;
  rocksdb::Status s = rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &names);
  if (!s.ok()) return ToAbsl(s, "list the families");
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.push_back({name, rocksdb::ColumnFamilyOptions()});
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* opened = nullptr;
  s = rocksdb::DB::Open(rocksdb::DBOptions(), path, descriptors, &families, &opened);
  if (!s.ok()) return ToAbsl(s, absl::StrCat("open ", path));
  const std::unique_ptr<rocksdb::DB> db(opened);
  absl::Status put = PutBatches(db.get(), families, image);
  for (rocksdb::ColumnFamilyHandle* family : families) (void)db->DestroyColumnFamilyHandle(family);
  const rocksdb::Status closed = db->Close();
  return put.ok() ? ToAbsl(closed, "close the log") : put;
}

absl::Status WriteFile(const std::string& path, const std::string& contents) {
  rocksdb::FileSystem* const files = rocksdb::FileSystem::Default().get();
  if (absl::Status s = journal::MakeDirectory(files, journal::DirectoryOf(path)); !s.ok()) return s;
  const rocksdb::Status s = rocksdb::WriteStringToFile(rocksdb::Env::Default(), contents, path, false);
  return ToAbsl(s, absl::StrCat("write ", path));
}

}  // namespace

absl::Status ExportJournal(const SimDisk& disk, const std::string& directory) {
  if (disk.blank()) return absl::NotFoundError("the disk holds no journal");
  const std::string reserve = journal::ReservePath(SimDisk::kDirectory);
  for (const auto& [path, contents] : disk.file_system()->disk().Save().files) {
    absl::string_view inside = path;
    if (path == reserve || !absl::ConsumePrefix(&inside, SimDisk::kDirectory)) continue;
    const std::string to = absl::StrCat(directory, inside);
    const std::string folder = journal::DirectoryOf(path);
    absl::Status s;
    if (!absl::EndsWith(folder, "/log")) {
      s = WriteFile(to, contents);
    } else if (const auto log = disk.LogIn(journal::DirectoryOf(folder)); log != nullptr) {
      s = journal::MakeDirectory(rocksdb::FileSystem::Default().get(), journal::DirectoryOf(to));
      if (s.ok()) s = ExportLog(*log, journal::DirectoryOf(to));
    }
    if (!s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace understudy::sim
