// At the end of an entry: the legs of calls whose parties have come, gone or changed places do the same.
#ifndef UNDERSTUDY_ENGINE_CTI_SETTLE_CALLS_H_
#define UNDERSTUDY_ENGINE_CTI_SETTLE_CALLS_H_

#include "engine/context.h"

namespace understudy::engine {

// Those in Context::unsettled (call_changes.h puts them there).
void SettleCalls(Context& context);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SETTLE_CALLS_H_
