#include "tests/sim/clients/client_book.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/siphash.h"
#include "tlib/message_codec.h"

namespace understudy::sim {

using tlib::Attribute;
using tlib::ErrorCode;

namespace {

// Two clocks that go at the same pace, and what is on its way.
constexpr Duration kSlack = Duration::Milliseconds(400);
// What was acknowledged so long ago over a link that is still there has been taken notice of.
constexpr Duration kAcknowledgedFor = Duration::Seconds(2);
// What is left to a session after a time that nobody served.
constexpr Duration kGrace = Duration::Seconds(32);
// What somebody has heard so long ago all have who are there.
constexpr Duration kDelivered = Duration::Seconds(1);
// Events that nobody has heard yet.
constexpr uint64_t kOnTheirWay = 20;

uint64_t HashOf(const tlib::EventFrame& frame) {
  const std::string reference = frame.reference_id ? absl::StrCat(*frame.reference_id) : "none";
  return SipHash64(HashKey{frame.number, 3}, absl::StrCat(reference, ":", frame.message.view()));
}

}  // namespace

void ClientBook::Violated(absl::string_view client, uint64_t session, absl::string_view what) {
  ++counts_.violations;
  on_violated_(absl::StrCat(client, ", session ", session, ": ", what));
}

const SessionRecord* ClientBook::Find(uint64_t session) const {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : &found->second;
}

SessionRecord* ClientBook::SessionOf(absl::string_view client) {
  const auto found = session_of_.find(client);
  return found == session_of_.end() ? nullptr : &sessions_.at(found->second);
}

void ClientBook::Opened(absl::string_view client, uint64_t link) {
  ++counts_.links;
  links_[link].client = std::string(client);
}

void ClientBook::Dead(uint64_t name) {
  LinkRecord& link = links_.at(name);
  link.dead_since = now();
  const auto session = sessions_.find(link.session);
  if (session != sessions_.end() && session->second.link == name) LeaveAlone(session->second, now());
}

// By acknowledgements that have had time to be taken notice of.
uint64_t ClientBook::TakenOver(const LinkRecord& link) const {
  uint64_t taken = 0;
  for (const Acknowledged& row : link.acknowledged) {
    if (row.at + kAcknowledgedFor <= now()) taken = std::max(taken, row.number);
  }
  return taken;
}

void ClientBook::LeaveAlone(SessionRecord& session, Duration since) {
  if (session.link != 0) session.taken = std::max(session.taken, TakenOver(links_.at(session.link)));
  session.link = 0;
  session.alone_since = since;
  session.patience = options_.session_timeout;
}

// Of the time that nobody served as much is taken off as leaves the grace.
void ClientBook::NoteReign() {
  ++reign_;
  reigns_since_ = now();
  for (auto& [id, session] : sessions_) {
    if (session.link == 0) continue;
    LeaveAlone(session, now());
    session.patience = std::min(session.patience, kGrace);
  }
}

void ClientBook::NoteForgotten(absl::string_view client) {
  if (SessionRecord* const session = SessionOf(client)) session->left = true;
  session_of_.erase(std::string(client));
}

// ---- What clients say: their library is held to its rules, too.

void ClientBook::Said(uint64_t name, const tlib::Frame& frame) {
  LinkRecord& link = links_.at(name);
  if (trace_) trace_(link.client, name, false, frame);
  if (const auto* attach = std::get_if<tlib::Attach>(&frame)) return SaidAttach(link, *attach);
  if (const auto* request = std::get_if<tlib::RequestFrame>(&frame)) return SaidRequest(link, *request);
  if (const auto* acknowledge = std::get_if<tlib::Acknowledge>(&frame)) {
    const SessionRecord* const session = Find(link.session);
    const uint64_t heard = session == nullptr ? 0 : session->heard();
    if (acknowledge->number > heard) Violated(link.client, link.session, "it acknowledges what it has not heard");
    link.acknowledged.push_back({now(), acknowledge->number});
    return;
  }
  const auto* const goodbye = std::get_if<tlib::Goodbye>(&frame);
  if (goodbye == nullptr || goodbye->code != ErrorCode::kNone || link.session == 0) return;
  sessions_.at(link.session).left = true;
}

void ClientBook::SaidAttach(LinkRecord& link, const tlib::Attach& attach) {
  link.attach = attach;
  link.attached_in = reign_;
  link.session = 0;  // a link stays when roles change, and its client attaches again
  link.acknowledged.clear();
  if (attach.session == 0) return;
  const SessionRecord* const session = Find(attach.session);
  if (session == nullptr) return Violated(link.client, attach.session, "it asks for a session that never was its own");
  if (attach.seen_event == session->heard()) return;
  Violated(
      link.client, attach.session,
      absl::StrCat("it has heard events up to ", session->heard(), ", and asks for those after ", attach.seen_event));
}

void ClientBook::SaidRequest(LinkRecord& link, const tlib::RequestFrame& request) {
  if (link.session == 0) return Violated(link.client, 0, "it asks without a session");
  SessionRecord& session = sessions_.at(link.session);
  const uint64_t said = session.requests.said();
  const std::string wrong = session.requests.Say(request.number, request.message);
  ++(session.requests.said() > said ? counts_.requests : counts_.said_again);
  if (!wrong.empty()) Violated(link.client, session.id, wrong);
}

// ---- What they hear.

void ClientBook::Heard(uint64_t name, const tlib::Frame& frame) {
  LinkRecord& link = links_.at(name);
  if (trace_) trace_(link.client, name, true, frame);
  if (const auto* attached = std::get_if<tlib::Attached>(&frame)) return HeardAttached(name, link, *attached);
  if (const auto* event = std::get_if<tlib::EventFrame>(&frame)) return HeardEvent(link, *event);
  if (const auto* goodbye = std::get_if<tlib::Goodbye>(&frame)) return HeardGoodbye(link, *goodbye);
}

void ClientBook::HeardAttached(uint64_t name, LinkRecord& link, const tlib::Attached& attached) {
  if (!link.attach || link.session != 0)
    return Violated(link.client, attached.session, "attached, and not asked to be");
  link.attach->session == 0 ? Begin(link, attached) : Resume(link, attached);
  const auto session = sessions_.find(attached.session);
  if (session == sessions_.end()) return;
  link.session = attached.session;
  link.next = link.attach->seen_event + 1;
  session_of_[link.client] = attached.session;
  if (session->second.link != 0 && session->second.link != name) ++counts_.taken_over;
  const bool of_this_reign = link.attached_in == reign_;
  LeaveAlone(session->second, of_this_reign ? link.dead_since.value_or(now()) : reigns_since_);
  if (!link.dead_since && of_this_reign) session->second.link = name;
}

void ClientBook::Begin(LinkRecord& link, const tlib::Attached& attached) {
  ++counts_.sessions;
  if (attached.session == 0 || sessions_.contains(attached.session)) {
    return Violated(link.client, attached.session, "a new session has the number of another one");
  }
  if (attached.last_request != 0) Violated(link.client, attached.session, "a new session that knows a request");
  SessionRecord& session = sessions_[attached.session];
  session.id = attached.session;
  session.token = attached.token;
  session.client = link.client;
}

void ClientBook::Resume(LinkRecord& link, const tlib::Attached& attached) {
  ++counts_.resumed;
  link.resumed_at = ledger_.last();
  if (attached.session != link.attach->session) {
    return Violated(link.client, link.attach->session,
                    absl::StrCat("asked for, and attached to session ", attached.session));
  }
  SessionRecord& session = sessions_.at(attached.session);
  const auto wrong = [&](absl::string_view what) { Violated(link.client, session.id, what); };
  if (attached.token != session.token) wrong("attached with another token");
  if (attached.last_request > session.requests.said()) {
    wrong(absl::StrCat("request ", attached.last_request, " is applied, and was never said"));
  }
  if (attached.last_request < std::max(session.last_applied, session.requests.last_at_once())) {
    wrong(absl::StrCat("request ", std::max(session.last_applied, session.requests.last_at_once()),
                       " was applied, and now the last one is ", attached.last_request));
  }
  session.last_applied = attached.last_request;
  session.taken = link.attach->seen_event;
  if (attached.last_request > session.requests.last_at_once()) ++counts_.applied_unheard;
}

void ClientBook::HeardEvent(LinkRecord& link, const tlib::EventFrame& frame) {
  if (frame.number == 0) return;
  if (link.session == 0) return Violated(link.client, 0, absl::StrCat("event ", frame.number, " without a session"));
  SessionRecord& session = sessions_.at(link.session);
  if (frame.number != link.next) {
    return Violated(link.client, session.id,
                    absl::StrCat("event ", frame.number, " comes where event ", link.next, " should"));
  }
  ++link.next;
  if (frame.number > session.heard()) {
    TakeEvent(session, frame);
    counts_.late += session.last_sequence() <= link.resumed_at ? 1 : 0;
    return;
  }
  ++counts_.repeated;
  if (session.events[frame.number - 1].hash == HashOf(frame)) return;
  Violated(link.client, session.id, absl::StrCat("event ", frame.number, " comes again, and is another one"));
}

void ClientBook::TakeEvent(SessionRecord& session, const tlib::EventFrame& frame) {
  ++counts_.events;
  absl::StatusOr<tlib::Message> event = tlib::DecodeMessage(frame.message.view());
  if (!event.ok()) {
    session.events.push_back({HashOf(frame), session.last_sequence()});
    return Violated(session.client, session.id, event.status().message());
  }
  const auto sequence = static_cast<uint64_t>(event->Number(Attribute::kEventSequenceNumber));
  if (sequence <= session.last_sequence()) {
    Violated(session.client, session.id, absl::StrCat(NameOfEvent(*event), " comes after ", session.last_sequence()));
  }
  session.events.push_back({HashOf(frame), sequence});
  session.sequences.insert(sequence);
  const auto wrong = [&](const std::string& what) {
    if (!what.empty()) Violated(session.client, session.id, what);
  };
  wrong(ledger_.Add(*event, frame.message.view(), now()));
  CheckIds(session, *event);
  const bool of_dn = IsOfItsDn(event->type());
  if (!frame.reference_id && of_dn && IsMasked(session.masks, sequence, event->type())) {
    wrong(absl::StrCat(NameOfEvent(*event), " comes, and its client does not want it"));
  }
  if (frame.reference_id) {
    TakeOutcome(session, *event, frame);
    event->Set(Attribute::kReferenceID, *frame.reference_id);
  } else if (!of_dn && !IsOfCalls(event->type())) {
    wrong(absl::StrCat(NameOfEvent(*event), " answers nothing"));
  }
  const std::string dn(event->Text(Attribute::kThisDN));
  const bool registers = event->type() == tlib::MessageType::kEventRegistered;
  if (registers && !session.view.IsRegisteredByName(dn)) session.registered_at[dn] = now();
  wrong(session.view.Hear(*event));
}

void ClientBook::TakeOutcome(SessionRecord& session, const tlib::Message& event, const tlib::EventFrame& frame) {
  ++counts_.outcomes;
  if (event.type() == tlib::MessageType::kEventError) ++counts_.refusals;
  std::string wrong = session.requests.Outcome(event, *frame.reference_id);
  if (wrong.empty()) wrong = WrongCall(session, event);
  if (!wrong.empty()) return Violated(session.client, session.id, wrong);
  const tlib::Message& request = session.requests.request(session.requests.last_answered());
  Count(event, request.type());
  if (event.type() == tlib::MessageType::kEventACK) Note(session, request);
}

// What EventACK is the outcome of.
void ClientBook::Note(SessionRecord& session, const tlib::Message& request) {
  if (request.type() != tlib::MessageType::kRequestSetInputMask) {
    const bool starts = request.type() == tlib::MessageType::kRequestStartCallMonitoring;
    return session.view.Monitors(starts, session.last_sequence());
  }
  std::set<tlib::MessageType>& mask = session.masks[session.last_sequence()];
  for (const tlib::KeyValuePair& pair : request.List(Attribute::kInputMask).pairs()) {
    const auto* const wanted = std::get_if<int64_t>(&pair.value);
    const absl::optional<tlib::MessageType> type = tlib::FindMessageType(pair.key);
    if (type && wanted != nullptr && *wanted == 0) mask.insert(*type);
  }
}

void ClientBook::Count(const tlib::Message& event, tlib::MessageType asked) {
  using M = tlib::MessageType;
  if (event.type() == M::kEventError) return;
  switch (asked) {
    case M::kRequestMakeCall:
      ++counts_.calls;
      break;
    case M::kRequestInitiateTransfer:
    case M::kRequestInitiateConference:
      ++counts_.consults;
      break;
    case M::kRequestCompleteTransfer:
    case M::kRequestMuteTransfer:
    case M::kRequestSingleStepTransfer:
      ++counts_.transfers;
      break;
    case M::kRequestMergeCalls:
      ++(event.type() == M::kEventReleased ? counts_.transfers : counts_.conferences);
      break;
    case M::kRequestCompleteConference:
    case M::kRequestSingleStepConference:
      ++counts_.conferences;
      break;
    case M::kRequestRedirectCall:
      ++counts_.redirects;
      break;
    case M::kRequestAlternateCall:
    case M::kRequestReconnectCall:
      ++counts_.alternates;
      break;
    case M::kRequestSendDTMF:
      ++counts_.digits;
      break;
    case M::kRequestSetDNDOn:
    case M::kRequestCallForwardSet:
      ++counts_.features;
      break;
    case M::kRequestSetInputMask:
      ++counts_.masks;
      break;
    default:
      break;
  }
}

// A call may have become another one since it was asked for: who was consulted comes over.
std::string ClientBook::WrongCall(const SessionRecord& session, const tlib::Message& event) {
  const uint64_t number = session.requests.last_answered();
  const tlib::Message& request = session.requests.request(number);
  const bool consult = session.requests.rule(number).names == OutcomeNames::kConsult;
  const auto id_in = [](const tlib::Message& message, Attribute attribute) {
    return static_cast<uint64_t>(message.Number(attribute));
  };
  const uint64_t asked = id_in(request, Attribute::kConnID);
  const uint64_t said = id_in(event, Attribute::kConnID);
  const absl::string_view dn = event.Text(Attribute::kThisDN);
  bool fits = true;
  if (event.type() == tlib::MessageType::kEventError) {
    fits = said == asked;
  } else {
    switch (session.requests.rule(number).names) {
      case OutcomeNames::kNone:
        break;
      case OutcomeNames::kCall:
        fits = session.view.Became(dn, asked, said);
        break;
      case OutcomeNames::kHeldCall:
        fits = session.view.Became(dn, id_in(request, Attribute::kHeldConnID), said);
        break;
      case OutcomeNames::kNewCall:
        fits = said != 0 && !event.Has(Attribute::kPreviousConnID);
        break;
      case OutcomeNames::kConsult:
        fits = said != asked && session.view.Became(dn, asked, id_in(event, Attribute::kPreviousConnID));
        break;
    }
  }
  if (fits) return "";
  return absl::StrCat(NameOfEvent(event), " is of ", consult ? "no consult call" : "another call than request ", number,
                      " is about");
}

void ClientBook::CheckIds(const SessionRecord& session, const tlib::Message& event) {
  if (event.type() == tlib::MessageType::kEventError || !event.Has(Attribute::kConnID)) return;
  const std::string uuid(event.Text(Attribute::kCallUUID));
  if (uuid.empty()) return;
  const auto conn_id = static_cast<uint64_t>(event.Number(Attribute::kConnID));
  const bool one_call = conn_id_of_.try_emplace(uuid, conn_id).first->second == conn_id &&
                        uuid_of_.try_emplace(conn_id, uuid).first->second == uuid;
  if (!one_call) Violated(session.client, session.id, absl::StrCat(NameOfEvent(event), " mixes the ids of two calls"));
}

// ---- Ends.

// No more events wait than have happened since the client's last word on them.
bool ClientBook::MayBeFull(const LinkRecord& link, const SessionRecord& session) const {
  const uint64_t seen = std::max(session.taken, link.session == session.id ? TakenOver(link) : 0);
  const uint64_t taken = seen == 0 ? 0 : session.events[std::min(seen, session.heard()) - 1].sequence;
  const uint64_t open = session.requests.said() - session.requests.answered();
  return std::max(last_sequence_, ledger_.last()) + open + kOnTheirWay >= taken + options_.queue_events;
}

bool ClientBook::MayEnd(const LinkRecord& link, const SessionRecord& session) const {
  const bool absent = session.link == 0 && now() + kSlack >= session.alone_since + session.patience;
  return session.left || absent || session.alone_since <= lost_time_at_ || MayBeFull(link, session);
}

void ClientBook::HeardGoodbye(LinkRecord& link, const tlib::Goodbye& goodbye) {
  const uint64_t name = link.session != 0 ? link.session : link.attach ? link.attach->session : 0;
  const auto found = sessions_.find(name);
  SessionRecord* const session = found == sessions_.end() ? nullptr : &found->second;
  const std::string said = absl::StrCat("Goodbye ", static_cast<int>(goodbye.code), ", ", goodbye.text);
  switch (goodbye.code) {
    case ErrorCode::kUnknownSession:
      if (session == nullptr) return Violated(link.client, name, absl::StrCat(said, ": of no session"));
      if (!session->over && !MayEnd(link, *session)) {
        Violated(link.client, name, absl::StrCat(said, ": it ended for no reason"));
      }
      if (!std::exchange(session->over, true)) ++counts_.ended;
      return;
    case ErrorCode::kSlowClient:
      ++counts_.slow;
      if (session != nullptr && !MayBeFull(link, *session)) {
        Violated(link.client, name, absl::StrCat(said, ": it has acknowledged its events"));
      }
      return;
    case ErrorCode::kProtocolError:
    case ErrorCode::kVersion:
    case ErrorCode::kMessageTooLarge:
    case ErrorCode::kInvalidPassword:
    case ErrorCode::kInternal:
      return Violated(link.client, name, absl::StrCat(said, ": for nothing that it has said"));
    default:
      return;  // of the link: the session goes on
  }
}

// ---- The end.

void ClientBook::CheckSpans(const SessionRecord& session, uint64_t end) {
  for (const DnView::Span& span : session.view.spans()) {
    const std::string missing =
        ledger_.Missing(span.dn, span.from, span.to == 0 ? end : span.to, session.sequences, session.masks);
    if (!missing.empty()) Violated(session.client, session.id, missing);
  }
}

void ClientBook::CheckOpen(const SessionRecord& session, const std::function<bool(uint64_t conn_id)>& goes_on) {
  for (const OutcomeComes when : {OutcomeComes::kAtOnce, OutcomeComes::kLater}) {
    const std::vector<uint64_t> open = session.requests.Open(when);
    if (open.empty()) continue;
    const tlib::Message& request = session.requests.request(open.front());
    Violated(session.client, session.id,
             absl::StrCat("request ", open.front(), ", ", tlib::MessageTypeName(request.type()), " for ",
                          request.Text(Attribute::kThisDN), ", has no outcome"));
  }
  for (const HeardCall& call : session.view.Calls()) {
    if (goes_on(call.conn_id)) continue;
    Violated(session.client, session.id,
             absl::StrCat("call ", absl::Hex(call.conn_id, absl::kZeroPad16), " of ", call.dn, " has not ended"));
  }
}

void ClientBook::AtEnd(const std::function<bool(uint64_t conn_id)>& goes_on) {
  for (const auto& [id, session] : sessions_) {
    const auto present = session_of_.find(session.client);
    const bool is_present = present != session_of_.end() && present->second == id && session.link != 0 && !session.left;
    CheckSpans(session, (is_present ? ledger_.LastBy(now() - kDelivered) : session.last_sequence()) + 1);
    if (is_present) CheckOpen(session, goes_on);
  }
}

}  // namespace understudy::sim
