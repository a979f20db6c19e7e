// A disk in memory that remembers what was synced and what was not. For tests.
//
// Every write, truncation, creation, rename and removal of a file is visible at once and durable only after the file
// (for its contents) or the directory (for its names) was synced. LosePower decides what of the rest survives.
// Directories themselves are durable when made. A directory that is renamed takes what was done in it before along, for
// good once its name is.
#ifndef UNDERSTUDY_JOURNAL_SIMULATED_DISK_H_
#define UNDERSTUDY_JOURNAL_SIMULATED_DISK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::journal {

// What becomes of changes that were never synced.
enum class PowerLossMode {
  kDrop,      // none survives
  kPrefix,    // of each file, and of the names, the first few in order
  kTear512,   // as kPrefix, and of the next write some sectors of 512 bytes
  kTear4096,  // the same with 4 KiB
  kReorder,   // any subset, sector by sector, in any order; a file never grows over a sector that is not there
  kHoles,     // as kReorder, but it does: zeros where nothing was written. Journaling file systems prevent this
};
// Those that a journaling file system allows.
inline constexpr PowerLossMode kAllPowerLossModes[] = {PowerLossMode::kDrop, PowerLossMode::kPrefix,
                                                       PowerLossMode::kTear512, PowerLossMode::kTear4096,
                                                       PowerLossMode::kReorder};

// Thread-safe.
class SimulatedDisk {
 public:
  struct File;
  using Handle = std::shared_ptr<File>;
  // Contents and names of everything on the disk, all of it synced.
  struct Image {
    std::map<std::string, std::string> files;
    std::set<std::string> directories;
  };

  // Names. Null: there is no such file.
  Handle Find(const std::string& path) const;
  Handle Create(const std::string& path);  // or truncates
  bool Remove(const std::string& path);
  bool Rename(const std::string& from, const std::string& to);
  bool Link(const std::string& from, const std::string& to);
  void MakeDirectory(const std::string& path);
  bool IsDirectory(const std::string& path) const;
  bool RemoveDirectory(const std::string& path);
  std::vector<std::string> Children(const std::string& directory) const;

  // Contents.
  void Write(const Handle& file, size_t offset, absl::string_view bytes);
  void Resize(const Handle& file, size_t size);
  std::string Read(const Handle& file, size_t offset, size_t count) const;
  size_t Size(const Handle& file) const;
  uint64_t BytesUsed() const;

  // Makes durable: the contents of a file, or the names in a directory.
  void SyncFile(const Handle& file);
  void SyncDirectory(const std::string& directory);

  // Remembers this moment: LosePower or Thaw will start from here, whatever is written until then.
  void Freeze();
  // Back to that moment, with everything that was written before it, synced or not.
  void Thaw();
  // Only what was synced, and what `mode` and `seed` let survive, is still there.
  void LosePower(uint64_t seed, PowerLossMode mode);

  Image Save() const;
  void Restore(const Image& image);

 private:
  // Durable once either directory is synced: a journaling file system has both sides of a rename in one transaction.
  struct NameChange {
    std::string directory;
    std::vector<std::pair<std::string, Handle>> entries;  // null: removed
    std::string from_directory = std::string();           // of a rename
  };
  using Names = std::map<std::string, Handle>;
  struct State {
    Names current;
    Names durable;
    std::vector<NameChange> unsynced;
  };

  bool RenameDirectory(const std::string& from, const std::string& to);
  bool HasFilesUnder(const std::string& directory) const;
  void NameDirectoriesOfFiles();
  // Before the directory has another name: what was done to names in it, or took them out of it, is on the disk then.
  void SettleNamesUnder(const std::string& directory);
  void Settle(const std::function<bool(const std::string&)>& is_synced);
  State Clone() const;
  void Change(NameChange change);
  static void Apply(const NameChange& change, Names* names);
  void LoseNames(std::mt19937_64* random, PowerLossMode mode);
  static void LoseContents(File* file, std::mt19937_64* random, PowerLossMode mode);

  mutable std::mutex mutex_;
  State state_;
  std::set<std::string> directories_;
  absl::optional<State> frozen_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_SIMULATED_DISK_H_
