#include "tools/journal_files.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "journal/layout.h"
#include "rocksdb/file_system.h"

namespace understudy::tools {
namespace {

constexpr int kAttempts = 5;

// The writer's alone: journal/layout.h.
constexpr absl::string_view kLock = "lock";
constexpr absl::string_view kReserve = "reserve";

bool Exists(rocksdb::FileSystem* files, const std::string& path) {
  return files->FileExists(path, rocksdb::IOOptions(), nullptr).ok();
}

// Of the journal's directories and files that a reader needs, the first that this process may not read; empty: none.
// The server may add and remove files meanwhile.
std::string Unreadable(const std::string& path) {
  std::error_code error;
  for (const std::string& directory : {path, journal::LogPath(path)}) {
    std::filesystem::directory_iterator file(directory, error);
    if (error == std::errc::permission_denied) return directory;
    for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
      const std::string name = file->path().filename();
      if (name == kLock || name == kReserve) continue;
      std::error_code gone;
      if (file->is_regular_file(gone) && access(file->path().c_str(), R_OK) != 0 && errno == EACCES) {
        return file->path();
      }
    }
  }
  return "";
}

// What a person most likely meant instead of `path`.
std::string Hint(rocksdb::FileSystem* files, const std::string& path) {
  if (!Exists(files, path)) return "there is no such directory: give what node/journal/path of the configuration names";
  if (Exists(files, journal::MarkPath(path + "/.."))) return "give the directory above it";
  return "give the directory that holds durable-mark and log/: node/journal/path of the configuration names it";
}

}  // namespace

absl::StatusOr<JournalFiles> JournalFiles::Open(const std::string& path, const Options& options) {
  const std::shared_ptr<rocksdb::FileSystem> files = rocksdb::FileSystem::Default();
  if (const std::string unreadable = Unreadable(path); !unreadable.empty()) {
    return absl::PermissionDeniedError(absl::StrCat(unreadable, " is not readable: run as the server's user"));
  }
  if (!Exists(files.get(), journal::LogPath(path))) {
    return absl::FailedPreconditionError(absl::StrCat("no journal in ", path, ": ", Hint(files.get(), path)));
  }
  journal::JournalReader::Options reader_options;
  reader_options.directory = path;
  reader_options.follow = options.follow;
  reader_options.skip_damage = options.skip_damage;
  absl::StatusOr<std::unique_ptr<journal::JournalReader>> reader = journal::JournalReader::Open(reader_options);
  // A writer may have removed a file between our reading its name and opening it.
  for (int attempt = 1; !reader.ok() && attempt < kAttempts; ++attempt) {
    absl::SleepFor(absl::Milliseconds(20));
    reader = journal::JournalReader::Open(reader_options);
  }
  if (!reader.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open the journal in ", path, ": ", reader.status().message()));
  }
  JournalFiles out;
  out.path = path;
  out.reader = *std::move(reader);
  out.snapshots = std::make_unique<journal::SnapshotStore>(files, path);
  return out;
}

absl::Status JournalFiles::DamageStatus() const {
  return absl::DataLossError(
      absl::StrCat(reader->damage().ToString(), "; journal-dump ", path, " --verify shows all that is damaged"));
}

}  // namespace understudy::tools
