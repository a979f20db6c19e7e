// What the files about sessions do for each other.
#ifndef UNDERSTUDY_ENGINE_CTI_SESSION_STEPS_H_
#define UNDERSTUDY_ENGINE_CTI_SESSION_STEPS_H_

#include <cstdint>
#include <string>

#include "engine/context.h"
#include "engine/cti/session.h"

namespace understudy::engine {

// ---- sessions.cc
// Goodbye over that link. No effect without one.
void CloseLink(Context& context, LinkId link, tlib::ErrorCode code, std::string text);
// The session waits for another link, and not forever.
void LoseLink(Context& context, Session& session);
// The row is gone when it returns. A client that was too slow hears why over its link; any other has gone.
void EndSession(Context& context, SessionId id, tlib::ErrorCode code);
void ReportSession(Context& context, const Session& session, SessionProgress::Step step, tlib::ErrorCode code);

// ---- session_events.cc
// The client has all events up to `number`. No effect when that is none of those that wait.
void DropAcknowledged(Session& session, uint64_t number);
// Everything that waits, over the session's link: the same numbers, the same bytes.
void SendQueued(Context& context, const Session& session);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SESSION_STEPS_H_
