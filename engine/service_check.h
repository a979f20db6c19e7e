// Whether devices are there (active out-of-service detection): a DN with oos-check is sent an OPTIONS every so many
// seconds.
//
//   any answer but 408 and 503         it is in service
//   408, 503, or a transport that fails   it is out of service, at once
//   no answer                          it is when oos-force seconds are over, or, with 0, the transaction's 32 s
//
// A DN with several contacts is sent one to each of them, and is out of service when none of them has answered.
//
// What is out of service gets no calls. It goes on being asked, and is back with its next answer. Its clients hear of
// both (engine/cti/dn_service.h). Where a call finds it silent, it is asked at once.
//
// A Trunk or softswitch with recovery-timeout gets no calls for so long after it was silent or has said 503, or for as
// long as its Retry-After says; that is no service state, and no client hears of it.
//
// The first OPTIONS of a device is due at a place in its interval that a hash of its number says, so that many are not
// asked at once. Timers and transactions are rows, so a new primary goes on where the last one was.
#ifndef UNDERSTUDY_ENGINE_SERVICE_CHECK_H_
#define UNDERSTUDY_ENGINE_SERVICE_CHECK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// Begins, changes or ends the checks of DNs whose configuration has changed.
void FollowConfiguration(Context& context, const std::vector<std::string>& numbers);

// Before a change of the configuration: those of its DNs that are out of service or at rest, and are somewhere else
// from then on.
std::vector<std::string> FailedAndMoved(const State& state, const ConfigurationChange& change);
// After it, and FollowConfiguration: what was found at their old places says nothing of them. They are asked at once.
void BeginAnew(Context& context, const std::vector<std::string>& moved);

// The INVITE of `leg` has failed, as OnTransactionUserFinal says.
void NoteFailure(Context& context, const Leg& leg, const ClientTransaction& ended, int status,
                 const SipReceived* response);

// A DN that was out of service has registered: it is asked at once, at what is its contact now.
void NoteRegistered(Context& context, absl::string_view number);

void OnServiceCheckFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);
void OnServiceCheckTimer(Context& context, const Timer& timer);
void OnServiceForceTimer(Context& context, const Timer& timer);
void OnRestTimer(Context& context, const Timer& timer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SERVICE_CHECK_H_
