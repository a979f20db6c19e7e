#include "tools/calls/call_events.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/effect.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"
#include "tools/entry_text.h"
#include "tools/event_view.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

using tlib::Attribute;

std::string ToSession(const CallEvent& event) {
  return absl::StrCat("session ", event.session,
                      event.application.empty() ? "" : absl::StrCat(" (", PrintableLine(event.application), ")"));
}

// nullopt: no event.
absl::optional<CallEvent> EventOf(const engine::State& state, const engine::Effect& effect) {
  const auto* send = std::get_if<engine::SendClient>(&effect);
  const auto* frame = send == nullptr ? nullptr : std::get_if<tlib::EventFrame>(&send->frame);
  if (frame == nullptr) return absl::nullopt;
  const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(frame->message.view());
  if (!message.ok()) return absl::nullopt;
  const engine::Session* session = state.sessions.Find(send->session);
  return CallEvent{send->session.value(), session == nullptr ? "" : session->application, *frame,
                   ShownMessage(*message)};
}

}  // namespace

std::string CallEventText(const CallEvent& event) {
  return absl::StrCat(ToSession(event), " event ", event.frame.number, ": ",
                      EventText(event.frame.message, event.frame.reference_id));
}

std::string CallEventNote(const CallEvent& event) {
  const std::string dn = PrintableLine(event.message.Text(Attribute::kThisDN));
  return absl::StrCat(tlib::MessageTypeName(event.message.type()), dn.empty() ? "" : " ", dn, " to ", ToSession(event));
}

boost::json::array CallEventsJson(const std::vector<CallEvent>& events) {
  boost::json::array out;
  for (const CallEvent& event : events) {
    boost::json::object row{{"session", event.session}, {"application", PrintableLine(event.application)}};
    for (auto& [name, value] : EventRow(event.frame.number, event.frame.message, event.frame.reference_id)) {
      row[name] = value;
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<CallEvent> CallEvents::Take(const Replayer& replayer) {
  const engine::Call* call = replayer.state().calls.Find(call_);
  if (call != nullptr && call->facts.conn_id != 0) conn_ids_.insert(call->facts.conn_id);
  const bool is_alone = replayer.entry().record.calls.size() == 1;
  std::vector<CallEvent> events;
  for (const engine::Effect& effect : replayer.effects().list) {
    absl::optional<CallEvent> event = EventOf(replayer.state(), effect);
    if (!event) continue;
    const auto conn_id = static_cast<uint64_t>(event->message.Number(Attribute::kConnID));
    if (is_alone || conn_id == 0 || conn_ids_.contains(conn_id)) events.push_back(*std::move(event));
  }
  return events;
}

absl::StatusOr<LsnSpan> SpanOf(JournalFiles* files, const absl::btree_set<uint64_t>& calls) {
  LsnSpan span;
  for (uint64_t call : calls) {
    const absl::StatusOr<std::vector<Lsn>> lsns = files->reader->FindCall(call);
    if (!lsns.ok()) return lsns.status();
    if (lsns->empty()) continue;
    span.first = span.first.empty() ? lsns->front() : std::min(span.first, lsns->front());
    span.last = std::max(span.last, lsns->back());
  }
  return span;
}

absl::Status CollectCallEvents(JournalFiles* files, const absl::btree_set<uint64_t>& calls, EventsByLsn* events) {
  const absl::StatusOr<LsnSpan> span = SpanOf(files, calls);
  if (!span.ok() || span->last.empty()) return span.status();
  Replayer replayer;
  if (absl::Status s = replayer.Begin(files, {StartAt::Where::kSnapshot, span->first.Previous()}); !s.ok()) return s;
  absl::btree_map<uint64_t, CallEvents> of_calls;
  while (replayer.state().lsn < span->last && replayer.Next()) {
    for (uint64_t call : replayer.entry().record.calls) {
      if (!calls.contains(call)) continue;
      std::vector<CallEvent> made = of_calls.try_emplace(call, engine::CallId(call)).first->second.Take(replayer);
      std::vector<CallEvent>& all = (*events)[replayer.entry().record.lsn];
      for (CallEvent& event : made) {
        const auto is_it = [&](const CallEvent& other) {
          return other.frame == event.frame && other.session == event.session;
        };
        if (std::none_of(all.begin(), all.end(), is_it)) all.push_back(std::move(event));
      }
    }
  }
  return replayer.status();
}

}  // namespace understudy::tools
