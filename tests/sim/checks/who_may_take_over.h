// Whether whoever may become primary has what was released: the rule that an effect leaves only after its entry is
// committed, seen from outside.
//
//   std::string lacks = WhoLacks(reg.Possible(), {copy_on_a, copy_on_b});
//   if (!lacks.empty()) ...                        // "b, a member by epoch 3, ..., has it in memory only"
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_WHO_MAY_TAKE_OVER_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_WHO_MAY_TAKE_OVER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "replication/register.h"

namespace understudy::sim {

// What one machine has of an entry.
struct CopyOfEntry {
  absl::string_view machine;
  uint64_t store_id = 0;         // of the journal that is on its disk; 0: none is
  replication::Incarnation life;  // of the process that runs; empty: none does
  bool appended = false;         // that process has it
  bool synced = false;           // it would be there after a power loss
  bool damaged = false;          // by a fault: what the disk has is not looked at
};

// By each of the registers that there may be: a member in mode `durable`, and whoever is alone, has it on the disk; in
// mode `received` the very process that is named has it at least in memory. Who that is, or empty: nobody lacks it.
std::string WhoLacks(absl::Span<const replication::Register> possible, absl::Span<const CopyOfEntry> copies);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_WHO_MAY_TAKE_OVER_H_
