// Inside a dialog: what either party may say once there is one, and how a call ends.
#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;
using What = CallPlan::Step::What;

constexpr uint32_t kMostRetries = 4;
constexpr Duration kBackstop = Duration::Seconds(20);  // whoever should hang up may be gone

char AnswerTo(char direction) {
  return direction == 'o' ? 'r' : direction == 'r' ? 'o' : direction;
}

}  // namespace

void UserAgent::OnRequest(uint32_t server_row, const SipView& request) {
  if (TakesOwn(server_row, request)) return;
  if (!request.to_tag.empty()) return OnDialogRequest(server_row, request);
  if (request.method == Method::kInvite) return OnInvite(server_row, request);
  if (request.method == Method::kMessage) return OnText(server_row, request);
  Violated(0, "a request out of nowhere", request.bytes);
  Answer(server_row, 481, {}, {}, {});
}

const char* UserAgent::WrongInDialog(const Party& party, const SipView& request) const {
  if (request.to_tag != party.local_tag) return "a request to another tag than the party's";
  if (!party.remote_tag.empty() && request.from_tag != party.remote_tag && !MayChangeTag(party))
    return "a request from another tag than before";
  if (request.request_uri != contact_uri()) return "a request to another contact than the party's";
  const auto& heard = party.heard_cseqs;
  if (std::find(heard.begin(), heard.end(), request.cseq) != heard.end()) return "a CSeq that was used before";
  if (party.bye_cseq != 0 && request.cseq > party.bye_cseq) return "a request after the BYE";
  return nullptr;
}

void UserAgent::OnDialogRequest(uint32_t server_row, const SipView& request) {
  const uint32_t party_row = FindParty(request.call_id);
  if (party_row == kNoRow) {
    if (life() == 0) Violated(0, "a request in a dialog that is not", request.bytes);
    return Answer(server_row, 481, {}, {}, {});
  }
  Party& party = parties_[party_row];
  ServerTransaction& row = server(server_row);
  row.call = party.call;
  row.side = party.side;
  row.party = party_row;
  if (ForkedPhone* fork = FindFork(party, request.to_tag)) return OnForkRequest(*fork, server_row, request);
  if (const char* wrong = WrongInDialog(party, request)) Wrong(party, wrong, request);
  if (party.remote_tag.empty() || MayChangeTag(party)) party.remote_tag = std::string(request.from_tag);
  party.heard_cseqs.push_back(request.cseq);
  const bool known = request.mark.call == 0 || TakeStep(party, request);
  if (!known) return Answer(server_row, 500, {}, {}, {});
  if (request.cseq < party.heard_cseq) return Answer(server_row, 500, {}, {}, {});  // 12.2.2: it was overtaken
  party.heard_cseq = request.cseq;
  switch (request.method) {
    case Method::kBye:
      return OnBye(row.party, server_row, request);
    case Method::kInvite:
      return OnReInvite(row.party, server_row, request);
    case Method::kPrack:
      return OnPrack(row.party, server_row, request);
    default:
      return OnInside(row.party, server_row, request);
  }
}

// The other party's words: once, and his own.
bool UserAgent::TakeStep(const Party& party, const SipView& message) {
  CallSide& own = OwnSide(party);
  const CallSide& other = OtherSide(party);
  if (message.mark.call != party.call || message.mark.side == party.side) {
    Wrong(party, "words of another call", message);
    return false;
  }
  if (message.mark.step == 0 || message.mark.step > other.said.size()) {
    Wrong(party, "words that nobody has said", message);
    return false;
  }
  if (own.heard.size() < message.mark.step) own.heard.resize(message.mark.step, CallBook::FarFuture());
  Duration& heard = own.heard[message.mark.step - 1];
  if (heard == CallBook::FarFuture()) {
    heard = now();
    return true;
  }
  if (!MayBeForgotten(other, message.mark.step)) Wrong(party, "words that were said once come twice", message);
  return false;
}

void UserAgent::CheckSession(Party& party, const SipView& message) {
  SessionView session;
  if (message.content_type != "application/sdp" || !ReadSession(message.body, &session)) {
    return Wrong(party, "a session description that nobody has written", message);
  }
  CallSide& own = OwnSide(party);
  const CallSide& other = OtherSide(party);
  if (session.call != party.call || session.side == party.side) {
    return Wrong(party, "a session description of another party", message);
  }
  if (session.version == 0 || session.version > other.version ||
      other.directions[session.version - 1] != session.direction) {
    return Wrong(party, "a session description that the other party has not written", message);
  }
  // An answer may be said before the 2xx, too; each offer is a new one.
  const bool again = message.is_request && IsServersRefresh(party, message);  // what was said last
  const bool newer = message.is_request && !again;
  const bool older = newer ? session.version <= own.heard_version : session.version < own.heard_version;
  // Of an offer that was not taken the server says nothing again.
  if (older && !again) return Wrong(party, "a session description of an older version", message);
  own.heard_version = std::max(own.heard_version, session.version);
}

// An answer is the other party's, and to this very request. When the call has ended meanwhile, the server passes on the
// status alone.
void UserAgent::CheckAnswerer(const Party& party, const ClientTransaction& asked, const SipView& answer) {
  const bool inside = asked.method != Method::kInvite;
  if (inside && answer.mark.call == 0 && MayEnd(party)) return;
  const StepMark expected{party.call, static_cast<uint8_t>(1 - party.side), asked.step};
  if (!(answer.mark == expected)) Wrong(party, "an answer that the other party has not given to this request", answer);
}

void UserAgent::Establish(uint32_t row) {
  Party& party = parties_[row];
  Enter(party, State::kEstablished);
  const CallPlan& plan = PlanOf(party);
  for (size_t i = 0; i < plan.steps.size() && i < 256; ++i) {
    if (plan.steps[i].side == party.side) UserAfter(plan.steps[i].after, kStep, row << 8 | static_cast<uint32_t>(i));
  }
  const bool hangs_up = plan.hangs_up == party.side || plan.hangs_up == 2;
  UserAfter(hangs_up ? plan.talk : plan.talk + kBackstop, kHangUp, row);
  if (party.reports_to != kNoRow) Notify(party.reports_to, 200);
}

void UserAgent::DoStep(uint32_t row, const CallPlan::Step& step) {
  Party& party = parties_[row];
  if (party.state != State::kEstablished) return;
  const StepMark mark{party.call, party.side, static_cast<uint32_t>(OwnSide(party).said.size()) + 1};
  switch (step.what) {
    case What::kHold:
      return ReInvite(row, 'o');
    case What::kInactive:
      return ReInvite(row, 'i');
    case What::kRetrieve:
      return ReInvite(row, 's');
    case What::kUpdate:
      return Update(row);
    case What::kInfo:
      PartyRequest(row, Method::kInfo, {}, "text/plain", WordsOf(mark));
      return;
    case What::kMessage:
      PartyRequest(row, Method::kMessage, {}, "text/plain", WordsOf(mark));
      return;
    case What::kOptions:
      PartyRequest(row, Method::kOptions, {}, {}, {});
      return;
    case What::kRefer:
      return Refer(row, step);
    case What::kMute:
      return Mute(now() + step.span);
    case What::kRestart:
      return Restart(now() + step.span);
  }
}

// RFC 3311 5.1: one at a time.
void UserAgent::Update(uint32_t row) {
  Party& party = parties_[row];
  if (party.update_out != kNoRow && client(party.update_out).state < ClientTransaction::State::kAnswered) return;
  std::string contact;
  AppendContact(&contact);
  OwnSide(party).updates = true;
  party.update_out = PartyRequest(row, Method::kUpdate, contact + AskForTimer(party), {}, {});
}

void UserAgent::ReInvite(uint32_t row, char direction) {
  Party& party = parties_[row];
  if (party.state != State::kEstablished) return;
  party.direction = direction;
  if (party.invite_out != kNoRow || party.invite_in != kNoRow || party.unacknowledged != kNoRow) {
    if (++party.retries <= kMostRetries) {
      UserAfter(chance_.Between(Duration::Milliseconds(300), Duration::Milliseconds(900)), kRetry, row);
    }
    return;
  }
  std::string contact;
  AppendContact(&contact);
  contact += AskForTimer(party);
  const std::string session = Session(party, direction, true);
  party.invite_out = PartyRequest(row, Method::kInvite, contact, "application/sdp", session);
}

// 15.1.1: for whoever has said BYE there is no session any more.
void UserAgent::Deny(const Party& party, uint32_t server_row) {
  OwnSide(party).denied = true;
  Answer(server_row, 481, {}, {}, {});
}

void UserAgent::OnReInvite(uint32_t row, uint32_t server_row, const SipView& request) {
  Party& party = parties_[row];
  if (party.state == State::kEnding || party.state == State::kOver) return Deny(party, server_row);
  CheckSession(party, request);
  if (!request.contact.empty()) party.target = std::string(request.contact);
  if (party.invite_out != kNoRow) return Answer(server_row, 491, {}, {}, {});  // 14.2
  if (party.invite_in != kNoRow || party.unacknowledged != kNoRow) {
    return Answer(server_row, 500, "Retry-After: 1\r\n", {}, {});
  }
  party.invite_in = server_row;
  NoteAsked(party, request);
  const Duration pause = chance_.Skewed(Duration(), Duration::Milliseconds(400));
  if (pause > Duration::Milliseconds(200)) Answer(server_row, 100, {}, {}, {});
  UserAfter(pause, kAnswerReInvite, server_row);
}

// Of an answer of ours.
std::string UserAgent::NextSession(Party& party, char offered) {
  std::string session = Session(party, AnswerTo(offered), true);
  party.timer.agreed = OwnSide(party).version;
  return session;
}

void UserAgent::AnswerReInvite(uint32_t server_row) {
  const ServerTransaction& invite = server(server_row);
  Party& party = parties_[invite.party];
  if (party.invite_in != server_row) return;
  party.invite_in = kNoRow;
  if (invite.status >= 200) return;
  if (party.state == State::kOver) return Answer(server_row, 487, {}, {}, {});
  const CallSide& own = OwnSide(party);
  const char offered = own.heard_version == 0 ? 's' : OtherSide(party).directions[own.heard_version - 1];
  std::string contact;
  AppendContact(&contact);
  contact += AgreeOnTimer(invite.party, party.timer.asked, party.timer.asked_refresher);
  party.unacknowledged = server_row;
  const bool again = invite.mark.call == 0 && PlanOf(party).timer.with_server[party.side];
  Answer(server_row, 200, contact, "application/sdp", again ? AgreedSession(party) : NextSession(party, offered));
}

void UserAgent::OnReInviteFinal(uint32_t row, uint32_t client_row, const SipView& answer) {
  Party& party = parties_[row];
  if (answer.status < 300) {
    ++book().counts().holds;
    CheckAnswerer(party, client(client_row), answer);
    CheckSession(party, answer);
    party.timer.agreed = OwnSide(party).version;
    TakeTimer(client_row, answer);
    return Acknowledge(client_row);
  }
  const bool again = answer.status == 491 || answer.status == 500;
  if (answer.status == 491) ++book().counts().glares;
  if (!again) {
    if (!MayEnd(party))
      Wrong(party, absl::StrCat("a re-INVITE is refused with ", answer.status, " for no reason"), answer);
    return HangUp(row);
  }
  if (++party.retries > kMostRetries) return;
  const bool owner = party.side == 0;  // of the Call-ID: 14.1
  const Duration pause = owner ? chance_.Between(Duration::Milliseconds(2100), Duration::Milliseconds(4000))
                               : chance_.Between(Duration(), Duration::Milliseconds(2000));
  UserAfter(pause, kRetry, row);
}

void UserAgent::OnInside(uint32_t row, uint32_t server_row, const SipView& request) {
  Party& party = parties_[row];
  const bool refresh = request.method == Method::kUpdate && IsServersRefresh(party, request);
  if (request.mark.call == 0 && !refresh) Wrong(party, "a request that the other party has not made", request);
  const bool speaks = request.method == Method::kInfo || request.method == Method::kMessage;
  if (speaks && request.body != WordsOf(request.mark)) Wrong(party, "other words than were said", request);
  if (party.state == State::kEnding || party.state == State::kOver) return Deny(party, server_row);
  std::string contact;
  if (request.method == Method::kUpdate) {
    AppendContact(&contact);
    NoteAsked(party, request);
    contact += AgreeOnTimer(row, request.session_expires, request.refresher);
  }
  Answer(server_row, request.method == Method::kRefer ? 202 : 200, contact, {}, {});
  if (request.method == Method::kRefer) OnRefer(row, request);
  const bool transferred = request.method == Method::kNotify && absl::StartsWith(request.body, "SIP/2.0 200");
  if (transferred) HangUp(row);
}

void UserAgent::OnInsideFinal(uint32_t row, uint32_t client_row, const SipView& answer) {
  Party& party = parties_[row];
  const ClientTransaction& asked = client(client_row);
  if (answer.status < 300) {
    ++book().counts().inside;
    if (asked.method == Method::kUpdate) TakeTimer(client_row, answer);
    return CheckAnswerer(party, asked, answer);
  }
  if (answer.mark.call != 0) return CheckAnswerer(party, asked, answer);  // the other party's own refusal
  const bool overtaken = answer.status == 500 && party.cseq > asked.cseq;
  const bool may_meet = OtherSide(party).updates || !PlanOf(party).timer.end_to_end();  // the server's refreshes, too
  const bool glare = answer.status == 491 && asked.method == Method::kUpdate && may_meet;
  const bool unreachable = answer.status == 500 && book().MayBeUnreachable(OtherSide(party).agent, asked.begun);
  if (unreachable) return;  // 503 on the other party's side
  if (overtaken || glare || MayEnd(party)) return;
  Wrong(party, absl::StrCat("a request in a call is refused with ", answer.status, " for no reason"), answer);
}

void UserAgent::OnByeFinal(uint32_t row, const SipView& answer) {
  Party& party = parties_[row];
  if (answer.status >= 300 && !OtherSide(party).over && !book().MayEnd(party.call, party.side)) {
    Wrong(party, absl::StrCat("call lost: BYE is refused with ", answer.status), answer);
  }
  if (answer.status < 300) ++book().counts().released;
  EndParty(party);
}

void UserAgent::OnBye(uint32_t row, uint32_t server_row, const SipView& request) {
  Party& party = parties_[row];
  party.bye_cseq = request.cseq;
  Answer(server_row, 200, {}, {}, {});
  if (party.state == State::kOver) return;
  if (!MayEnd(party)) Wrong(party, "call lost: a BYE that nobody has caused", request);
  if (party.invite_in != kNoRow) {
    Answer(party.invite_in, 487, {}, {}, {});  // 15.1.2
    party.invite_in = kNoRow;
  }
  if (party.unacknowledged != kNoRow) StopRepeating(party.unacknowledged);
  party.unacknowledged = kNoRow;
  if (party.state == State::kCalling && client(party.invite).state == ClientTransaction::State::kProceeding) {
    SendCancel(party.invite);
  }
  EndParty(party);
}

void UserAgent::Refer(uint32_t row, const CallPlan::Step& step) {
  const CallPlan& next = book().Find(step.call)->plan;
  const std::string headers = absl::StrCat("Refer-To: <sip:", next.dialled, "@", service_text(), ">\r\n");
  PartyRequest(row, Method::kRefer, headers, {}, {});
}

// RFC 3515: the call that it asks for begins, and what comes of it is told.
void UserAgent::OnRefer(uint32_t row, const SipView& request) {
  const Party& party = parties_[row];
  for (const CallPlan::Step& step : PlanOf(party).steps) {
    if (step.what != What::kRefer || step.side == party.side) continue;
    CallRecord& next = *book().Find(step.call);
    if (request.refer_to != absl::StrCat("sip:", next.plan.dialled, "@", service_text())) {
      return Wrong(party, "a REFER to somebody else", request);
    }
    if (next.side[0].begun || stopped()) return;
    ++book().counts().transfers;
    const auto made = static_cast<uint32_t>(parties_.size());
    Begin(step.call);
    if (made < parties_.size()) parties_[made].reports_to = row;
    return;
  }
  Wrong(party, "a REFER that nobody has planned", request);
}

void UserAgent::Notify(uint32_t row, int status) {
  Party& party = parties_[row];
  if (party.state != State::kEstablished) return;
  const std::string body = absl::StrCat("SIP/2.0 ", status, " Said\r\n");
  PartyRequest(row, Method::kNotify, "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n",
               "message/sipfrag", body);
}

}  // namespace understudy::sim
