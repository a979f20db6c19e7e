// What came before the INVITE of a phone that a REFER of ours told to call: the request, the REFER, and its answers. No
// call is touched by them, so the journal does not say which they belong to; the token in the INVITE's address does.
#ifndef UNDERSTUDY_TOOLS_CALLS_REFER_TRAIL_H_
#define UNDERSTUDY_TOOLS_CALLS_REFER_TRAIL_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "base/ids.h"
#include "base/time.h"
#include "sip/message.h"
#include "tools/calls/ladder.h"
#include "tools/decoded_entry.h"
#include "tools/journal_files.h"
#include "tools/replayer.h"

namespace understudy::tools {

struct ReferTrail {
  EngineTime began;
  WallTime began_at;
  std::vector<LadderStep> steps;
};

// The token of an INVITE that a REFER of ours asked for; empty: of none.
std::string ReferTokenOf(const DecodedEntry& entry);

// A lsn before which no REFER was sent that the entry `lsn` could still be the INVITE of; `lsn` where the journal does
// not reach back so far.
Lsn BeforeItsRefer(JournalFiles* files, Lsn lsn);

// Not thread-safe.
class ReferTrails {
 public:
  explicit ReferTrails(absl::btree_set<std::string> tokens) : tokens_(std::move(tokens)) {}

  // The replayer's last entry.
  void Take(const Replayer& replayer);
  // nullptr: nothing is known of it.
  const ReferTrail* Find(const std::string& token) const;

 private:
  void Add(const Replayer& replayer, const std::string& token, LadderStep::Way way, std::string text);

  const absl::btree_set<std::string> tokens_;
  absl::btree_map<std::string, ReferTrail> trails_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_REFER_TRAIL_H_
