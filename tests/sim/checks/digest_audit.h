// Whether the nodes of a simulated pair have the same state where they stand at the same lsn: the check digests-equal.
//
//   DigestAudit audit(violated);
//   audit.OnStateSent(here);                   // it is sent to the other node, as it is at this moment
//   audit.Look(0, {a, b});                     // at the end of each turn of machine 0
//   audit.AtEnd({a, b});                       // of a pair that both are of
//
// A backup's digest is compared with the primary's at the same lsn, also when they are there at different times; where
// they stand at one lsn together, now and then, the states themselves are; and a state that was taken with the one that
// was sent. `violated` is told of each thing that must not be. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_DIGEST_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_DIGEST_AUDIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/ids.h"
#include "base/siphash.h"
#include "engine/state.h"
#include "tests/sim/checks/state_digests.h"
#include "tests/sim/fault.h"

namespace understudy::sim {

// A node at a moment.
struct NodeState {
  const engine::State* state = nullptr;  // null: it does not run
  uint64_t store_id = 0;                 // of its journal
  Lsn end;                               // of its log
  Hash128 chain;                         // there
  bool in_batch = false;                 // something was applied that is not in the log yet
  bool serving = false;

  // The state is that of the end of the log.
  bool IsSettled() const { return state != nullptr && !in_batch && state->lsn == end; }
};

class DigestAudit {
 public:
  static constexpr size_t kMachines = 2;
  // The digest of a state is as dear as a hundred entries: a primary's is taken so often, a backup's whenever there is
  // one to compare it with. Two states are compared as rarely.
  static constexpr uint64_t kEntriesASample = 60;
  static constexpr uint64_t kEntriesAComparison = 120;
  // Where there is a pair most of the time one comparison in so many entries is the least, and one at the end.
  static constexpr uint64_t kEntriesAComparisonAtLeast = 400;

  using Nodes = std::array<NodeState, kMachines>;
  using Violated = std::function<void(Check, std::string)>;

  explicit DigestAudit(Violated violated) : violated_(std::move(violated)) {}

  void OnStateSent(const NodeState& node) { Sample(node); }
  void Look(size_t machine, const Nodes& nodes);
  // Whether Look has anything to look at: most turns add nothing.
  bool IsNews(size_t machine, uint64_t store_id, Lsn end) const {
    return looked_[machine] != end || stores_[machine] != store_id;
  }
  // Both run, and stand at one lsn.
  static bool AreTogether(const Nodes& nodes);
  void AtEnd(const Nodes& nodes);

 private:
  static constexpr size_t kMostSamples = 64;

  struct Known {
    Hash128 chain;
    Hash128 digest;
  };

  void LookForFilling(size_t machine, const NodeState& node);
  void Sample(const NodeState& node);
  void CompareWithSample(size_t machine, const NodeState& node);
  void CompareStates(const Nodes& nodes);

  const Violated violated_;
  StateDigests digests_;
  std::map<Lsn, Known> samples_;
  std::array<Lsn, kMachines> looked_;  // at whose state
  std::array<uint64_t, kMachines> stores_{};
  Lsn sampled_;
  Lsn states_compared_;  // at that lsn
  uint64_t compared_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_DIGEST_AUDIT_H_
