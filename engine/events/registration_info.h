// The body of package reg (RFC 3680 section 5): the contacts of a DN, all of them each time, and those that have ended
// since the one before.
#ifndef UNDERSTUDY_ENGINE_EVENTS_REGISTRATION_INFO_H_
#define UNDERSTUDY_ENGINE_EVENTS_REGISTRATION_INFO_H_

#include <string>

#include "engine/events/subscription.h"
#include "engine/state.h"

namespace understudy::engine {

std::string RegistrationInfo(const State& state, const Subscription& subscription);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_REGISTRATION_INFO_H_
