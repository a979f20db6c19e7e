// The CallUUID: what a call is called for good, towards clients in its events and towards phones in INVITEs.
//
// Every INVITE that we send says it (X-Understudy-CallUUID), so that who records or logs beside a phone can tell which
// call of the clients that is: re-INVITEs, too, for a leg goes from call to call in transfers and conferences. What a
// request or a response from outside says under that name is nobody's word but its own, and ends here
// (engine/carried_headers.h).
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_UUID_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_UUID_H_

#include "engine/context.h"
#include "sip/writer.h"

namespace understudy::engine {

// Gives the call its CallUUID, unless it has it.
void NameCall(Context& context, Call& call);

// Writes the CallUUID of `call` into an INVITE of ours; its first INVITE gives it one. Nothing below feature level 1.
void WriteCallUuid(Context& context, Call& call, sip::MessageWriter* writer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_UUID_H_
