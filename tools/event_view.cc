#include "tools/event_view.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sip/parse.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"
#include "tools/entry_text.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;
using engine::Session;

json::string Text(absl::string_view text) {
  const std::string shown = Shown(text, {});
  return json::string(shown.data(), shown.size());
}

json::value EventValue(const SharedBytes& message, absl::optional<int64_t> reference_id) {
  json::error_code error;
  json::value value = json::parse(EventText(message, reference_id), error);
  return error ? json::value() : value;
}

std::string ToLink(engine::LinkId link) {
  return link.empty() ? "none" : absl::StrCat(link.value());
}

json::object SessionRow(const Session& session) {
  return {{"session", session.id.value()},
          {"application", Text(session.application)},
          {"address", Text(session.address)},
          {"link", Text(ToLink(session.link))},
          {"last_request", session.last_request},
          {"acknowledged", session.acknowledged},
          {"events_waiting", session.events.size()},
          {"octets_waiting", session.queued_octets},
          {"slow", session.slow}};
}

absl::string_view ErrorName(tlib::ErrorCode code) {
  return tlib::EnumName(tlib::Attribute::kErrorCode, static_cast<int64_t>(code));
}

constexpr absl::string_view kCallSteps[] = {"started", "alerting", "answered", "released", "failed"};
constexpr absl::string_view kRegistrationSteps[] = {"registered", "unregistered", "expired"};
constexpr absl::string_view kSessionSteps[] = {"opened", "resumed", "link lost", "slow", "ended"};
constexpr absl::string_view kDeviceSteps[] = {"out of service", "back in service", "resting", "rested", "overflowed"};

template <class Step, size_t n>
absl::string_view StepName(Step step, const absl::string_view (&names)[n]) {
  return static_cast<size_t>(step) < n ? names[static_cast<size_t>(step)] : "?";
}

// One shape for all, so that they make a table: which, to or of whom, and what.
struct EffectView {
  json::object operator()(const engine::SendSip& send) const {
    sip::Message message;
    sip::ParseError error;
    (void)sip::ParseMessage(send.bytes.view(), &message, &error);
    const std::string local = send.local.empty() ? "" : absl::StrCat(" from ", send.local.ToText());
    const std::string domain = send.domain.empty() ? "" : absl::StrCat(", ", send.domain.view());
    return Row("send-sip", absl::StrCat(TransportName(send.transport), " ", send.remote.ToText(), domain, local),
               Text(FirstLine(message, {})));
  }
  json::object operator()(const engine::CallProgress& progress) const {
    return Row("call-progress", absl::StrCat("call ", progress.call.value()),
               Text(absl::StrCat(StepName(progress.step, kCallSteps), ", from ", progress.from, " to ", progress.to,
                                 ", status ", progress.status)));
  }
  json::object operator()(const engine::RegistrationProgress& progress) const {
    return Row("registration-progress", progress.number,
               Text(absl::StrCat(StepName(progress.step, kRegistrationSteps), ", ", progress.contact)));
  }
  json::object operator()(const engine::SendClient& send) const {
    const std::string to = absl::StrCat("session ", send.session.value(), ", link ", send.link.value());
    const auto* event = std::get_if<tlib::EventFrame>(&send.frame);
    if (event == nullptr) {
      const uint64_t last = std::get<tlib::Attached>(send.frame).last_request;
      return Row("send-client", to, Text(absl::StrCat("attached, the last request is ", last)));
    }
    return Row("send-client", to, EventRow(event->number, event->message, event->reference_id));
  }
  json::object operator()(const engine::CloseClient& close) const {
    return Row("close-client", absl::StrCat("link ", close.link.value()),
               Text(absl::StrCat(ErrorName(close.goodbye.code), ": ", close.goodbye.text)));
  }
  json::object operator()(const engine::SessionProgress& progress) const {
    return Row("session-progress", absl::StrCat("session ", progress.session.value()),
               Text(absl::StrCat(StepName(progress.step, kSessionSteps), ", ", ErrorName(progress.code))));
  }
  json::object operator()(const engine::DeviceProgress& progress) const {
    return Row("device-progress", progress.number,
               Text(absl::StrCat(StepName(progress.step, kDeviceSteps), ", status ", progress.status)));
  }

  json::object operator()(const engine::Locate& locate) const {
    return Row("locate", absl::StrCat("name ", locate.name.value()), Text(locate.query.host));
  }

 private:
  static json::object Row(absl::string_view effect, absl::string_view to, json::value what) {
    return {{"effect", Text(effect)}, {"to", Text(to)}, {"what", std::move(what)}};
  }
};

}  // namespace

std::string EventText(const SharedBytes& message, absl::optional<int64_t> reference_id) {
  const absl::StatusOr<tlib::Message> decoded = tlib::DecodeMessage(message.view());
  if (!decoded.ok()) return absl::StrCat("{\"Error\":\"", PrintableLine(decoded.status().message()), "\"}");
  return PrintableLine(tlib::ToJson(ShownMessage(*decoded), reference_id));
}

json::object EventRow(uint64_t number, const SharedBytes& message, absl::optional<int64_t> reference_id) {
  return {{"number", number}, {"message", EventValue(message, reference_id)}};
}

json::array AllSessions(const engine::State& state) {
  json::array out;
  for (const auto& [id, session] : state.sessions.rows()) out.push_back(SessionRow(session));
  return out;
}

json::object SessionView(const Session& session) {
  json::object out = SessionRow(session);
  out["all_dns"] = session.all_dns;
  out["monitors_calls"] = session.monitors_calls;
  json::array dns;
  for (const std::string& dn : session.dns) dns.push_back(Text(dn));
  out["dns"] = std::move(dns);
  json::array masked;
  for (const uint16_t type : session.masked) {
    masked.push_back(Text(tlib::MessageTypeName(static_cast<tlib::MessageType>(type))));
  }
  out["masked"] = std::move(masked);
  json::array events;
  uint64_t number = session.acknowledged;
  for (const engine::QueuedEvent& event : session.events) {
    events.push_back(EventRow(++number, event.message, event.reference_id));
  }
  out["events"] = std::move(events);
  return out;
}

json::array EffectsView(const engine::Effects& effects) {
  json::array out;
  for (const engine::Effect& effect : effects.list) out.push_back(std::visit(EffectView(), effect));
  return out;
}

}  // namespace understudy::tools
