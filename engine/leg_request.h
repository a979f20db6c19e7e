// A request of ours inside a leg's dialog.
#ifndef UNDERSTUDY_ENGINE_LEG_REQUEST_H_
#define UNDERSTUDY_ENGINE_LEG_REQUEST_H_

#include "engine/context.h"

namespace understudy::engine {

// Begins the next one (RFC 3261 12.2.1.1): a row of the leg with the dialog's next CSeq, and in `context.text` the
// head of the request. The caller writes what follows and calls SendRequest.
ClientTransaction& BeginNextRequest(Context& context, Leg& leg, sip::Method method, Purpose purpose);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_REQUEST_H_
