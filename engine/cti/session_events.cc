// How an event reaches clients: into the queue of each session, and over its link when it has one. What leaves is the
// queue's copy, so it never grows old: a client that was away gets it when it is back.
#include <algorithm>
#include <string>
#include <utility>

#include "engine/cti/session_steps.h"
#include "engine/cti/sessions.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;

void SendOne(Context& context, const Session& session, uint64_t number, const QueuedEvent& event) {
  SendClient send;
  send.link = session.link;
  send.session = session.id;
  send.frame = tlib::EventFrame{number, event.reference_id, event.message};
  context.effects.list.push_back(std::move(send));
}

bool IsHalfFull(const Session& session, const Configuration::Clients& limits) {
  return session.events.size() >= limits.most_events / 2 || session.queued_octets >= limits.most_octets / 2;
}

// Who does not take its events loses its session, so that nobody else pays for it.
void Enqueue(Context& context, Session& session, const SharedBytes& body, absl::optional<int64_t> reference_id) {
  const Configuration::Clients& limits = context.state.configuration.clients();
  const bool is_full =
      session.events.size() >= limits.most_events || session.queued_octets + body.size() > limits.most_octets;
  if (is_full) return EndSession(context, session.id, tlib::ErrorCode::kSlowClient);
  session.events.push_back(QueuedEvent{reference_id, body});
  session.queued_octets += body.size();
  if (!session.link.empty()) SendOne(context, session, session.last_event(), session.events.back());
  if (session.slow || !IsHalfFull(session, limits)) return;
  session.slow = true;
  ReportSession(context, session, SessionProgress::Step::kSlow, tlib::ErrorCode::kNone);
}

bool Passes(const Session& session, tlib::MessageType type) {
  return !std::binary_search(session.masked.begin(), session.masked.end(), static_cast<uint16_t>(type));
}

}  // namespace

void DropAcknowledged(Session& session, uint64_t number) {
  if (number <= session.acknowledged || number > session.last_event()) return;
  const auto end = session.events.begin() + static_cast<ptrdiff_t>(number - session.acknowledged);
  for (auto it = session.events.begin(); it != end; ++it) session.queued_octets -= it->message.size();
  session.events.erase(session.events.begin(), end);
  session.acknowledged = number;
  if (session.events.empty()) session.slow = false;
}

void SendQueued(Context& context, const Session& session) {
  uint64_t number = session.acknowledged;
  for (const QueuedEvent& event : session.events) SendOne(context, session, ++number, event);
}

SharedBytes Stamp(Context& context, tlib::Message* event) {
  ++context.state.event_sequence;
  event->Set(Attribute::kEventSequenceNumber, static_cast<int64_t>(context.state.event_sequence));
  event->Set(Attribute::kTime, context.state.wall_time.nanoseconds() / 1000);
  return tlib::EncodeMessage(*event);
}

bool SendToDn(Context& context, absl::string_view dn, const tlib::Message& event, const SharedBytes& body,
              const RequestCause& cause) {
  bool reached = false;
  for (SessionId id : context.state.sessions.ListenersOf(dn)) {
    Session& session = *context.state.sessions.Find(id);
    const bool asked = !cause.empty() && id == cause.session;
    if (!asked && !Passes(session, event.type())) continue;
    reached |= asked;
    Enqueue(context, session, body, asked ? absl::optional<int64_t>(cause.reference_id) : absl::nullopt);
  }
  return reached;
}

void SendToSession(Context& context, SessionId session, const SharedBytes& body, absl::optional<int64_t> reference_id) {
  Session* row = context.state.sessions.Find(session);
  if (row != nullptr) Enqueue(context, *row, body, reference_id);
}

void SendToMonitors(Context& context, const SharedBytes& body) {
  const absl::btree_set<SessionId> monitors = context.state.sessions.monitors();
  for (SessionId id : monitors) Enqueue(context, *context.state.sessions.Find(id), body, absl::nullopt);
}

bool IsHeard(const Context& context, absl::string_view dn) {
  const SessionTable& sessions = context.state.sessions;
  return !sessions.monitors().empty() || sessions.HasListener(dn);
}

void Reply(Context& context, const RequestCause& cause, tlib::Message event) {
  if (context.state.sessions.Find(cause.session) == nullptr) return;
  SendToSession(context, cause.session, Stamp(context, &event), cause.reference_id);
}

void Refuse(Context& context, const RequestCause& cause, const tlib::Message& request, tlib::ErrorCode code,
            absl::string_view text) {
  tlib::Message error(tlib::MessageType::kEventError);
  error.Set(Attribute::kErrorCode, static_cast<int64_t>(code)).Set(Attribute::kErrorMessage, text);
  if (request.Has(Attribute::kThisDN)) error.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
  if (request.Has(Attribute::kConnID)) error.Set(Attribute::kConnID, request.Number(Attribute::kConnID));
  Reply(context, cause, std::move(error));
}

}  // namespace understudy::engine
