#include "tests/sim/sim_disk.h"

#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "journal/directory.h"
#include "journal/durable_mark.h"
#include "journal/layout.h"
#include "journal/rocksdb_status.h"

namespace understudy::sim {
namespace {

using journal::FaultyFileSystem;
using journal::FaultyOperation;
using journal::MemoryDisk;
using journal::SimulatedDisk;

// In the log's directory: which MemoryDisk it is.
constexpr char kNameFile[] = "/name";
// A change to the log, the mark's write and its sync, and one for "all of it".
constexpr uint64_t kChangesOfACommit = 4;
// Where an append is torn: any byte of it.
constexpr uint64_t kMostTorn = uint64_t{1} << 20;
constexpr auto& kModes = journal::kAllPowerLossModes;

std::string ReadAll(const SimulatedDisk& disk, const std::string& path) {
  const SimulatedDisk::Handle file = disk.Find(path);
  return file == nullptr ? "" : disk.Read(file, 0, disk.Size(file));
}

absl::Status WriteNew(FaultyFileSystem* files, const std::string& path, const std::string& text) {
  const rocksdb::IOOptions io;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus s = files->NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (s.ok()) s = file->Append(text, io, nullptr);
  if (s.ok()) s = file->Fsync(io, nullptr);
  return journal::ToAbsl(s, absl::StrCat("make ", path));
}

}  // namespace

SimDisk::SimDisk(EventQueue* events, const Chance& chance, const SyncTimes& times)
    : chance_(chance.Fork("faults")), pace_(events, chance.Fork("pace"), times) {
  files_->disk().MakeDirectory(kDirectory);
  BeginProcess();
}

SimDisk::~SimDisk() { user_->dead = true; }

void SimDisk::BeginProcess() {
  user_ = std::make_shared<DiskUser>();
  user_->stopped = [files = files_.get()] { return files->PowerIsCut(); };
}

journal::OpenStore SimDisk::open_store() {
  return [this, user = user_](journal::OpenMode mode) -> absl::StatusOr<std::unique_ptr<journal::LogStore>> {
    if (user->dead) return absl::FailedPreconditionError("the process is dead");
    return OpenLog(mode);
  };
}

journal::MakeWriter SimDisk::make_writer() {
  return [this, user = user_](journal::LogStore* store, journal::DurableMark* mark,
                              const journal::WriterOptions& options,
                              std::function<void(const journal::DurableGroup&)> on_group) {
    return std::make_unique<SteppedWriter>(&pace_, user, store, mark, options, std::move(on_group));
  };
}

std::shared_ptr<MemoryDisk> SimDisk::LogIn(const std::string& directory) const {
  const auto found = logs_.find(ReadAll(files_->disk(), journal::LogPath(directory) + kNameFile));
  return found == logs_.end() ? nullptr : found->second;
}

absl::StatusOr<std::unique_ptr<journal::LogStore>> SimDisk::OpenLog(journal::OpenMode mode) {
  if (blank() && mode == journal::OpenMode::kCreate) {
    if (absl::Status s = MakeLog(); !s.ok()) return s;
  }
  const std::shared_ptr<MemoryDisk> found = log();
  if (found == nullptr) return absl::NotFoundError(absl::StrCat("no log in ", kDirectory));
  return journal::MemoryLogStore::Open(found, mode);
}

absl::Status SimDisk::MakeLog() {
  const std::string path = journal::LogPath(kDirectory);
  const std::string name = absl::StrCat("log ", ++logs_made_);
  auto made = std::make_shared<MemoryDisk>();
  made->SetPower([files = files_.get()] { return files->Happens(); });
  made->FailSyncs(sync_error_);
  made->SetSyncIsNoOp(syncs_lie_);
  made->SetRoom(room_);
  logs_[name] = std::move(made);
  if (absl::Status s = journal::MakeDirectory(files_.get(), path); !s.ok()) return s;
  if (absl::Status s = WriteNew(files_.get(), path + kNameFile, name); !s.ok()) return s;
  return journal::SyncDirectory(files_.get(), path);
}

void SimDisk::Interrupt() {
  if (user_->writer != nullptr && user_->writer->group_in_flight() && !pace_.frozen() && !crashed()) {
    files_->CutPowerAfter(chance_.Below(kChangesOfACommit));
    user_->writer->SyncUnheard();
  }
  user_->dead = true;
  BeginProcess();
}

void SimDisk::EndProcess() {
  Interrupt();
  files_->RestartProcess();
  for (const auto& [name, log] : logs_) log->EndProcess();
}

void SimDisk::LosePower(uint64_t kept) {
  Interrupt();
  const uint64_t seed = chance_.Bits();
  files_->RestorePower(seed, kModes[chance_.Below(std::size(kModes))]);
  for (const auto& [name, log] : logs_) {
    constexpr journal::LogTear::Kind kTears[] = {journal::LogTear::Kind::kNone, journal::LogTear::Kind::kCut,
                                                 journal::LogTear::Kind::kHole};
    const uint64_t appends = (log->unsynced_appends() * kept + chance_.Below(1000)) / 1000;
    log->PowerLoss(appends, {kTears[chance_.Below(std::size(kTears))], chance_.Below(kMostTorn)});
  }
  ForgetLostLogs();
}

void SimDisk::ForgetLostLogs() {
  std::set<std::string> named;
  for (const auto& [path, contents] : files_->disk().Save().files) {
    if (absl::EndsWith(path, kNameFile)) named.insert(contents);
  }
  for (auto log = logs_.begin(); log != logs_.end();) {
    log = named.count(log->first) == 0 ? logs_.erase(log) : std::next(log);
  }
}

void SimDisk::Blank() {
  user_->dead = true;
  BeginProcess();
  files_->RestartProcess();
  for (const auto& [name, log] : logs_) log->EndProcess();
  files_->disk().Restore({});
  files_->disk().MakeDirectory(kDirectory);
  logs_.clear();
}

void SimDisk::LeaveFree(uint64_t bytes) {
  room_ = bytes;
  files_->SetCapacity(files_->disk().BytesUsed() + bytes);
  for (const auto& [name, log] : logs_) log->SetRoom(bytes);
}

void SimDisk::MakeRoom() {
  room_ = UINT64_MAX;
  files_->SetCapacity(UINT64_MAX);
  for (const auto& [name, log] : logs_) log->SetRoom(UINT64_MAX);
}

void SimDisk::FailSyncs(bool on) {
  sync_error_ = on ? "sync: input/output error" : "";
  files_->ClearFaults();
  if (on) files_->Fail(FaultyOperation::kSync, "", rocksdb::IOStatus::IOError("input/output error"));
  for (const auto& [name, log] : logs_) log->FailSyncs(sync_error_);
}

void SimDisk::LieAboutSyncs(bool on) {
  syncs_lie_ = on;
  files_->SetSyncIsNoOp(on);
  for (const auto& [name, log] : logs_) log->SetSyncIsNoOp(on);
}

absl::optional<Lsn> SimDisk::FlipBitInLog() {
  const std::shared_ptr<MemoryDisk> damaged = log();
  const std::vector<Lsn> places = damaged == nullptr ? std::vector<Lsn>() : damaged->Places();
  if (places.empty()) return absl::nullopt;
  const Lsn place = chance_.Pick(places);
  (void)damaged->FlipBit(place, chance_.Below(8 * damaged->BytesAt(place)));
  return place;
}

absl::optional<Lsn> SimDisk::MisdirectWrite() {
  const std::shared_ptr<MemoryDisk> damaged = log();
  const std::vector<Lsn> places = damaged == nullptr ? std::vector<Lsn>() : damaged->Places();
  if (places.size() < 2) return absl::nullopt;
  const uint64_t from = chance_.Below(places.size());
  const uint64_t onto = (from + 1 + chance_.Below(places.size() - 1)) % places.size();
  (void)damaged->Misdirect(places[from], places[onto]);
  return places[from];
}

bool SimDisk::FlipBitInMark() {
  const size_t slot = chance_.Below(2) * journal::DurableMark::kSlotDistance;
  const size_t bit = 8 * slot + chance_.Below(8 * journal::DurableMark::kSlotBytes);
  return files_->FlipBit(journal::MarkPath(kDirectory), bit);
}

std::vector<std::string> SimDisk::Snapshots() const {
  std::vector<std::string> names = files_->disk().Children(kDirectory);
  std::erase_if(names, [](const std::string& name) { return !absl::StartsWith(name, "snapshot-"); });
  return names;
}

bool SimDisk::FlipBitInSnapshot() {
  std::vector<std::string> snapshots = Snapshots();
  std::erase_if(snapshots, [](const std::string& name) { return absl::EndsWith(name, ".partial"); });
  if (snapshots.empty()) return false;
  const std::string path = absl::StrCat(kDirectory, "/", chance_.Pick(snapshots));
  const size_t size = files_->disk().Size(files_->disk().Find(path));
  return size > 0 && files_->FlipBit(path, chance_.Below(8 * size));
}

}  // namespace understudy::sim
