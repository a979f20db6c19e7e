// The next server (RFC 3263 4.3): where the servers of a name are several, and the one that was asked fails, the
// request goes to the next one, in a transaction of its own and otherwise unchanged. Whoever waits for the answer sees
// nothing.
//
// A failed server is put last for a while, for every request (engine/locate/avoided_targets.h).
#ifndef UNDERSTUDY_ENGINE_NEXT_TARGET_H_
#define UNDERSTUDY_ENGINE_NEXT_TARGET_H_

#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// `ended`, `status` and `response` as in OnTransactionUserFinal. True: another attempt has begun, under another
// transaction, and this end is nobody's business. False: it was no failure of its server, or no server is left.
bool TryNextTarget(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);

// The patience with one server of several is over: the next one is tried, and what this one may still say is refused.
void GiveUpEarly(Context& context, ClientTransaction& row);

// The answer to an INVITE that another server has by now: a call that it makes is ended.
void OnAbandonedFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_NEXT_TARGET_H_
