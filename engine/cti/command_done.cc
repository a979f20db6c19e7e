// What becomes of the commands that requests have given to legs.
#include "engine/cti/call_notices.h"

namespace understudy::engine {

void CommandDone(Context&, Leg&, LegCommand, int) {}

}  // namespace understudy::engine
