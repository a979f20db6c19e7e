// The callee's part: an INVITE that comes, and what the plan answers to it; MESSAGE outside a dialog.
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

constexpr Duration kSlow = Duration::Milliseconds(300);  // from then on an INVITE is answered 100 first
constexpr Duration kLongestRinging = Duration::Seconds(120);

}  // namespace

// Why a request that begins something is not of the book, or not for this agent; nullptr: it is.
const char* UserAgent::WrongCall(const SipView& request, CallPlan::Kind kind) const {
  const CallRecord* record = book().Find(request.mark.call);
  if (record == nullptr || record->plan.kind != kind || request.mark.side != 0) return "a call out of nowhere";
  if (!record->side[0].begun || request.mark.step != record->side[0].invite_step) {
    return "a call that nobody has begun";
  }
  if (!IsFor(record->plan.callee)) return "a call that is for somebody else";
  return nullptr;
}

void UserAgent::OnInvite(uint32_t server_row, const SipView& request) {
  if (const char* wrong = WrongCall(request, CallPlan::Kind::kCall)) {
    Violated(request.mark.call, wrong, request.bytes);
    return Answer(server_row, 404, {}, {}, {});
  }
  CallSide& own = book().Find(request.mark.call)->side[1];
  ServerTransaction& invite = server(server_row);
  invite.call = request.mark.call;
  invite.side = 1;
  if (own.begun) {
    if (own.life == life())
      Violated(request.mark.call, "a doubled call: its INVITE comes as a second one", request.bytes);
    return Answer(server_row, 500, {}, {}, {});
  }
  const uint32_t row = AddParty(request.mark.call, 1, request.call_id);
  Party& party = parties_[row];
  own.heard.assign(request.mark.step, now());
  invite.party = row;
  party.invite = server_row;
  party.local_tag = invite.tag;
  party.remote_tag = std::string(request.from_tag);
  party.local_uri = std::string(UriIn(request.to));
  party.remote_uri = std::string(UriIn(request.from));
  party.target = std::string(request.contact);
  party.supports_100rel = request.supports_100rel;
  party.heard_cseq = request.cseq;
  party.heard_cseqs.push_back(request.cseq);
  Enter(party, State::kRinging);
  if (request.contact.empty()) Wrong(party, "an INVITE without a Contact", request);
  NoteAsked(party, request);
  CheckSession(party, request);
  if (winding_) return HangUp(row);
  const CallPlan& plan = PlanOf(party);
  if (plan.rings) UserAfter(chance_.Between(Duration::Milliseconds(5), Duration::Milliseconds(80)), kRing, row);
  const bool lets_ring = plan.answer == CallPlan::Answer::kLetRing;
  if (!plan.rings && (lets_ring || plan.ring > kSlow)) Answer(server_row, 100, {}, {}, {});
  party.patience = UserAfter(lets_ring ? kLongestRinging : plan.ring, kAnswer, row);
  if (plan.fork.rings) BeginFork(row);
}

void UserAgent::Ring(uint32_t row) {
  Party& party = parties_[row];
  if (party.state != State::kRinging || party.answer_due) return;
  const CallPlan& plan = PlanOf(party);
  std::string contact;
  AppendContact(&contact);
  const std::string session = plan.early_media ? Session(party, 's', true) : std::string();
  const int status = plan.early_media ? 183 : 180;
  if (plan.reliable && party.supports_100rel) {
    party.rseq = 1 + static_cast<uint32_t>(chance_.Below(1000));
    return AnswerReliably(party.invite, status, party.rseq, contact, "application/sdp", session);
  }
  Answer(party.invite, status, contact, "application/sdp", session);
}

void UserAgent::GiveAnswer(uint32_t row) {
  Party& party = parties_[row];
  party.patience = 0;
  if (party.state != State::kRinging) return;
  if (server(party.invite).rseq != 0) {
    party.answer_due = true;  // RFC 3262 section 3: a 2xx waits for the PRACK of a session description
    return;
  }
  const CallPlan& plan = PlanOf(party);
  CallSide& own = OwnSide(party);
  if (plan.answer == CallPlan::Answer::kLetRing) return HangUp(row);
  if (plan.answer == CallPlan::Answer::kReject) {
    own.status = plan.status;
    Answer(party.invite, plan.status, {}, {}, {});
    return EndParty(party);
  }
  own.accepted = true;
  own.accepted_at = now();
  Enter(party, State::kAnswered);
  party.unacknowledged = party.invite;
  std::string contact;
  AppendContact(&contact);
  contact += AgreeOnTimer(row, party.timer.asked, party.timer.asked_refresher);
  Answer(party.invite, 200, contact, "application/sdp", Session(party, 's', false));
  party.timer.agreed = own.version;
  if (party.fork != kNoRow && plan.fork.answers) UserAfter(plan.fork.answers_after, kForkAnswers, party.fork);
}

void UserAgent::OnPrack(uint32_t row, uint32_t server_row, const SipView& request) {
  Party& party = parties_[row];
  const ServerTransaction& invite = server(party.invite);
  if (party.side != 1 || request.rack != absl::StrCat(party.rseq, " ", invite.cseq, " INVITE")) {
    Wrong(party, "a PRACK of what was not said", request);
    return Answer(server_row, 481, {}, {}, {});
  }
  if (invite.rseq == 0) return Answer(server_row, 481, {}, {}, {});  // the INVITE has ended meanwhile
  StopRepeating(party.invite);
  ++book().counts().pracks;
  Answer(server_row, 200, {}, {}, {});
  if (party.answer_due) return GiveAnswer(row);
  if (PlanOf(party).reliable_twice) {
    UserAfter(chance_.Between(Duration::Milliseconds(1), Duration::Milliseconds(900)), kRingAgain, row);
  }
}

// RFC 3262 section 3: the next one only after the PRACK of this one.
void UserAgent::RingAgain(uint32_t row) {
  Party& party = parties_[row];
  if (party.state != State::kRinging || party.answer_due || party.rang_again) return;
  party.rang_again = true;
  ++book().counts().reliable_twice;
  std::string contact;
  AppendContact(&contact);
  AnswerReliably(party.invite, 180, ++party.rseq, contact, {}, {});
}

void UserAgent::OnCancel(uint32_t invite_row) {
  const ServerTransaction& invite = server(invite_row);
  if (invite.status >= 200) return;
  if (invite.party == kNoRow) return OnOwnCancel(invite_row);
  Party& party = parties_[invite.party];
  if (!MayEnd(party)) Violated(party.call, "a CANCEL that nobody has caused", invite.head);
  Answer(invite_row, 487, {}, {}, {});
  if (invite_row == party.invite) return EndParty(party);
  if (party.invite_in == invite_row) party.invite_in = kNoRow;
}

void UserAgent::OnAck(const SipView& ack) {
  const uint32_t row = FindParty(ack.call_id);
  if (row == kNoRow) {
    if (TakesOwnAck(ack)) return;
    if (life() == 0) Violated(0, "an ACK in a dialog that is not", ack.bytes);
    return;
  }
  Party& party = parties_[row];
  if (FindFork(party, ack.to_tag) != nullptr) return OnForkAck(party.fork, ack);
  const uint64_t hash = TextHash(ack.bytes);
  if (ack.cseq == party.ack_cseq) {
    ++book().counts().repeated;
    if (hash != party.ack_hash) Wrong(party, "an ACK that comes again is another one", ack);
    return;
  }
  const uint32_t answered = party.unacknowledged;
  if (answered == kNoRow || server(answered).cseq != ack.cseq) {
    // Late, after all was over; or to an answer that was never given.
    const bool late = party.state == State::kOver || ack.cseq < party.ack_cseq || OwnSide(party).gave_up;
    if (!late) Wrong(party, "an ACK to what was not answered", ack);
    return;
  }
  party.ack_cseq = ack.cseq;
  party.ack_hash = hash;
  party.unacknowledged = kNoRow;
  Acknowledged(answered);
  if (party.state != State::kAnswered) return;
  Establish(row);
  if (party.hang_up_due || winding_) HangUp(row);
}

void UserAgent::OnUnacknowledged(uint32_t server_row) {
  const ServerTransaction& row = server(server_row);
  if (row.party == kNoRow) return OnOwnUnacknowledged(server_row);
  Party& party = parties_[row.party];
  if (ForkedPhone* fork = FindFork(party, row.tag)) return OnForkUnacknowledged(*fork);
  const bool excused = MayEnd(party);
  if (!excused) {
    Violated(party.call, absl::StrCat("no ", row.status < 200 ? "PRACK" : "ACK", " in time to a ", row.status),
             row.answer);
  }
  if (row.status >= 300) return;
  CallSide& own = OwnSide(party);
  own.gave_up = true;
  if (row.status < 200) {
    own.status = 504;
    Answer(server_row, 504, {}, {}, {});
    return EndParty(party);
  }
  if (party.unacknowledged == server_row) party.unacknowledged = kNoRow;
  if (party.state == State::kAnswered) Enter(party, State::kEstablished);
  HangUp(row.party);
}

void UserAgent::OnText(uint32_t server_row, const SipView& request) {
  if (const char* wrong = WrongCall(request, CallPlan::Kind::kMessage)) {
    Violated(request.mark.call, wrong, request.bytes);
    return Answer(server_row, 404, {}, {}, {});
  }
  CallSide& own = book().Find(request.mark.call)->side[1];
  ServerTransaction& row = server(server_row);
  row.call = request.mark.call;
  row.side = 1;
  const bool forgotten = MayBeForgotten(book().Find(row.call)->side[0], request.mark.step);
  if (own.begun && own.life == life() && !forgotten) {
    Violated(row.call, "a doubled MESSAGE: it comes as a second one", request.bytes);
  }
  if (request.body != WordsOf(request.mark)) Violated(row.call, "a MESSAGE with other words", request.bytes);
  own.agent = index();
  own.life = life();
  own.begun = own.over = own.accepted = true;
  own.accepted_at = now();
  Answer(server_row, 200, {}, {}, {});
}

}  // namespace understudy::sim
