// What becomes of a client's request for which a REFER was sent (engine/refer_call.h).
#ifndef UNDERSTUDY_ENGINE_CTI_REFER_NOTICES_H_
#define UNDERSTUDY_ENGINE_CTI_REFER_NOTICES_H_

#include <cstdint>
#include <string>

#include "engine/context.h"
#include "engine/cti/party.h"

namespace understudy::engine {

enum class ReferFailure : uint8_t {
  kRefused,   // the REFER was answered so, or by nobody (408)
  kNotified,  // the phone has said what came of it, and it was no call of ours
  kSilence,   // the phone has taken the REFER, and no INVITE came
};

// The INVITE that answers `pending` has come: the facts of its call begin, with the party of the phone, which waits for
// its Dialing.
void BeginReferredCall(Context& context, Call& call, const Leg& leg, PendingRequest pending);

// EventError to who asked.
void ReferFailed(Context& context, const PendingRequest& pending, ReferFailure failure, int status);

// The number that the phone was told to call.
std::string DialledBy(const PendingRequest& pending);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_REFER_NOTICES_H_
