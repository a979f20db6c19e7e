// Wrong rules, one at a time, that the model tests plant in a node and must find (docs/replication.md, "What the tests
// find"). Those inside Pair are made by changing its private state between steps: Pair itself knows nothing of them.
//
//   PairMistakes mistakes(Mistake::kShrink);
//   mistakes.Before(input, &pair);
//   Output out = pair.Step(now, input);
//   mistakes.After(&pair);
//   release up to mistakes.Limit(pair)
//
// For tests only. Not thread-safe.
#ifndef UNDERSTUDY_REPLICATION_PAIR_MISTAKES_TESTING_H_
#define UNDERSTUDY_REPLICATION_PAIR_MISTAKES_TESTING_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "replication/pair.h"
#include "replication/register.h"

namespace understudy::replication {

enum class Mistake : uint8_t {
  kNone = 0,
  kAck,          // acknowledge before append
  kRelease,      // release before the ack
  kPromise,      // no promise: follow and acknowledge while asking for the next epoch
  kForget,       // the promise is lost by a restart
  kShrink,       // Shrink without a sync of the own log
  kPending,      // while the answer is unknown, release by the old rule
  kGate,         // Grow is under way and effects do not wait for the peer
  kStart,        // a restart keeps its incarnation
  kUnknown,      // no answer is taken for a failure
  kCut,          // cut by length
  kResume,       // a restarted primary goes on in its old epoch
  kAnyone,       // the witness does not look at the set
  kAckAnybody,   // acknowledgements of a node outside the set count
  kVersion,      // the witness does not compare the version of a late copy
  kAckOnly,      // durable: release on the ack alone
  kAcquireSync,  // the promise without the log before it
  kWindow,       // Grow when the peer is within a window of the gate
  kSession,      // the gate outlives the session it was opened for
  kReadBack,     // a register that has not changed is taken for a failure
  kRefuse,       // a refusal lets the promise be withdrawn
  kStoreId,      // a lost disk gets its old store id again
  kGrowAck,      // while Grow is on its way anybody's acknowledgements count
  kStuck,        // a former promise is never withdrawn
  kCutByEpoch,   // cut at the next epoch's first entry, if the log has one
  kHears,        // who hears its peer takes itself for heard
};
inline constexpr int kMistakes = 26;
absl::string_view MistakeName(Mistake mistake);

class PairMistakes {
 public:
  explicit PairMistakes(Mistake mistake) : mistake_(mistake) {}

  void Before(const Input& input, Pair* pair);
  void After(Pair* pair);
  Lsn Limit(const Pair& pair) const;

  // kResume: `pair`, just made, is what its former life was.
  static void Resume(const Register& present, Pair* pair);

 private:
  void TakeForFailure(Pair* pair) const;

  Mistake mistake_;
  absl::optional<Lsn> gate_;
};

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_PAIR_MISTAKES_TESTING_H_
