// Checks every byte that a journal has a checksum for, and goes on after damage.
#ifndef UNDERSTUDY_TOOLS_JOURNAL_VERIFY_H_
#define UNDERSTUDY_TOOLS_JOURNAL_VERIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/journal_files.h"

namespace understudy::tools {

struct VerifyReport {
  uint64_t entries = 0;
  uint64_t batches = 0;
  Lsn first;
  Lsn last;
  std::vector<std::string> intact;   // a line each
  std::vector<std::string> remarks;  // a line each: nothing is lost
  std::vector<std::string> damaged;  // a line each: the batch by its lsns, the mark, a snapshot
  bool ok() const { return damaged.empty(); }
};

// `files` opened with skip_damage. Checks lengths, checksums and the chain of all batches, that the log reaches its
// durable mark and agrees with it, and all snapshots.
VerifyReport VerifyJournal(JournalFiles* files);

std::string VerifyText(const VerifyReport& report);
// One object and a line end.
std::string VerifyJson(const VerifyReport& report);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_JOURNAL_VERIFY_H_
