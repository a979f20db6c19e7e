// What the engine reads of a DN's options about the way to it and whether it is there: Trunks, softswitches, and
// whatever is checked by OPTIONS.
#ifndef UNDERSTUDY_ENGINE_TRUNKS_TRUNK_PROFILE_H_
#define UNDERSTUDY_ENGINE_TRUNKS_TRUNK_PROFILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "engine/trunks/status_patterns.h"

namespace understudy::engine {

struct TrunkProfile {
  uint32_t priority = 0;                    // the lowest is tried first
  uint32_t capacity = 0;                    // calls at a time; 0: no limit
  std::string capacity_group;               // Trunks of one name share their places; "": none
  Duration recovery_timeout;                // no calls for so long after a failure; 0: there is no such time
  std::string request_uri;                  // in place of the number at the contact; "": not
  std::string cpn;                          // the number that calls; "": the caller's own
  absl::optional<StatusPatterns> overflow;  // its own sip-error-codes-overflow
  std::vector<std::string> softswitches;    // of an Extension that is reached through one, by their order
  Duration check;                           // between two OPTIONS; 0: it is not checked
  Duration force;                           // silence after which it is out of service; 0: the transaction's end

  friend bool operator==(const TrunkProfile&, const TrunkProfile&) = default;
};

// `options`: those of the DN's section TServer.
TrunkProfile ReadTrunkProfile(const absl::btree_map<std::string, std::string>& options);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_TRUNK_PROFILE_H_
