#include "journal/simulated_disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

namespace understudy::journal {
namespace {

std::string DirectoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool Coin(std::mt19937_64* random) { return ((*random)() & 1) != 0; }

size_t UpTo(std::mt19937_64* random, size_t most) { return static_cast<size_t>((*random)() % (most + 1)); }

void WriteAt(std::string* contents, size_t offset, absl::string_view bytes) {
  if (contents->size() < offset + bytes.size()) contents->resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), contents->begin() + static_cast<ptrdiff_t>(offset));
}

}  // namespace

struct SimulatedDisk::File {
  struct Change {
    bool resize;
    size_t offset;  // or the new size
    std::string bytes;
  };
  std::string current;
  std::string durable;
  std::vector<Change> unsynced;

  static void Apply(const Change& change, std::string* contents) {
    if (change.resize) {
      contents->resize(change.offset, '\0');
    } else {
      WriteAt(contents, change.offset, change.bytes);
    }
  }
  // Some sectors of a write, each by the toss of a coin.
  static void ApplyTorn(const Change& change, size_t sector, bool holes, std::mt19937_64* random,
                        std::string* contents) {
    if (change.resize) return;
    for (size_t at = 0; at < change.bytes.size();) {
      const size_t length = std::min(change.bytes.size() - at, sector - (change.offset + at) % sector);
      const bool reachable = holes || change.offset + at <= contents->size();
      if (Coin(random) && reachable) {
        WriteAt(contents, change.offset + at, absl::string_view(change.bytes).substr(at, length));
      }
      at += length;
    }
  }
};

void SimulatedDisk::Apply(const NameChange& change, Names* names) {
  for (const auto& [path, file] : change.entries) {
    if (file == nullptr) {
      names->erase(path);
    } else {
      (*names)[path] = file;
    }
  }
}

void SimulatedDisk::Change(NameChange change) {
  Apply(change, &state_.current);
  state_.unsynced.push_back(std::move(change));
}

SimulatedDisk::Handle SimulatedDisk::Find(const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = state_.current.find(path);
  return it == state_.current.end() ? nullptr : it->second;
}

SimulatedDisk::Handle SimulatedDisk::Create(const std::string& path) {
  if (Handle file = Find(path); file != nullptr) {
    Resize(file, 0);
    return file;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  Handle file = std::make_shared<File>();
  Change({DirectoryOf(path), {{path, file}}});
  return file;
}

bool SimulatedDisk::Remove(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_.current.count(path) == 0) return false;
  Change({DirectoryOf(path), {{path, nullptr}}});
  return true;
}

bool SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = state_.current.find(from);
  if (it == state_.current.end()) return RenameDirectory(from, to);
  Change({DirectoryOf(to), {{to, it->second}, {from, nullptr}}, DirectoryOf(from)});
  return true;
}

bool SimulatedDisk::RenameDirectory(const std::string& from, const std::string& to) {
  if (directories_.count(from) == 0 || HasFilesUnder(to)) return false;
  SettleNamesUnder(from);
  NameChange change{DirectoryOf(to), {}, DirectoryOf(from)};
  for (const auto& [path, file] : state_.current) {
    if (!absl::StartsWith(path, from + "/")) continue;
    change.entries.push_back({to + path.substr(from.size()), file});
    change.entries.push_back({path, nullptr});
  }
  Change(std::move(change));
  std::set<std::string> moved;
  for (const std::string& path : directories_) {
    const bool inside = path == from || absl::StartsWith(path, from + "/");
    moved.insert(inside ? to + path.substr(from.size()) : path);
  }
  directories_ = std::move(moved);
  return true;
}

bool SimulatedDisk::HasFilesUnder(const std::string& directory) const {
  const auto next = state_.current.lower_bound(directory + "/");
  return next != state_.current.end() && absl::StartsWith(next->first, directory + "/");
}

// A directory whose new name is lost has its old one, in which its files are found again.
void SimulatedDisk::NameDirectoriesOfFiles() {
  for (const auto& [path, file] : state_.current) directories_.insert(DirectoryOf(path));
}

void SimulatedDisk::SettleNamesUnder(const std::string& directory) {
  Settle([&](const std::string& one) { return one == directory || absl::StartsWith(one, directory + "/"); });
}

// What was done to a name before goes to the disk before what was done to it since.
void SimulatedDisk::Settle(const std::function<bool(const std::string&)>& is_synced) {
  std::set<std::string> names;
  std::vector<NameChange> synced;
  std::vector<NameChange> rest;
  for (auto change = state_.unsynced.rbegin(); change != state_.unsynced.rend(); ++change) {
    const auto is_named = [&](const auto& entry) { return names.count(entry.first) != 0; };
    const bool goes = is_synced(change->directory) || is_synced(change->from_directory) ||
                      std::any_of(change->entries.begin(), change->entries.end(), is_named);
    if (goes) {
      for (const auto& [path, file] : change->entries) names.insert(path);
    }
    (goes ? synced : rest).push_back(std::move(*change));
  }
  for (auto change = synced.rbegin(); change != synced.rend(); ++change) Apply(*change, &state_.durable);
  std::reverse(rest.begin(), rest.end());
  state_.unsynced = std::move(rest);
}

bool SimulatedDisk::Link(const std::string& from, const std::string& to) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = state_.current.find(from);
  if (it == state_.current.end() || state_.current.count(to) != 0) return false;
  Change({DirectoryOf(to), {{to, it->second}}});
  return true;
}

void SimulatedDisk::MakeDirectory(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  directories_.insert(path);
}

bool SimulatedDisk::IsDirectory(const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return path == "/" || directories_.count(path) != 0 || HasFilesUnder(path);
}

bool SimulatedDisk::RemoveDirectory(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  return directories_.erase(path) != 0;
}

std::vector<std::string> SimulatedDisk::Children(const std::string& directory) const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (DirectoryOf(path) == directory) names.push_back(path.substr(directory.size() + 1));
  };
  for (const auto& [path, file] : state_.current) add(path);
  for (const std::string& path : directories_) add(path);
  return names;
}

void SimulatedDisk::Write(const Handle& file, size_t offset, absl::string_view bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  file->unsynced.push_back({false, offset, std::string(bytes)});
  WriteAt(&file->current, offset, bytes);
}

void SimulatedDisk::Resize(const Handle& file, size_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  file->unsynced.push_back({true, size, ""});
  file->current.resize(size, '\0');
}

std::string SimulatedDisk::Read(const Handle& file, size_t offset, size_t count) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (offset >= file->current.size()) return "";
  return file->current.substr(offset, count);
}

size_t SimulatedDisk::Size(const Handle& file) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return file->current.size();
}

uint64_t SimulatedDisk::BytesUsed() const {
  std::lock_guard<std::mutex> lock(mutex_);
  uint64_t bytes = 0;
  for (const auto& [path, file] : state_.current) bytes += file->current.size();
  return bytes;
}

void SimulatedDisk::SyncFile(const Handle& file) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const File::Change& change : file->unsynced) File::Apply(change, &file->durable);
  file->unsynced.clear();
}

void SimulatedDisk::SyncDirectory(const std::string& directory) {
  std::lock_guard<std::mutex> lock(mutex_);
  Settle([&](const std::string& one) { return one == directory; });
}

void SimulatedDisk::LoseNames(std::mt19937_64* random, PowerLossMode mode) {
  const size_t kept = mode == PowerLossMode::kDrop ? 0 : UpTo(random, state_.unsynced.size());
  for (size_t i = 0; i < state_.unsynced.size(); ++i) {
    const bool any = mode == PowerLossMode::kReorder || mode == PowerLossMode::kHoles;
    const bool survives = any ? Coin(random) : i < kept;
    if (survives) Apply(state_.unsynced[i], &state_.durable);
  }
  state_.unsynced.clear();
  state_.current = state_.durable;
  NameDirectoriesOfFiles();
}

void SimulatedDisk::LoseContents(File* file, std::mt19937_64* random, PowerLossMode mode) {
  const std::vector<File::Change>& changes = file->unsynced;
  if (mode == PowerLossMode::kReorder || mode == PowerLossMode::kHoles) {
    const bool holes = mode == PowerLossMode::kHoles;
    for (const File::Change& change : changes) File::ApplyTorn(change, 512, holes, random, &file->durable);
  } else if (mode != PowerLossMode::kDrop) {
    const size_t kept = UpTo(random, changes.size());
    for (size_t i = 0; i < kept; ++i) File::Apply(changes[i], &file->durable);
    const size_t sector = mode == PowerLossMode::kTear512 ? 512 : mode == PowerLossMode::kTear4096 ? 4096 : 0;
    if (sector != 0 && kept < changes.size()) {
      File::ApplyTorn(changes[kept], sector, false, random, &file->durable);
    }
  }
  file->unsynced.clear();
  file->current = file->durable;
}

// A copy whose files are copies too; a file with two names keeps both.
SimulatedDisk::State SimulatedDisk::Clone() const {
  State copy = state_;
  std::map<File*, Handle> files;
  const auto replace = [&](Handle* file) {
    if (*file == nullptr) return;
    Handle& clone = files[file->get()];
    if (clone == nullptr) clone = std::make_shared<File>(**file);
    *file = clone;
  };
  for (auto& [path, file] : copy.current) replace(&file);
  for (auto& [path, file] : copy.durable) replace(&file);
  for (NameChange& change : copy.unsynced) {
    for (auto& [path, file] : change.entries) replace(&file);
  }
  return copy;
}

void SimulatedDisk::Freeze() {
  std::lock_guard<std::mutex> lock(mutex_);
  frozen_ = Clone();
}

void SimulatedDisk::Thaw() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (frozen_.has_value()) state_ = *std::exchange(frozen_, absl::nullopt);
  NameDirectoriesOfFiles();
}

void SimulatedDisk::LosePower(uint64_t seed, PowerLossMode mode) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (frozen_.has_value()) state_ = *std::exchange(frozen_, absl::nullopt);
  std::mt19937_64 random(seed);
  LoseNames(&random, mode);
  std::set<File*> done;
  for (const auto& [path, file] : state_.current) {
    if (done.insert(file.get()).second) LoseContents(file.get(), &random, mode);
  }
}

SimulatedDisk::Image SimulatedDisk::Save() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Image image;
  for (const auto& [path, file] : state_.current) image.files[path] = file->current;
  image.directories = directories_;
  return image;
}

void SimulatedDisk::Restore(const Image& image) {
  std::lock_guard<std::mutex> lock(mutex_);
  state_.unsynced.clear();
  state_.current.clear();
  for (const auto& [path, contents] : image.files) {
    Handle file = std::make_shared<File>();
    file->current = file->durable = contents;
    state_.current[path] = file;
  }
  state_.durable = state_.current;
  directories_ = image.directories;
}

}  // namespace understudy::journal
