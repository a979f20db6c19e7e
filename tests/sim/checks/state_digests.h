// engine::DigestState of many states that have most rows in common: the digest of a finished transaction is kept, and
// taken again for a row that is equal to it in every field. The same value, for a fraction of what it costs.
//
//   StateDigests digests;
//   digests.Of(core.state()) == engine::DigestState(core.state())
//
// Of nodes of one pair, which finish the same transactions one after the other; of other states it is right, and slow.
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_STATE_DIGESTS_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_STATE_DIGESTS_H_

#include <array>
#include <deque>

#include "base/siphash.h"
#include "engine/state.h"
#include "engine/transaction_table.h"

namespace understudy::sim {

class StateDigests {
 public:
  Hash128 Of(const engine::State& state);

 private:
  using Lane = engine::TransactionTable::Lane;
  struct Known {
    engine::FinishedTransaction row;
    Hash128 digest;
  };

  void AddLane(Lane lane, const engine::FinishedLane& finished, Hash128* sum);

  std::array<std::deque<Known>, 2> known_;  // in the order of the lane
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_STATE_DIGESTS_H_
