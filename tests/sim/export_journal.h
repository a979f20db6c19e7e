// What a simulated disk holds, as a real journal's directory: the log in RocksDB, the mark, the snapshots, and what was
// set aside, damage included.
//
//   absl::Status s = ExportJournal(disk, "/tmp/node-a");      // bazel run //tools:journal-dump -- /tmp/node-a
//
// Blocking. The directory is made; NotFound: the disk is blank. AlreadyExists: a log is there already.
#ifndef UNDERSTUDY_TESTS_SIM_EXPORT_JOURNAL_H_
#define UNDERSTUDY_TESTS_SIM_EXPORT_JOURNAL_H_

#include <string>

#include "absl/status/status.h"
#include "tests/sim/sim_disk.h"

namespace understudy::sim {

absl::Status ExportJournal(const SimDisk& disk, const std::string& directory);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_EXPORT_JOURNAL_H_
