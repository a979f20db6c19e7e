// The disk of one simulated machine: files, the log, how long a sync takes, and everything that can go wrong with it.
// It outlives the processes that use it, and their deaths.
//
//   SimDisk disk(&events, chance.Fork("disk a"));
//   CoreOptions options;                             // production code, as it is
//   options.file_system = disk.file_system();
//   options.directory = SimDisk::kDirectory;
//   options.open_store = disk.open_store();
//   options.make_writer = disk.make_writer();
//   options.make_snapshot_work = ...;                // stepped; and a small low_bytes: its reserve is in memory, too
//   ...
//   disk.EndProcess();                               // or LosePower(500): before what used it is destroyed
//   ... destroy the node; open it again with the same options but new open_store() and make_writer() ...
//
// The log is a MemoryDisk that a small file in log/ names: renamed or lost with that file as a log of RocksDB's is
// with its directory.
//
// One thread. The event queue outlives the disk.
#ifndef UNDERSTUDY_TESTS_SIM_SIM_DISK_H_
#define UNDERSTUDY_TESTS_SIM_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/commit/batch_writer.h"
#include "journal/faulty_file_system.h"
#include "journal/log_store.h"
#include "journal/memory_log_store.h"
#include "tests/sim/stepped_writer.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class SimDisk {
 public:
  static constexpr char kDirectory[] = "/journal";

  SimDisk(EventQueue* events, const Chance& chance, const SyncTimes& times = {});
  ~SimDisk();  // after what uses it
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // ---- For the process that uses it now. Ask again after its death.
  std::shared_ptr<journal::FaultyFileSystem> file_system() const { return files_; }
  journal::OpenStore open_store();
  journal::MakeWriter make_writer();

  // ---- Deaths. Afterwards the process can change nothing; destroy it, and begin another when the machine is up.
  // A commit that was under way has got as far as chance says.
  // What was written is there, synced or not.
  void EndProcess();
  // Of the log's appends that were not synced the first are there, `kept` thousandths of them, and perhaps a torn one;
  // of the files what chance says, as PowerLossMode has it.
  void LosePower(uint64_t kept);
  // Nothing is there any more: another machine, or another disk.
  void Blank();
  // The process stops in the middle of what it does: after so many changes more, nothing that it does happens. When
  // `crashed` says yes, nothing counts that it has said since the change before; end it (EndProcess, LosePower).
  void CrashAfter(uint64_t changes) { files_->CutPowerAfter(changes); }
  // Likewise, from the next change on.
  void CrashNow() { files_->CutPower(); }
  bool crashed() const { return files_->PowerIsCut(); }
  // What CrashAfter wanted, and has not come yet, is called off.
  void CrashNoMore() { files_->CutPowerAfter(UINT64_MAX); }
  // Sees each change before it is made: the path of the file, empty for the log. It may say CrashNow, and then this
  // very change does not happen. Of a change to the log it must leave the logs alone.
  void OnChange(std::function<void(const std::string& path)> before) { files_->OnChange(std::move(before)); }

  // ---- While it is in use.
  void Slow(uint64_t factor, Duration length) { pace_.Slow(factor, length); }
  void Freeze(Duration length) { pace_.Freeze(length); }
  // Until MakeRoom: so much may still be written, files and log each; the rest fails, and the node with it.
  void LeaveFree(uint64_t bytes);
  void MakeRoom();
  // Until told otherwise: syncs fail, which is final for the process; or say OK and do nothing.
  void FailSyncs(bool on);
  void LieAboutSyncs(bool on);

  // ---- Damage to what is there, synced or not; it is found by whoever reads it. False: there is nothing to damage.
  // Any bit of any batch; which batch.
  absl::optional<Lsn> FlipBitInLog();
  // A batch lies where another was, and nothing where it should be; which batch.
  absl::optional<Lsn> MisdirectWrite();
  // One of the two slots.
  bool FlipBitInMark();
  // Any bit of any snapshot.
  bool FlipBitInSnapshot();

  // ---- What is there, for checkers and tools.
  // Of the journal in `directory`, kDirectory or one set aside; null: none.
  std::shared_ptr<journal::MemoryDisk> LogIn(const std::string& directory) const;
  std::shared_ptr<journal::MemoryDisk> log() const { return LogIn(kDirectory); }
  bool blank() const { return log() == nullptr; }
  size_t snapshots() const { return Snapshots().size(); }  // whole or not

 private:
  absl::StatusOr<std::unique_ptr<journal::LogStore>> OpenLog(journal::OpenMode mode);
  absl::Status MakeLog();
  std::vector<std::string> Snapshots() const;
  void Interrupt();
  void BeginProcess();
  void ForgetLostLogs();

  Chance chance_;
  DiskPace pace_;
  std::shared_ptr<journal::FaultyFileSystem> files_ = std::make_shared<journal::FaultyFileSystem>();
  std::map<std::string, std::shared_ptr<journal::MemoryDisk>> logs_;  // by what the file that names it says
  uint64_t logs_made_ = 0;
  std::shared_ptr<DiskUser> user_;
  std::string sync_error_;
  bool syncs_lie_ = false;
  uint64_t room_ = UINT64_MAX;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_SIM_DISK_H_
