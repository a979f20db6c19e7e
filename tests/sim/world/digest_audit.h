// Whether the nodes of a simulated pair have the same state where they stand at the same lsn: the check digests-equal.
//
//   DigestAudit audit(&machines, violated);
//   audit.OnStateSent(machine);                // it is sent to the other node, as it is at this moment
//   audit.Look(machine);                       // at the end of each of its turns
//   audit.AtEnd();
//
// A backup's digest is compared with the primary's at the same lsn, also when they are there at different times; where
// they stand at one lsn together, now and then, the states themselves are; and a state that was taken with the one that
// was sent. `violated` is told of each thing that must not be. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_DIGEST_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_DIGEST_AUDIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/ids.h"
#include "base/siphash.h"
#include "tests/sim/fault.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class DigestAudit {
 public:
  using Violated = std::function<void(Check, std::string)>;

  // `machines` outlive it.
  DigestAudit(const Machines* machines, Violated violated) : machines_(machines), violated_(std::move(violated)) {}

  void OnStateSent(size_t machine) { Sample(*(*machines_)[machine]); }
  void Look(size_t machine);
  // Both run, and stand at one lsn.
  bool AreTogether() const;
  // Of a pair that both are of.
  void AtEnd();

 private:
  struct Known {
    Hash128 chain;
    Hash128 digest;
  };

  static bool IsSettled(const daemon::Core* core);
  void LookForFilling(const Machine& machine);
  void Sample(const Machine& machine);
  void CompareWithSample(const Machine& machine);
  void CompareStates();

  const Machines* const machines_;
  const Violated violated_;
  std::map<Lsn, Known> samples_;
  std::array<Lsn, kNodes> looked_;  // at whose state
  std::array<uint64_t, kNodes> stores_{};
  Lsn sampled_;
  Lsn states_compared_;  // at that lsn
  uint64_t compared_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_DIGEST_AUDIT_H_
