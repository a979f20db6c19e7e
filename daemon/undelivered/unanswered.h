// Whether nothing has come back yet for a request of ours: state Calling or Trying (RFC 3261 17.1).
#ifndef UNDERSTUDY_DAEMON_UNDELIVERED_UNANSWERED_H_
#define UNDERSTUDY_DAEMON_UNDELIVERED_UNANSWERED_H_

#include "engine/state.h"

namespace understudy::daemon {

bool IsUnanswered(const engine::ClientTransaction& row);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_UNDELIVERED_UNANSWERED_H_
