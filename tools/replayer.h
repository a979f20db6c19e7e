// Gives the engine a journal's entries again: the same entries make the same state and the same effects.
//
//   Replayer replayer;
//   if (absl::Status s = replayer.Begin(&files, StartAt{...}); !s.ok()) ...
//   while (replayer.Next()) Use(replayer.entry(), replayer.effects(), replayer.state());
//   if (!replayer.status().ok()) ...
#ifndef UNDERSTUDY_TOOLS_REPLAYER_H_
#define UNDERSTUDY_TOOLS_REPLAYER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "engine/effect.h"
#include "engine/state.h"
#include "tools/decoded_entry.h"
#include "tools/journal_files.h"

namespace understudy::tools {

// From where a replay begins.
struct StartAt {
  enum class Where {
    kOldest,    // from lsn 1, or else from the oldest snapshot
    kStart,     // from lsn 1
    kSnapshot,  // from the newest snapshot at or before `lsn`; from lsn 1 when there is none
  };
  Where where = Where::kOldest;
  Lsn lsn{UINT64_MAX};
};

// Not thread-safe. An entry over which the engine fails a CHECK ends the process; its lsn is printed first.
class Replayer {
 public:
  // `files` outlives the replayer, which moves its reader. FailedPrecondition, with what to do: the log does not reach
  // back to where the replay would have to begin. DataLoss: a snapshot is damaged.
  absl::Status Begin(JournalFiles* files, const StartAt& start);

  // Applies the next entry. False at the end of the journal and on trouble.
  bool Next();
  // OK at the end. DataLoss: damage in the journal, or an entry that does not follow the one before it.
  // FailedPrecondition: an entry that this version does not know.
  const absl::Status& status() const { return status_; }

  // Of the last Next that was true.
  const DecodedEntry& entry() const { return entry_; }
  const engine::Effects& effects() const { return effects_; }

  const engine::State& state() const { return state_; }
  // 0: from the first entry.
  Lsn snapshot_lsn() const { return snapshot_lsn_; }
  // Snapshots that were passed over because they are damaged.
  const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  absl::Status LoadSnapshot(const StartAt& start);
  absl::Status LoadState(const journal::Snapshot& snapshot);
  absl::Status CheckFollows() const;

  JournalFiles* files_ = nullptr;
  engine::State state_;
  engine::Effects effects_;
  DecodedEntry entry_;
  Lsn snapshot_lsn_;
  std::vector<std::string> skipped_;
  absl::Status status_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_REPLAYER_H_
