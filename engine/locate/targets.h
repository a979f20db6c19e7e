// The servers of an answer, in the order in which they are to be tried: NAPTR by order and preference, SRV by priority
// and then by chance as weights want it, addresses as they came (RFC 3263 section 4, RFC 2782, RFC 3403).
//
//   std::vector<Target> targets = TargetsOf(query, answer, [&] { return NextMac(context); });
//
// Functions without state.
#ifndef UNDERSTUDY_ENGINE_LOCATE_TARGETS_H_
#define UNDERSTUDY_ENGINE_LOCATE_TARGETS_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/transport.h"
#include "engine/locate/answer.h"
#include "engine/locate/query.h"
#include "engine/locate/target.h"

namespace understudy::engine {

// `has`: whether we speak that transport; what others are said to speak is passed over before the order is looked at
// (RFC 3263 4.1). `draw`: evenly distributed over 64 bits, another one each time. Asked only where weights leave a
// choice. Each target comes once. Empty: the answer has none.
std::vector<Target> TargetsOf(const LocateQuery& query, const LocateAnswer& answer,
                              absl::FunctionRef<bool(Transport)> has, absl::FunctionRef<uint64_t()> draw);

// RFC 2782: those of the lowest priority first; among equals, each next one is drawn by its weight.
std::vector<SrvRecord> OrderByWeight(std::vector<SrvRecord> records, absl::FunctionRef<uint64_t()> draw);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_TARGETS_H_
