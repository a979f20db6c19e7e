#include "tests/sim/checks/state_digests.h"

#include <cstddef>
#include <utility>

#include "engine/snapshot.h"

namespace understudy::sim {

Hash128 StateDigests::Of(const engine::State& state) {
  Hash128 sum = engine::DigestUnfinished(state);
  for (const Lane lane : {Lane::kShort, Lane::kLong}) AddLane(lane, state.transactions.lane(lane), &sum);
  return sum;
}

// Rows end in order: those that are gone are before the first one that is there. From where the two differ nothing is
// known.
void StateDigests::AddLane(Lane lane, const engine::FinishedLane& finished, Hash128* sum) {
  std::deque<Known>& known = known_[static_cast<size_t>(lane)];
  if (!finished.empty()) {
    while (!known.empty() && !(known.front().row == finished.front())) known.pop_front();
  }
  size_t i = 0;
  for (const engine::FinishedTransaction& row : finished.rows()) {
    if (i < known.size() && !(known[i].row == row)) known.resize(i);
    if (i == known.size()) known.push_back({row, engine::DigestFinished(lane, row)});
    engine::AddDigest(known[i].digest, sum);
    ++i;
  }
}

}  // namespace understudy::sim
