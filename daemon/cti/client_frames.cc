// What the edge does with a client's frames.
#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/cti/client_edge.h"
#include "daemon/cti/client_events.h"
#include "tlib/message.h"
#include "tlib/message_codec.h"

namespace understudy::daemon {
namespace {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

// Entries of clients came with this level.
constexpr uint32_t kClientLevel = 1;
constexpr size_t kMostName = 255;

absl::optional<int64_t> ReferenceOf(const Message& request) {
  if (!request.Has(Attribute::kReferenceID)) return absl::nullopt;
  return request.Number(Attribute::kReferenceID);
}

// In the place of a request that must not be done: what the engine refuses for that reason, under the same number. It
// has brought a server down (kInternal), or begins a call while too much is to be done (kServiceUnavailable).
Message Withheld(const Message& request, tlib::ErrorCode why) {
  Message refused(MessageType::kEventError);
  refused.Set(Attribute::kErrorCode, static_cast<int64_t>(why));
  if (request.Has(Attribute::kReferenceID)) {
    refused.Set(Attribute::kReferenceID, request.Number(Attribute::kReferenceID));
  }
  return refused;
}

// A call that is not made now is refused as the engine refuses others: its client may know it by its DN.
Message NotNow(const Message& request) {
  Message refused = Withheld(request, tlib::ErrorCode::kServiceUnavailable);
  if (request.Has(Attribute::kThisDN)) refused.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
  return refused;
}

bool BeginsCall(const Message& request) {
  return request.type() == MessageType::kRequestMakeCall || request.type() == MessageType::kRequestMakePredictiveCall;
}

}  // namespace

void ClientEdge::Take(const LinkPtr& link, tlib::Frame frame) {
  link->Charge(frame, scheduler_->Now());
  if (link->state == State::kGreeting && !std::holds_alternative<tlib::Hello>(frame)) {
    return OutOfTurn(link, "the first frame is no Hello");
  }
  std::visit([&](auto& f) { On(link, f); }, frame);
}

void ClientEdge::OutOfTurn(const LinkPtr& link, absl::string_view what) {
  End(link, LinkEnd::kOutOfTurn, what);
}

// ---- The handshake

void ClientEdge::On(const LinkPtr& link, tlib::Hello& hello) {
  if (link->state != State::kGreeting) return OutOfTurn(link, "a second Hello");
  if (hello.version < tlib::kProtocolVersion) {
    return End(link, LinkEnd::kVersion, absl::StrCat("this node speaks version ", tlib::kProtocolVersion));
  }
  if (hello.application.empty() || hello.application.size() > kMostName) {
    return OutOfTurn(link, "the name of an application has 1 to 255 octets");
  }
  const net::MonotonicTime now = scheduler_->Now();
  if (failures_.MayTry(link->connection->remote(), now) != FailureLimit::Answer::kYes) {
    return End(link, LinkEnd::kTooManyFailures, "too many wrong passwords came from this host; wait a minute");
  }
  link->application = hello.application;
  link->addp = Duration::Milliseconds(hello.addp_milliseconds);
  link->state = State::kChecking;
  link->charged = failures_.Charge(link->connection->remote(), now);
  passwords_->Check(link->application, std::move(hello.password), link,
                    [this, alive = std::weak_ptr<bool>(alive_), handle = link->handle](PasswordVerdict verdict) {
                      if (alive.lock() != nullptr) OnVerdict(handle, verdict);
                    });
}

void ClientEdge::OnVerdict(uint64_t handle, PasswordVerdict verdict) {
  const LinkPtr link = Find(handle);
  if (link == nullptr) return;
  Settle(link, verdict == PasswordVerdict::kWrong);
  switch (verdict) {
    case PasswordVerdict::kRight:
      Welcome(link);
      if (link->stalled) Work(link);
      return;
    case PasswordVerdict::kWrong:
      return End(link, LinkEnd::kWrongPassword, "the name or its password is wrong");
    case PasswordVerdict::kOverload:
      return End(link, LinkEnd::kOverload, "overload: too many passwords are being checked");
  }
}

// A password is counted as wrong until somebody has said that it is right, or that nobody has looked.
void ClientEdge::Settle(const LinkPtr& link, bool was_wrong) {
  if (!link->charged) return;
  failures_.Settle(*link->charged, was_wrong, scheduler_->Now());
  link->charged.reset();
}

// Who has said Hello has waited for us.
void ClientEdge::EndUnwelcome(const LinkPtr& link) {
  const int64_t milliseconds = options_.limits.handshake.milliseconds();
  if (link->state == State::kGreeting && !link->has_frame()) {
    return End(link, LinkEnd::kNoHandshake, absl::StrCat("no Hello in ", milliseconds, " ms"));
  }
  Settle(link, false);
  End(link, LinkEnd::kOverload, absl::StrCat("overload: no verdict on this Hello in ", milliseconds, " ms"));
}

void ClientEdge::Welcome(const LinkPtr& link) {
  link->state = State::kWelcome;
  ++counters_.welcomed;
  if (log_ != nullptr) {
    log_->Write(kClientWelcome, {{"client", link->application}, {"address", link->address}, {"link", link->handle}});
  }
  tlib::Welcome welcome;
  welcome.server = options_.server;
  welcome.program = options_.program;
  welcome.role = RoleNow();
  welcome.addp_milliseconds = static_cast<uint32_t>(options_.addp.milliseconds());
  welcome.session_timeout_milliseconds = static_cast<uint32_t>(host_->session_timeout().milliseconds());
  SendTo(link, welcome);
}

// ---- The session

// Who said it while roles went to and fro has been told that it was in vain, and it was not: said again it is the same.
void ClientEdge::On(const LinkPtr& link, const tlib::Attach& attach) {
  if (link->state == State::kAttached && link->attach == attach) return;
  if (!MayAttach(link, attach)) return;
  const std::string bytes = absl::StrCat("attach of ", link->application, " to ", attach.session, "\r\n");
  if (host_->IsQuarantined(bytes)) {
    return End(link, LinkEnd::kQuarantined, "to attach to this session has brought a server down");
  }
  link->state = State::kAttached;
  link->attach = attach;
  link->last_event = link->acknowledged = attach.seen_event;
  ++counters_.attached;
  host_->Append(engine::ClientAttached{NameOf(*link), attach, link->application, link->address}, bytes);
}

bool ClientEdge::MayAttach(const LinkPtr& link, const tlib::Attach& attach) {
  if (link->state == State::kAttached) {
    OutOfTurn(link, "a link has one session");
    return false;
  }
  if (!host_->Serves()) {
    SendTo(link, tlib::Role{tlib::ServerRole::kBackup});
    return false;
  }
  if (host_->feature_level() < kClientLevel) {
    End(link, LinkEnd::kFeatureLevel,
        absl::StrCat("raise the feature level: understudyctl raise-feature-level ", kClientLevel));
    return false;
  }
  if (attach.session == 0 && !host_->TakesSessions()) {
    End(link, LinkEnd::kOverload, "overload: no new sessions now");
    return false;
  }
  return true;
}

// Of a session that this node does not have any more: the client sends them again where the primary is.
void ClientEdge::On(const LinkPtr& link, tlib::RequestFrame& request) {
  if (request.number == 0) return Query(link, request.message);
  if (link->state == State::kAttached) return Append(link, std::move(request));
  ++counters_.late_frames;
}

void ClientEdge::Query(const LinkPtr& link, const Message& request) {
  ++counters_.queries;
  Message answer(MessageType::kEventServerInfo);
  answer.Set(Attribute::kServerRole, static_cast<int64_t>(RoleNow()));
  answer.Set(Attribute::kServerName, options_.server).Set(Attribute::kServerVersion, options_.program);
  answer.Set(Attribute::kSessionTimeout, host_->session_timeout().seconds());
  if (request.type() != MessageType::kRequestQueryServer) {
    const tlib::ErrorCode why = host_->Serves() ? tlib::ErrorCode::kUnknownSession : tlib::ErrorCode::kNotPrimary;
    answer = Message(MessageType::kEventError);
    answer.Set(Attribute::kErrorCode, static_cast<int64_t>(why));
    answer.Set(Attribute::kErrorMessage, "outside a session only RequestQueryServer is answered");
  }
  SendTo(link, tlib::EventFrame{0, ReferenceOf(request), tlib::EncodeMessage(answer)});
}

// No password enters the journal.
void ClientEdge::Append(const LinkPtr& link, tlib::RequestFrame request) {
  request.message.Erase(Attribute::kPassword);
  SharedBytes bytes = tlib::EncodeMessage(request.message);
  if (host_->IsQuarantined(bytes.view())) {
    ++counters_.quarantined_requests;
    request.message = Withheld(request.message, tlib::ErrorCode::kInternal);
    bytes = tlib::EncodeMessage(request.message);
  }
  if (BeginsCall(request.message) && !host_->TakesCall()) {
    ++counters_.overload_requests;
    request.message = NotNow(request.message);
    bytes = tlib::EncodeMessage(request.message);
  }
  ++counters_.requests;
  link->NoteRequest(request.number);
  host_->Append(engine::ClientRequested{NameOf(*link), std::move(request)}, bytes.view());
}

void ClientEdge::On(const LinkPtr& link, const tlib::Acknowledge& acknowledge) {
  if (link->state != State::kAttached) {
    ++counters_.late_frames;
    return;
  }
  if (acknowledge.number > link->last_event) {
    return OutOfTurn(link, absl::StrCat("event ", acknowledge.number, " is acknowledged and was not sent"));
  }
  if (acknowledge.number <= link->acknowledged) return;
  link->acknowledged = acknowledge.number;
  acknowledging_.insert(link->handle);
}

// ---- The link

void ClientEdge::On(const LinkPtr& link, const tlib::Ping&) {
  SendTo(link, tlib::Pong{});
}

void ClientEdge::On(const LinkPtr&, const tlib::Pong&) {}

void ClientEdge::On(const LinkPtr& link, const tlib::Goodbye& goodbye) {
  if (log_ != nullptr) {
    log_->Write(kClientDisconnected,
                {{"client", link->application}, {"address", link->address}, {"why", "it said goodbye"}});
  }
  Drop(link, goodbye.code == tlib::ErrorCode::kNone);
}

void ClientEdge::On(const LinkPtr& link, const tlib::Welcome&) {
  OutOfTurn(link, "a client sends no Welcome");
}
void ClientEdge::On(const LinkPtr& link, const tlib::Attached&) {
  OutOfTurn(link, "a client sends no Attached");
}
void ClientEdge::On(const LinkPtr& link, const tlib::EventFrame&) {
  OutOfTurn(link, "a client sends no Event");
}
void ClientEdge::On(const LinkPtr& link, const tlib::Role&) {
  OutOfTurn(link, "a client sends no Role");
}

}  // namespace understudy::daemon
