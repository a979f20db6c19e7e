// The links of a session: what comes over them, how they end, and which server is the primary.
#include <variant>

#include "absl/strings/str_cat.h"
#include "tlib/client_session.h"

namespace understudy::tlib {

void ClientSession::OnOpened(int server, ClientTime now) {
  if (ended_ || link(server).state() != ClientLink::State::kOpening) return;
  link(server).Opened(now);
  Hello hello;
  hello.application = options_.application;
  hello.password = options_.password;
  hello.addp_milliseconds = static_cast<uint32_t>(options_.times.silence.milliseconds());
  Send(server, std::move(hello), now);
}

void ClientSession::OnLost(int server, absl::string_view why, ClientTime now) {
  if (ended_ || link(server).state() == ClientLink::State::kDown) return;
  Forget(server, ErrorCode::kNone, why, ClientLink::Retry::kLater, now);
}

void ClientSession::OnRubbish(int server, absl::string_view why, ClientTime now) {
  if (ended_ || !link(server).is_up()) return;
  CloseLink(server, ErrorCode::kProtocolError, why, now);
}

void ClientSession::OnFrame(int server, const Frame& frame, ClientTime now) {
  if (ended_ || !link(server).is_up()) return;
  const bool is_greeting = std::holds_alternative<Welcome>(frame) || std::holds_alternative<Goodbye>(frame);
  if (link(server).state() == ClientLink::State::kGreeting && !is_greeting) {
    return CloseLink(server, ErrorCode::kProtocolError, "the server did not begin with Welcome", now);
  }
  link(server).Received(now);
  std::visit([&](const auto& each) { On(server, each, now); }, frame);
}

void ClientSession::Do(int server, ClientLink::Due due, ClientTime now) {
  switch (due) {
    case ClientLink::Due::kNothing:
      return;
    case ClientLink::Due::kConnect:
      link(server).Open(now);
      outputs_.emplace_back(ClientConnect{server});
      return;
    case ClientLink::Due::kTooSlow:
      return CloseLink(server, ErrorCode::kTimeout, "the server does not answer", now);
    case ClientLink::Due::kSilent:
      return CloseLink(server, ErrorCode::kIdleTimeout, "the server has been silent for too long", now);
    case ClientLink::Due::kPing:
      return Send(server, Ping{}, now);
  }
}

void ClientSession::Send(int server, Frame frame, ClientTime now) {
  link(server).Sent(now);
  outputs_.emplace_back(ClientSend{server, std::move(frame)});
}

void ClientSession::CloseLink(int server, ErrorCode code, absl::string_view why, ClientTime now,
                              ClientLink::Retry retry) {
  outputs_.emplace_back(ClientClose{server});
  Forget(server, code, why, retry, now);
}

void ClientSession::Forget(int server, ErrorCode code, absl::string_view why, ClientLink::Retry retry, ClientTime now) {
  link(server).Down(now, retry);
  FailQueries(server, why);
  if (attached_ == server) attached_ = kNowhere;
  if (attaching_ == server) attaching_ = kNowhere;
  Tell(MessageType::kEventLinkDisconnected, server, code, why);
  AttachToPrimary(now);
}

void ClientSession::HearRole(int server, ServerRole role, ClientTime now) {
  link(server).role = role;
  link(server).has_session = false;
  if (role == ServerRole::kPrimary) {
    link(server).claim = ++claims_;
    return AttachToPrimary(now);
  }
  if (attached_ == server) attached_ = kNowhere;
  if (attaching_ == server) attaching_ = kNowhere;
  link(server).GotAttached();
  AttachToPrimary(now);
}

// ---- frames, by name

void ClientSession::On(int server, const Welcome& welcome, ClientTime now) {
  if (link(server).state() != ClientLink::State::kGreeting) {
    return CloseLink(server, ErrorCode::kProtocolError, "a second Welcome", now);
  }
  if (welcome.version != kProtocolVersion) {
    return CloseLink(server, ErrorCode::kVersion, "the server speaks another version of the protocol", now,
                     ClientLink::Retry::kLate);
  }
  link(server).Welcomed(welcome);
  Tell(MessageType::kEventLinkConnected, server);
  HearRole(server, welcome.role, now);
}

// A server that becomes the primary where the session is was none in between, and its reign knows of no links.
void ClientSession::On(int server, const Role& role, ClientTime now) {
  if (attached_ == server) attached_ = kNowhere;
  HearRole(server, role.role, now);
}

void ClientSession::On(int server, const Ping&, ClientTime now) {
  Send(server, Pong{}, now);
}

void ClientSession::On(int, const Pong&, ClientTime) {}

// Only the answer to Attach says that a session is over: a slow client may have lost no more than its link, and a
// request over a link without a session says nothing of the session.
void ClientSession::On(int server, const Goodbye& goodbye, ClientTime now) {
  if (goodbye.code == ErrorCode::kUnknownSession && attaching_ == server && session_.session != 0) {
    const std::string before = last_end_.empty() ? "" : absl::StrCat("; its last link ended with ", last_end_);
    LoseSession(goodbye.code, absl::StrCat(goodbye.text, before), server);
    return CloseLink(server, goodbye.code, goodbye.text, now, ClientLink::Retry::kAtOnce);
  }
  if (attached_ == server) {
    last_end_ = absl::StrCat(EnumName(Attribute::kErrorCode, static_cast<int64_t>(goodbye.code)), ": ", goodbye.text);
  }
  const bool is_hopeless = goodbye.code == ErrorCode::kInvalidPassword || goodbye.code == ErrorCode::kVersion ||
                           goodbye.code == ErrorCode::kTooManySessions;
  const absl::string_view why = goodbye.text.empty() ? "the server closed the link" : absl::string_view(goodbye.text);
  CloseLink(server, goodbye.code, why, now, is_hopeless ? ClientLink::Retry::kLate : ClientLink::Retry::kLater);
}

void ClientSession::On(int server, const Hello&, ClientTime now) {
  CloseLink(server, ErrorCode::kProtocolError, "Hello is a client's frame", now);
}

void ClientSession::On(int server, const Attach&, ClientTime now) {
  CloseLink(server, ErrorCode::kProtocolError, "Attach is a client's frame", now);
}

void ClientSession::On(int server, const RequestFrame&, ClientTime now) {
  CloseLink(server, ErrorCode::kProtocolError, "Request is a client's frame", now);
}

void ClientSession::On(int server, const Acknowledge&, ClientTime now) {
  CloseLink(server, ErrorCode::kProtocolError, "Acknowledge is a client's frame", now);
}

}  // namespace understudy::tlib
