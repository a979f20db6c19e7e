// A session's life: attached, taken over, absent, ended.
#include "engine/cti/sessions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/session_steps.h"

namespace understudy::engine {
namespace {

void TakeLink(Context& context, Session& session, const ClientAttached& input, SessionProgress::Step step) {
  context.state.timers.Cancel(&session.absence);
  context.state.sessions.SetLink(session, input.link);
  session.address = input.address;
  ReportSession(context, session, step, tlib::ErrorCode::kNone);
  SendClient send;
  send.link = session.link;
  send.session = session.id;
  send.frame = tlib::Attached{session.id.value(), session.token, session.last_request};
  context.effects.list.push_back(std::move(send));
}

void OpenSession(Context& context, const ClientAttached& input) {
  SessionTable& sessions = context.state.sessions;
  const size_t most = context.state.configuration.clients().most_sessions;
  if (sessions.size() >= most) {
    return CloseLink(context, input.link, tlib::ErrorCode::kTooManySessions,
                     absl::StrCat("there are ", sessions.size(), " sessions; client-most-sessions is ", most));
  }
  Session& session = sessions.Add();
  session.token = NextMac(context);
  session.application = input.application;
  TakeLink(context, session, input, SessionProgress::Step::kOpened);
}

// Why that session cannot go on over this link; empty: it can.
std::string ObjectionToResume(const Session* session, const ClientAttached& input) {
  if (session == nullptr || session->token != input.attach.token || session->application != input.application) {
    return "no such session: it has ended, or its token or application is another one";
  }
  const uint64_t seen = input.attach.seen_event;
  if (seen > session->last_event()) {
    return absl::StrCat("event ", seen, " has never been; the last one is ", session->last_event());
  }
  if (seen < session->acknowledged) {
    return absl::StrCat("the events after ", seen, " are gone: those up to ", session->acknowledged,
                        " were acknowledged");
  }
  return {};
}

}  // namespace

void OnClientAttached(Context& context, const ClientAttached& input) {
  SessionTable& sessions = context.state.sessions;
  if (input.link.empty()) return;
  if (Session* present = sessions.FindByLink(input.link)) {
    CloseLink(context, input.link, tlib::ErrorCode::kProtocolError, "this link has a session already");
    return LoseLink(context, *present);
  }
  if (input.attach.session == 0) return OpenSession(context, input);
  Session* session = sessions.Find(SessionId(input.attach.session));
  std::string objection = ObjectionToResume(session, input);
  if (!objection.empty()) {
    return CloseLink(context, input.link, tlib::ErrorCode::kUnknownSession, std::move(objection));
  }
  CloseLink(context, session->link, tlib::ErrorCode::kSessionTaken, "the session goes on over another link");
  DropAcknowledged(*session, input.attach.seen_event);
  TakeLink(context, *session, input, SessionProgress::Step::kResumed);
  SendQueued(context, *session);
}

void OnClientsAcknowledged(Context& context, const ClientsAcknowledged& input) {
  for (const ClientsAcknowledged::Row& row : input.rows) {
    Session* session = context.state.sessions.FindByLink(row.link);
    if (session != nullptr) DropAcknowledged(*session, row.number);
  }
}

void OnClientLinkLost(Context& context, const ClientLinkLost& input) {
  Session* session = context.state.sessions.FindByLink(input.link);
  if (session == nullptr) return;
  if (input.ended) return EndSession(context, session->id, tlib::ErrorCode::kNone);
  LoseLink(context, *session);
}

void ForgetLinks(Context& context) {
  for (const auto& [id, row] : context.state.sessions.rows()) {
    if (!row.link.empty()) LoseLink(context, *context.state.sessions.Find(id));
  }
}

void OnSessionAbsenceTimer(Context& context, const Timer& timer) {
  Session* session = context.state.sessions.Find(SessionId(timer.row));
  US_CHECK(session != nullptr);
  session->absence = TimerHandle();
  EndSession(context, session->id, tlib::ErrorCode::kTimeout);
}

void CloseLink(Context& context, LinkId link, tlib::ErrorCode code, std::string text) {
  if (link.empty()) return;
  CloseClient close;
  close.link = link;
  close.goodbye = tlib::Goodbye{code, std::move(text)};
  context.effects.list.push_back(std::move(close));
}

void LoseLink(Context& context, Session& session) {
  context.state.sessions.SetLink(session, LinkId());
  session.absence = StartTimer(context, context.state.configuration.clients().session_timeout,
                               TimerKind::kSessionAbsence, session.id.value());
  ReportSession(context, session, SessionProgress::Step::kLinkLost, tlib::ErrorCode::kNone);
}

void EndSession(Context& context, SessionId id, tlib::ErrorCode code) {
  Session* session = context.state.sessions.Find(id);
  US_CHECK(session != nullptr);
  if (code == tlib::ErrorCode::kSlowClient) {
    CloseLink(context, session->link, code,
              absl::StrCat(session->events.size(), " events of ", session->queued_octets,
                           " octets wait to be acknowledged: no more are kept"));
  }
  ReportSession(context, *session, SessionProgress::Step::kEnded, code);
  context.state.timers.Cancel(&session->absence);
  context.state.sessions.Remove(id);
}

void ReportSession(Context& context, const Session& session, SessionProgress::Step step, tlib::ErrorCode code) {
  SessionProgress progress;
  progress.session = session.id;
  progress.step = step;
  progress.application = session.application;
  progress.address = session.address;
  progress.code = code;
  context.effects.list.push_back(std::move(progress));
}

}  // namespace understudy::engine
