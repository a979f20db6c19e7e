// Compares a replay with what the journal says of it: effects hashes, calls touched, state digests.
#ifndef UNDERSTUDY_TOOLS_REPLAY_CHECK_H_
#define UNDERSTUDY_TOOLS_REPLAY_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/container/btree_map.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "tools/journal_files.h"
#include "tools/replayer.h"

namespace understudy::tools {

class ReplayCheck {
 public:
  // Collects the state digests that batches and snapshots carry, some of them long after the entry that they are
  // about. Reads the whole journal, and moves its reader: before Replayer::Begin.
  void CollectDigests(JournalFiles* files);

  // After each Replayer::Next, with HashEffects of its effects. False at the first difference; difference() says all
  // about it.
  bool Compare(const Replayer& replayer, uint64_t hash);

  const std::string& difference() const { return difference_; }
  uint64_t hashes_compared() const { return hashes_compared_; }
  uint64_t digests_compared() const { return digests_compared_; }

 private:
  struct Mark {
    Hash128 digest;
    std::string source;  // "the batch with lsn 17", "the snapshot"
  };
  bool CompareEffects(const Replayer& replayer, uint64_t hash);
  bool CompareDigest(const Replayer& replayer);

  absl::btree_map<Lsn, Mark> marks_;
  std::string difference_;
  uint64_t hashes_compared_ = 0;
  uint64_t digests_compared_ = 0;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_REPLAY_CHECK_H_
