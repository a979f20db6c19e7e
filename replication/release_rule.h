// Up to where a primary may release: the one table of the pair (docs/replication.md, "Release"), as a pure function.
#ifndef UNDERSTUDY_REPLICATION_RELEASE_RULE_H_
#define UNDERSTUDY_REPLICATION_RELEASE_RULE_H_

#include <cstdint>

#include "base/ids.h"
#include "replication/register.h"

namespace understudy::replication {

// What the primary is waiting for: who is in the set, and which change of it is on its way.
enum class Standing : uint8_t {
  kNotServing = 0,  // no primary, or superseded
  kUnsure = 1,      // a primary that does not know whether another serves by now
  kTwo = 2,         // the set is of two
  kAlone = 3,       // the set is this node, and the gate is closed
  kGated = 4,       // the set is this node, and effects wait for the peer: Grow is next
  kChanging = 5,    // Shrink or Grow is on its way: either register may be the present one
  kHandingOver = 6,
  kUnguarded = 7,   // Shrink is on its way to a witness that does not answer, and the operator's word is to go on
};
inline constexpr int kStandings = 8;

struct ReleaseView {
  Standing standing = Standing::kNotServing;
  CommitMode mode = CommitMode::kDurable;
  bool warm = false;  // warm standby: nothing is replicated
  Lsn own;            // synced here
  Lsn ack;            // by the session's peer, as the mode counts; 0: no session, or its acknowledgements do not count
};

// Effects of entries up to there may leave. 0: nothing more may.
Lsn ReleaseLimit(const ReleaseView& view);

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_RELEASE_RULE_H_
