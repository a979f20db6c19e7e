// Collects the ladders of calls: what came in is in the journal, what went out is what a replay of the engine says.
#ifndef UNDERSTUDY_TOOLS_CALLS_CALL_LADDER_H_
#define UNDERSTUDY_TOOLS_CALLS_CALL_LADDER_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "tools/calls/ladder.h"
#include "tools/journal_files.h"

namespace understudy::tools {

// Appends a ladder for each of `calls` that an entry touched, whole, in the order of the ids. Otherwise as Replayer: it
// starts from the newest snapshot before the first of their entries, or from the first entry. With an error the ladders
// end where it is. A call that a REFER of ours brought about begins with that REFER, where the journal reaches back to
// it.
absl::Status CollectLadders(JournalFiles* files, const absl::btree_set<uint64_t>& calls, std::vector<Ladder>* ladders);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_CALL_LADDER_H_
