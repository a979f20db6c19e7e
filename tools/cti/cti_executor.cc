#include "tools/cti/cti_executor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/time.h"
#include "client/requests.h"
#include "tlib/attribute.h"
#include "tlib/message_json.h"
#include "tlib/message_type.h"
#include "tools/cti/message_text.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

namespace {

// What may be asked without a registration.
bool NeedsRegistration(const Message& request) {
  if (request.Text(Attribute::kThisDN).empty()) return false;
  switch (request.type()) {
    case MessageType::kRequestRegisterAddress:
    case MessageType::kRequestUnregisterAddress:
    case MessageType::kRequestQueryAddress:
    case MessageType::kRequestDistributeUserEvent:
      return false;
    default:
      return true;
  }
}

int CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kTlibMisuse;
    case absl::StatusCode::kUnavailable:
      return kTlibNoServer;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return kTlibTimedOut;
    default:
      return kTlibRefused;
  }
}

}  // namespace

int Complain(const ToolIo& io, const absl::Status& status) {
  io.out.flush();
  io.err << "tlib: " << status.message() << "\n" << std::flush;
  return CodeOf(status);
}

CtiExecutor::CtiExecutor(CtiConnection* connection, const ToolIo& io, bool json, bool shows_events)
    : connection_(connection), io_(io), json_(json), shows_events_(shows_events) {
  connection_->on_event([this](const client::Event& event) { Hear(event); });
}

void CtiExecutor::Hear(const client::Event& event) {
  if (event.message.Has(Attribute::kConnID)) conn_ids_.insert(ConnIDText(event.message.Number(Attribute::kConnID)));
  const bool is_internal = is_silent_ && event.request != 0;
  if (!shows_events_ || is_internal) return;
  before_line();
  PrintEvent(event);
  after_line();
}

void CtiExecutor::PrintEvent(const client::Event& event) {
  if (json_) {
    io_.out << tlib::ToJson(event.message, event.reference_id) << "\n" << std::flush;
    return;
  }
  if (event.is_error() && event.request != 0) {
    io_.err << RefusalText(event.message) << std::flush;
    return;
  }
  if (event.local) return PrintNotice(event);
  io_.out << MessageLine(event.message) << std::flush;
}

void CtiExecutor::PrintNotice(const client::Event& notice) {
  std::string text = NoticeText(notice.message, notice.server);
  std::string& last = last_notices_[notice.server];
  if (text == last) return;
  const WallTime now = WallTime::FromNanoseconds(absl::GetCurrentTimeNanos());
  io_.err << TimeOfDay(now) << "  " << text << "\n" << std::flush;
  last = std::move(text);
}

int CtiExecutor::PrintOutcome(const client::Event& outcome) {
  if (!shows_events_) {
    if (json_ || outcome.is_error()) {
      PrintEvent(outcome);
    } else {
      io_.out << MessageBlock(outcome.message, outcome.reference_id) << std::flush;
    }
  }
  return outcome.is_error() ? kTlibRefused : kTlibDone;
}

absl::StatusOr<client::Event> CtiExecutor::AskSilently(const Message& request) {
  is_silent_ = true;
  absl::StatusOr<client::Event> outcome = connection_->Ask(request);
  is_silent_ = false;
  return outcome;
}

int CtiExecutor::Ask(const Message& request) {
  const absl::StatusOr<client::Event> outcome = connection_->Ask(request);
  return outcome.ok() ? PrintOutcome(*outcome) : Complain(io_, outcome.status());
}

int CtiExecutor::Execute(const CtiCommand& command, absl::Span<const std::string> operands,
                         const CommandOptions& options) {
  absl::StatusOr<Message> request = MakeRequest(command, operands);
  if (!request.ok()) return Complain(io_, request.status());
  if (!request->Has(Attribute::kReferenceID)) request->Set(Attribute::kReferenceID, options.reference_id);
  if (options.as_is || !NeedsRegistration(*request)) return Ask(*request);
  const absl::StatusOr<client::Event> registered =
      AskSilently(client::RegisterAddress(request->Text(Attribute::kThisDN)));
  if (!registered.ok()) return Complain(io_, registered.status());
  if (registered->is_error()) {
    PrintEvent(*registered);
    return kTlibRefused;
  }
  const absl::Status chosen = ChooseFor(command, options, registered->message, &*request);
  return chosen.ok() ? Ask(*request) : Complain(io_, chosen);
}

absl::Status CtiExecutor::ChooseFor(const CtiCommand& command, const CommandOptions& options, const Message& registered,
                                    Message* request) {
  if (command.call == WantedCall::kNone) return absl::OkStatus();
  const bool wants_two = command.call == WantedCall::kTwo;
  absl::StatusOr<ChosenCalls> chosen = ChosenCalls{options.call.value_or(0), options.held};
  if (!options.call.has_value() || (wants_two && !options.held.has_value())) {
    chosen = ChooseCalls(CallsOf(registered.List(Attribute::kCalls)), command.call, request->Text(Attribute::kThisDN));
  }
  if (!chosen.ok()) return chosen.status();
  request->Set(Attribute::kConnID, options.call.value_or(chosen->call));
  if (wants_two) request->Set(Attribute::kHeldConnID, options.held.value_or(chosen->held.value_or(0)));
  return absl::OkStatus();
}

int CtiExecutor::Register(absl::Span<const std::string> dns, const CommandOptions& options) {
  int code = kTlibDone;
  for (const std::string& dn : dns) {
    const int one = Ask(client::RegisterAddress(dn).Set(Attribute::kReferenceID, options.reference_id));
    if (one > kTlibRefused) return one;
    code = std::max(code, one);
  }
  return code;
}

int CtiExecutor::QueryServers(const CommandOptions& options) {
  absl::StatusOr<std::vector<client::Event>> outcomes = connection_->AskServers();
  if (!outcomes.ok()) return Complain(io_, outcomes.status());
  int code = kTlibDone;
  for (client::Event& outcome : *outcomes) {
    outcome.reference_id = options.reference_id;
    code = std::max(code, PrintOutcome(outcome));
  }
  return code;
}

int CtiExecutor::StartMonitoring() {
  return Ask(client::StartCallMonitoring());
}

}  // namespace understudy::tools
