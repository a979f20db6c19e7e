// What a journal holds, in numbers.
#ifndef UNDERSTUDY_TOOLS_JOURNAL_STAT_H_
#define UNDERSTUDY_TOOLS_JOURNAL_STAT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/batch.h"
#include "tools/decoded_entry.h"
#include "tools/journal_files.h"

namespace understudy::tools {

struct JournalStat {
  struct Kind {
    uint64_t entries = 0;
    uint64_t bytes = 0;  // of the inputs alone
  };
  Lsn first;
  Lsn last;
  uint64_t entries = 0;
  uint64_t batches = 0;
  uint64_t bytes = 0;         // of the batches, before compression
  uint64_t most_entries = 0;  // in one batch
  uint64_t most_bytes = 0;
  WallTime begin;
  WallTime end;
  Duration engine_span;
  uint64_t busiest_second = 0;  // entries, by engine time
  absl::btree_map<uint16_t, Kind> kinds;
  std::vector<std::pair<Epoch, Lsn>> epochs;  // with their first entries
  uint64_t service_gaps = 0;
  Duration unserved;
  Duration longest_gap;
  Lsn longest_gap_at;
  uint64_t last_call = 0;  // the highest number
  absl::optional<journal::BatchHeader> last_header;
  std::vector<std::string> damage;
};

// Reads the whole journal.
JournalStat CountJournal(JournalFiles* files);

std::string StatText(const JournalFiles& files, const JournalStat& stat);
// One object and a line end.
std::string StatJson(const JournalFiles& files, const JournalStat& stat);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_JOURNAL_STAT_H_
