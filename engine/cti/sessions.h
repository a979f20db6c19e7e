// What clients do with their sessions, and how an event reaches them. The rest of the engine knows of clients only
// this.
//
//   tlib::Message ringing(MessageType::kEventRinging); ...
//   const SharedBytes body = Stamp(context, &ringing);             // EventSequenceNumber, Time; encoded once
//   SendToDn(context, "1002", MessageType::kEventRinging, body, Cause{session, reference});
#ifndef UNDERSTUDY_ENGINE_CTI_SESSIONS_H_
#define UNDERSTUDY_ENGINE_CTI_SESSIONS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "engine/context.h"
#include "engine/cti/request_cause.h"
#include "engine/input.h"
#include "tlib/message.h"

namespace understudy::engine {

// ---- inputs (engine/apply.cc; requests are taken by cti/requests.h)
void OnClientAttached(Context& context, const ClientAttached& input);
void OnClientsAcknowledged(Context& context, const ClientsAcknowledged& input);
void OnClientLinkLost(Context& context, const ClientLinkLost& input);
// A new reign: no link is left.
void ForgetLinks(Context& context);
void OnSessionAbsenceTimer(Context& context, const Timer& timer);

// ---- events
// Numbers an event, says when it is, and encodes it.
SharedBytes Stamp(Context& context, tlib::Message* event);
// To all sessions registered for that DN whose mask lets it pass; the copy of `cause.session` carries its ReferenceID.
// False: that session was not among them.
bool SendToDn(Context& context, absl::string_view dn, const tlib::Message& event, const SharedBytes& body,
              const RequestCause& cause);
// To one session, registered or not: EventError and answers to queries.
void SendToSession(Context& context, SessionId session, const SharedBytes& body, absl::optional<int64_t> reference_id);
// To all sessions that monitor calls (RequestStartCallMonitoring).
void SendToMonitors(Context& context, const SharedBytes& body);
// Does anybody hear of that DN, or of calls? False: no event need be made.
bool IsHeard(const Context& context, absl::string_view dn);

// Stamps `event` and sends it to who asked, with the ReferenceID.
void Reply(Context& context, const RequestCause& cause, tlib::Message event);
// EventError to who asked.
void Refuse(Context& context, const RequestCause& cause, const tlib::Message& request, tlib::ErrorCode code,
            absl::string_view text);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SESSIONS_H_
