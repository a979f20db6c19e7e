// Whether the nodes of a simulated pair have the same state where they stand at the same lsn: the check digests-equal.
//
//   DigestAudit audit(&machines, violated);
//   audit.Look(machine);                       // at the end of each of its turns
//   audit.AtEnd();
//
// `violated` is told of each thing that must not be. One thread.
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

  void Look(size_t machine);
  void AtEnd();

 private:
  struct Sample {
    Hash128 chain;
    Hash128 digest;
  };

  void Compare(const Machine& machine, bool record);

  const Machines* const machines_;
  const Violated violated_;
  std::map<Lsn, Sample> samples_;
  std::array<Lsn, kNodes> looked_;  // at whose digest
  Lsn sampled_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_DIGEST_AUDIT_H_
