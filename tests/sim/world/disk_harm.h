// Which disks of a simulated pair a fault has harmed, and so which complaints of the nodes are no mistake of theirs.
//
//   DiskHarm harm;
//   harm.NoteHarm(0);                        // what is stored on machine 0 is not what was written
//   harm.NoteRefill(0, starts);              // its process, the `starts`-th, is about to begin its journal anew
//   harm.OnJournal(0, starts, store_id);     // a process there has opened its journal
//   if (!harm.Excuses(0, starts)) ...        // and says that it cannot read it
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_DISK_HARM_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_DISK_HARM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tests/sim/fault_schedule.h"

namespace understudy::sim {

class DiskHarm {
 public:
  void NoteHarm(size_t machine) { disks_[machine].harmed = true; }
  // One that dies in it leaves a journal that is half made, to the next one.
  void NoteRefill(size_t machine, uint64_t starts) { disks_[machine].refilled_by = starts; }
  // A new store begins whole. Whoever opens it may say first what became of the old one.
  void OnJournal(size_t machine, uint64_t starts, uint64_t store) {
    Disk& disk = disks_[machine];
    disk.found_bad = Excuses(machine, starts);
    disk.refilled_by = 0;
    if (std::exchange(disk.store, store) != store) disk.harmed = false;
  }
  void OnTurn(size_t machine) { disks_[machine].found_bad = false; }

  bool harmed(size_t machine) const { return disks_[machine].harmed; }
  bool Excuses(size_t machine, uint64_t starts) const {
    const Disk& disk = disks_[machine];
    return disk.harmed || disk.found_bad || (disk.refilled_by != 0 && disk.refilled_by < starts);
  }

 private:
  struct Disk {
    bool harmed = false;
    bool found_bad = false;    // what was there when the journal was opened, in this turn
    uint64_t refilled_by = 0;  // by which of its processes; 0: by none, or it was done
    uint64_t store = 0;
  };

  std::array<Disk, kNodes> disks_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_DISK_HARM_H_
