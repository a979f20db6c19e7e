// Looks at what a node keeps, against what so many calls can need: what is never given up grows beyond it.
//
//   MemoryAudit memory(clients);
//   std::string wrong = memory.Look(machine, now);      // every tick, of each machine; empty: nothing
//   wrong = MemoryAudit::AtEnd(machine);                // when nobody has a call any more
//
// Of the process as a whole campaign/apart.cc has a limit. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_MEMORY_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_MEMORY_AUDIT_H_

#include <cstdint>
#include <deque>
#include <string>

#include "base/time.h"
#include "tests/sim/node/machine.h"

namespace understudy::sim {

class MemoryAudit {
 public:
  explicit MemoryAudit(uint64_t clients) : clients_(clients) {}

  std::string Look(const Machine& machine, Duration now);
  static std::string AtEnd(const Machine& machine);

 private:
  struct Sample {
    Duration at;
    uint64_t end;  // of the log of whoever served
  };
  const uint64_t clients_;
  std::deque<Sample> samples_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_MEMORY_AUDIT_H_
