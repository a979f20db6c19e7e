#include "tlib/client_session.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tlib/message_codec.h"

namespace understudy::tlib {
namespace {

constexpr char kUnknownOutcome[] =
    "the session ended before the outcome was known: the request may have been done or not; query before you repeat it";

}  // namespace

ClientSession::ClientSession(const Options& options) : options_(options) {
  US_CHECK(options.servers == 1 || options.servers == 2);
  for (int i = 0; i < options.servers; ++i) links_.emplace_back(options.times, options.seed + static_cast<uint64_t>(i));
}

void ClientSession::Start(ClientTime now) {
  for (int server = 0; server < options_.servers; ++server) Do(server, ClientLink::Due::kConnect, now);
}

void ClientSession::Close(ClientTime now) {
  if (ended_) return;
  for (int server = 0; server < options_.servers; ++server) {
    if (link(server).state() == ClientLink::State::kDown) continue;
    if (link(server).state() == ClientLink::State::kWelcomed) Send(server, Goodbye{}, now);
    outputs_.emplace_back(ClientClose{server});
  }
  ended_ = true;
  attached_ = kNowhere;
}

RequestId ClientSession::Request(const Message& message, ClientTime now) {
  ClientRequest request = requests_.Make(message);
  const RequestId id = request.id;
  if (!IsRequest(message.type())) {
    Fail(request, ErrorCode::kUnsupportedOperation, "this message is no request");
    return id;
  }
  if (!options_.has_session) {
    Fail(request, ErrorCode::kUnknownSession, "this client has links alone, and no session");
    return id;
  }
  requests_.Queue(std::move(request));
  SendRequests(now);
  return id;
}

RequestId ClientSession::QueryServer(int server, const Message& request, ClientTime now) {
  ClientRequest query = requests_.Make(request);
  const RequestId id = query.id;
  if (server < 0 || server >= options_.servers) {
    Fail(query, ErrorCode::kInvalidAttribute,
         absl::StrCat("there is no server ", server, "; allowed: 0 to ", options_.servers - 1), server);
    return id;
  }
  if (ended_ || link(server).state() != ClientLink::State::kWelcomed) {
    Fail(query, ErrorCode::kServiceUnavailable, "there is no link to this server", server);
    return id;
  }
  RequestFrame frame{0, request};
  frame.message.Set(Attribute::kReferenceID, static_cast<int64_t>(id));
  queries_.emplace(id, std::make_pair(server, std::move(query)));
  Send(server, std::move(frame), now);
  return id;
}

void ClientSession::FailQueries(int server, absl::string_view why) {
  for (auto query = queries_.begin(); query != queries_.end();) {
    if (query->second.first != server) {
      ++query;
      continue;
    }
    Fail(query->second.second, ErrorCode::kServiceUnavailable, absl::StrCat("the link ended: ", why), server);
    query = queries_.erase(query);
  }
}

absl::optional<ClientRequest> ClientSession::TakeDone(int server, const EventFrame& event) {
  if (!event.reference_id.has_value()) return absl::nullopt;
  if (event.number != 0) return requests_.TakeDone(*event.reference_id);
  const auto query = queries_.find(static_cast<RequestId>(*event.reference_id));
  if (query == queries_.end() || query->second.first != server) return absl::nullopt;
  ClientRequest done = std::move(query->second.second);
  queries_.erase(query);
  return done;
}

void ClientSession::OnAlarm(ClientTime now) {
  if (ended_) return;
  for (int server = 0; server < options_.servers; ++server) {
    for (auto due = link(server).TakeDue(now); due != ClientLink::Due::kNothing; due = link(server).TakeDue(now)) {
      Do(server, due, now);
    }
  }
  if (!acknowledge_at_.has_value() || *acknowledge_at_ > now) return;
  acknowledge_at_ = absl::nullopt;
  if (attached_ == kNowhere || acknowledged_ == seen_) return;
  acknowledged_ = seen_;
  Send(attached_, Acknowledge{seen_}, now);
}

absl::optional<ClientTime> ClientSession::alarm() const {
  if (ended_) return absl::nullopt;
  absl::optional<ClientTime> first = acknowledge_at_;
  for (const ClientLink& each : links_) {
    const absl::optional<ClientTime> due = each.NextDue();
    if (due.has_value() && (!first.has_value() || *due < *first)) first = due;
  }
  return first;
}

// ---- the session

int ClientSession::NewestPrimary() const {
  int newest = kNowhere;
  for (int server = 0; server < options_.servers; ++server) {
    if (link(server).role != ServerRole::kPrimary) continue;
    if (newest == kNowhere || link(server).claim > link(newest).claim) newest = server;
  }
  return newest;
}

// Where the session is it stays until the new primary has answered: one that only believes that it is the primary
// cannot, for nothing it does is committed. Two addresses of one server are no two servers. A link has one session a
// reign: who comes back to a server that has heard of no other primary comes over a new one.
void ClientSession::AttachToPrimary(ClientTime now) {
  if (!options_.has_session) return;
  const int primary = NewestPrimary();
  if (primary == kNowhere || primary == attached_ || primary == attaching_) return;
  if (attached_ != kNowhere && link(primary).welcome().server == link(attached_).welcome().server) return;
  if (attaching_ != kNowhere)
    return CloseLink(attaching_, ErrorCode::kNotPrimary, "the other server is primary now", now);
  if (link(primary).has_session) {
    return CloseLink(primary, ErrorCode::kSessionTaken, "for the server this link has a session", now,
                     ClientLink::Retry::kAtOnce);
  }
  attaching_ = primary;
  link(primary).AwaitAttached(now);
  Send(primary, Attach{session_.session, session_.token, seen_}, now);
}

void ClientSession::On(int server, const Attached& attached, ClientTime now) {
  const bool is_known = attached.session != 0 && (session_.session == 0 || session_.session == attached.session);
  if (attaching_ != server || !is_known)
    return CloseLink(server, ErrorCode::kProtocolError, "Attached out of turn", now);
  if (!requests_.Resume(attached.last_request)) {
    LoseSession(ErrorCode::kProtocolError, "the server's number of the last request cannot be", server);
    return CloseLink(server, ErrorCode::kProtocolError, "the number of the last request cannot be", now);
  }
  const bool is_new = session_.session == 0;
  session_ = attached;
  attaching_ = kNowhere;
  attached_ = server;
  link(server).GotAttached();
  link(server).Proved(now);
  if (is_new) {
    requests_.AddWishes(wishes_.InOrder());
    Tell(MessageType::kEventServerConnected, server);
  } else {
    if (last_primary_ != server) Tell(MessageType::kEventPrimaryChanged, server);
    Tell(MessageType::kEventRestoreConnection, server);
  }
  last_primary_ = server;
  last_end_.clear();
  SendRequests(now);
}

void ClientSession::SendRequests(ClientTime now) {
  if (attached_ == kNowhere) return;
  const uint32_t window = std::min(kRequestWindow, std::max(1u, link(attached_).welcome().request_window));
  while (absl::optional<RequestFrame> frame = requests_.TakeNext(window)) Send(attached_, *std::move(frame), now);
}

// Over one link numbers go up by one; only the first may be one that came over another link before.
bool ClientSession::Take(const EventFrame& event, ClientLink* link) const {
  if (link->last_event != 0 && event.number != link->last_event + 1) return false;
  if (event.number > seen_ + 1) return false;
  link->last_event = event.number;
  return true;
}

void ClientSession::On(int server, const EventFrame& event, ClientTime now) {
  const bool is_answer = event.number == 0 && event.reference_id.has_value();
  if (is_answer && queries_.count(static_cast<RequestId>(*event.reference_id)) > 0) return Deliver(server, event);
  if (server != attached_) return;
  if (event.number == 0) return Deliver(server, event);
  if (!Take(event, &link(server))) {
    return CloseLink(
        server, ErrorCode::kProtocolError,
        absl::StrCat("event ", event.number, " came after event ", std::max(seen_, link(server).last_event)), now,
        ClientLink::Retry::kLater);
  }
  if (event.number <= seen_) return;
  seen_ = event.number;
  Deliver(server, event);
  AcknowledgeSoon(now);
  SendRequests(now);
}

// One that cannot be read is told and passed: asked for again it would not be better.
void ClientSession::Deliver(int server, const EventFrame& event) {
  absl::StatusOr<Message> message = DecodeMessage(event.message.view());
  ClientEvent out;
  out.server = server;
  out.local = !message.ok();
  if (message.ok()) {
    out.message = *std::move(message);
  } else {
    out.message = Message(MessageType::kEventError);
    out.message.Set(Attribute::kErrorCode, static_cast<int64_t>(ErrorCode::kProtocolError));
    out.message.Set(Attribute::kErrorMessage,
                    absl::StrCat("event ", event.number, " cannot be read: ", message.status().message()));
  }
  const absl::optional<ClientRequest> done = TakeDone(server, event);
  if (done.has_value()) {
    out.reference_id = done->reference_id;
    out.request = done->is_wish ? 0 : done->id;
    if (event.number != 0) Settle(*done, out.message);
  }
  outputs_.emplace_back(std::move(out));
}

void ClientSession::Settle(const ClientRequest& request, const Message& outcome) {
  if (outcome.type() != MessageType::kEventError) return wishes_.Granted(request.message);
  if (request.is_wish) wishes_.Refused(request.message);
}

void ClientSession::AcknowledgeSoon(ClientTime now) {
  if (seen_ - acknowledged_ < kAcknowledgeEvery) {
    if (!acknowledge_at_.has_value()) acknowledge_at_ = now + kAcknowledgeWithin;
    return;
  }
  acknowledge_at_ = absl::nullopt;
  acknowledged_ = seen_;
  Send(attached_, Acknowledge{seen_}, now);
}

void ClientSession::LoseSession(ErrorCode code, absl::string_view why, int server) {
  session_ = Attached();
  attached_ = kNowhere;
  attaching_ = kNowhere;
  seen_ = 0;
  acknowledged_ = 0;
  acknowledge_at_ = absl::nullopt;
  Tell(MessageType::kEventServerDisconnected, server, code, why);
  for (const ClientRequest& lost : requests_.Lose()) Fail(lost, ErrorCode::kUnknownSession, kUnknownOutcome);
}

void ClientSession::Tell(MessageType type, int server, ErrorCode code, absl::string_view why) {
  ClientEvent notice;
  notice.local = true;
  notice.server = server;
  notice.message = Message(type);
  const Welcome& welcome = link(server).welcome();
  if (!welcome.server.empty()) notice.message.Set(Attribute::kServerName, welcome.server);
  if (type == MessageType::kEventLinkConnected) {
    notice.message.Set(Attribute::kServerVersion, welcome.program);
    notice.message.Set(Attribute::kServerRole, static_cast<int64_t>(welcome.role));
  }
  if (code != ErrorCode::kNone) notice.message.Set(Attribute::kErrorCode, static_cast<int64_t>(code));
  if (!why.empty()) notice.message.Set(Attribute::kErrorMessage, why);
  outputs_.emplace_back(std::move(notice));
}

void ClientSession::Fail(const ClientRequest& request, ErrorCode code, absl::string_view why, int server) {
  ClientEvent failed;
  failed.local = true;
  failed.server = server;
  failed.reference_id = request.reference_id;
  failed.request = request.id;
  failed.message = Message(MessageType::kEventError);
  failed.message.Set(Attribute::kErrorCode, static_cast<int64_t>(code));
  failed.message.Set(Attribute::kErrorMessage, why);
  if (request.message.Has(Attribute::kThisDN))
    failed.message.Set(Attribute::kThisDN, request.message.Text(Attribute::kThisDN));
  outputs_.emplace_back(std::move(failed));
}

}  // namespace understudy::tlib
