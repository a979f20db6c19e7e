// The caller's part: INVITE, what may come of it, and requests outside a dialog.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

// Reliable answers come again after 0.5 s, and then after as long as since the first time and 0.5 s.
constexpr Duration kComesAgain = Duration::Seconds(3);

// What a server makes of a failure of the other side: a challenge is nobody's to answer here, and one phone out of
// service is not the server (RFC 3261 16.7).
int CarriedOn(int status) {
  return status == 401 || status == 407 ? 403 : status == 503 ? 500 : status;
}

}  // namespace

void UserAgent::Begin(uint32_t call) {
  if (stopped_ || off()) return;
  ++book().counts().begun;
  switch (book().Find(call)->plan.kind) {
    case CallPlan::Kind::kCall:
      return BeginCall(call);
    case CallPlan::Kind::kMessage:
      return BeginMessage(call);
    case CallPlan::Kind::kOptions:
      return BeginOptions(call);
  }
}

void UserAgent::BeginCall(uint32_t call) {
  const auto next = parties_.size();
  const uint32_t row = AddParty(call, 0, absl::StrCat(name(), "-", life(), "-", next, "@", address().HostText()));
  Party& party = parties_[row];
  const CallPlan& plan = PlanOf(party);
  party.local_tag = NewTag();
  party.local_uri = CallerUri(call);
  party.remote_uri = absl::StrCat("sip:", plan.dialled, "@", service_text());
  party.target = party.remote_uri;
  std::string headers;
  AppendContact(&headers);
  if (plan.reliable) headers += "Supported: 100rel\r\n";
  headers += AskForTimer(party);
  const std::string session = Session(party, 's', true);
  party.patience = UserAfter(plan.patience, kPatience, row);
  party.invite = party.invite_out = PartyRequest(row, Method::kInvite, headers, "application/sdp", session);
}

void UserAgent::BeginMessage(uint32_t call) {
  CallRecord& record = *book().Find(call);
  CallSide& own = record.side[0];
  own.agent = index();
  own.begun = true;
  own.begun_at = now();
  const std::string tag = NewTag();
  const std::string from = CallerUri(call);
  const std::string to = absl::StrCat("sip:", record.plan.dialled, "@", service_text());
  const std::string call_id = absl::StrCat("m-", call, "@", address().HostText());
  const uint32_t step = NextStep(own);
  const std::string words = WordsOf({call, 0, step});
  Ask ask;
  ask.method = Method::kMessage;
  ask.uri = ask.to = to;
  ask.from = from;
  ask.from_tag = tag;
  ask.call_id = call_id;
  ask.cseq = 1;
  ask.content_type = "text/plain";
  ask.body = words;
  ask.call = call;
  ask.step = step;
  Request(ask);
}

void UserAgent::BeginOptions(uint32_t call) {
  CallSide& own = book().Find(call)->side[0];
  own.agent = index();
  own.begun = own.over = true;
  const std::string tag = NewTag();
  const std::string from = CallerUri(call);
  const std::string to = absl::StrCat("sip:", service_text());
  const std::string call_id = absl::StrCat("o-", call, "@", address().HostText());
  Ask ask;
  ask.method = Method::kOptions;
  ask.uri = ask.to = to;
  ask.from = from;
  ask.from_tag = tag;
  ask.call_id = call_id;
  ask.cseq = 1;
  Request(ask);
}

// Where several phones ring each is an early dialog of its own, with a tag of its own (12.1), until a 2xx is heard.
bool UserAgent::MayChangeTag(const Party& party) const {
  const CallRecord& record = *book().Find(party.call);
  return party.side == 0 && !record.side[0].accepted && (record.plan.fork.rings || record.beside_begun);
}

void UserAgent::CheckTag(Party& party, const SipView& answer) {
  if (answer.to_tag.empty()) return;
  if (party.remote_tag.empty() || MayChangeTag(party)) party.remote_tag = std::string(answer.to_tag);
  if (party.remote_tag != answer.to_tag) Wrong(party, "the server's tag changes", answer);
  if (!answer.contact.empty()) party.target = std::string(answer.contact);
}

void UserAgent::OnProvisional(uint32_t client_row, const SipView& answer) {
  const ClientTransaction& asked = client(client_row);
  if (asked.method != Method::kInvite || asked.party == kNoRow) return;
  Party& party = parties_[asked.party];
  if (!BeginsCall(party, client_row)) return;
  if (answer.rseq != 0 && Misses(asked.party)) return;
  if (answer.status > 100) {
    const bool rings = OtherSide(party).begun || book().Find(party.call)->beside_begun;
    if (!rings) Wrong(party, "ringing, where nobody was called", answer);
    CheckTag(party, answer);
    if (!answer.body.empty()) CheckSession(party, answer);
  }
  if (answer.rseq != 0) OnReliable(asked.party, answer);
  if (parties_[asked.party].hang_up_due && party.state == State::kCalling) {
    parties_[asked.party].hang_up_due = false;
    GiveUpCalling(asked.party);
  }
}

// RFC 3262 section 4.
void UserAgent::OnReliable(uint32_t row, const SipView& answer) {
  Party& party = parties_[row];
  if (!PlanOf(party).reliable || !answer.requires_100rel) Wrong(party, "an RSeq that nobody has asked for", answer);
  const uint64_t hash = TextHash(answer.bytes);
  if (answer.rseq == party.rseq) {
    if (hash != party.reliable_hash) Wrong(party, "a reliable answer that comes again is another one", answer);
    return;
  }
  if (answer.rseq < party.rseq) return;  // repeated, and overtaken by the next one
  if (party.rseq != 0 && answer.rseq != party.rseq + 1) Wrong(party, "an RSeq out of order", answer);
  party.rseq = answer.rseq;
  party.reliable_hash = hash;
  const std::string rack = absl::StrCat("RAck: ", answer.rseq, " ", answer.cseq, " INVITE\r\n");
  PartyRequest(row, Method::kPrack, rack, {}, {});
}

// As if the path had lost it: without a PRACK it must come again (RFC 3262 section 3).
bool UserAgent::Misses(uint32_t row) {
  Party& party = parties_[row];
  if (!PlanOf(party).misses_reliable || party.missed_at != Duration()) return false;
  party.missed_at = now();
  UserAfter(now() - OwnSide(party).begun_at + kComesAgain, kMissed, row);
  return true;
}

void UserAgent::CheckMissed(uint32_t row) {
  const Party& party = parties_[row];
  if (party.rseq != 0) {
    ++book().counts().reliable_missed;
    return;
  }
  const bool calling = party.state == State::kCalling && !party.hang_up_due && !MayEnd(party);
  if (!calling || book().TroubleOf(party.call, party.missed_at) > Duration()) return;
  Violated(party.call, "a reliable answer that had no PRACK does not come again", client(party.invite).bytes);
}

void UserAgent::OnFinal(uint32_t client_row, const SipView& answer) {
  const ClientTransaction& asked = client(client_row);
  if (asked.method == Method::kCancel) {
    if (asked.call == 0) return;
    const bool invite_ended = client(asked.of_invite).status != 0;
    if (answer.status != 200 && !invite_ended && !book().MayEnd(asked.call, asked.side)) {
      Violated(asked.call, "a CANCEL of an INVITE that is not answered is refused", answer.bytes);
    }
    return;
  }
  if (asked.party == kNoRow)
    return asked.call == 0 && asked.method != Method::kOptions ? OnOwnFinal(client_row, answer)
                                                               : OnMessageFinal(client_row, answer);
  const uint32_t row = asked.party;
  if (asked.method == Method::kBye) return OnByeFinal(row, answer);
  if (asked.method != Method::kInvite) return OnInsideFinal(row, client_row, answer);
  parties_[row].invite_out = kNoRow;
  if (!BeginsCall(parties_[row], client_row)) return OnReInviteFinal(row, client_row, answer);
  if (answer.status < 300) return OnAnswered(row, client_row, answer);
  if (answer.status == 422 && AskLonger(row, answer)) return;
  OnRefused(row, answer);
}

void UserAgent::OnAnswered(uint32_t row, uint32_t client_row, const SipView& answer) {
  Party& party = parties_[row];
  CallSide& own = OwnSide(party);
  CheckTag(party, answer);
  if (answer.contact.empty()) Wrong(party, "200 to an INVITE without a Contact", answer);
  if (!OtherSide(party).accepted) Wrong(party, "answered, where the other party has not", answer);
  CheckAnswerer(party, client(client_row), answer);
  CheckSession(party, answer);
  party.timer.agreed = own.version;
  own.accepted = true;
  own.accepted_at = now();
  ++book().counts().answered;
  Acknowledge(client_row);
  if (party.state != State::kCalling) return;  // it was ended from elsewhere
  const bool ends = own.cancelled || party.hang_up_due || winding_;
  if (own.cancelled) ++book().counts().cancel_races;
  Establish(row);
  TakeTimer(client_row, answer);
  if (ends) HangUp(row);
}

// It was given up, and now it is answered: nobody wants it any more.
void UserAgent::OnLateAnswer(uint32_t client_row, const SipView& answer) {
  const uint32_t row = client(client_row).party;
  if (row == kNoRow) return OnOwnLateAnswer(client_row, answer);
  Party& party = parties_[row];
  const bool begins = BeginsCall(party, client_row);
  if (begins) CheckTag(party, answer);
  Acknowledge(client_row);
  if (party.state != State::kOver || !begins) return;
  OwnSide(party).hung_up = true;
  PartyRequest(row, Method::kBye, {}, {}, {});
}

bool UserAgent::Justified(const CallRecord& record, int status) const {
  const CallSide& own = record.side[0];
  const CallSide& other = record.side[1];
  if (status == 503 && book().DiskWasLow(own.begun_at)) return true;
  if (record.plan.callee == CallPlan::kNobody)
    return status == record.plan.expected_status || (status == 487 && own.cancelled);
  if (other.status != 0 && CarriedOn(other.status) == status) return true;
  const uint32_t call = static_cast<uint32_t>(&record - book().Find(1)) + 1;
  const Duration trouble = book().TroubleOf(call, own.begun_at);
  // Of two phones at one number each refuses; or only that one could be reached.
  const bool alone = other.status != 0 || trouble > Duration() || other.gone ||
                     book().MayBeUnreachable(other.agent, own.begun_at) ||
                     !book().RegisteredSince(record.plan.callee, own.begun_at);
  if (record.beside_status != 0 && CarriedOn(record.beside_status) == status && alone) return true;
  switch (status) {
    case 487:
      return own.cancelled || other.hung_up;
    case 480:
      return now() >= own.begun_at + record.plan.no_answer || !book().RegisteredSince(record.plan.callee, own.begun_at);
    case 422:
      return record.plan.timer.with_server[0] && own.invite_step == 1;
    case 408:
    case 504:
      return book().IsFatal(trouble) || other.gone;
    case 500:  // the connection to the other party broke: 503 of its side
    case 503:
      return book().MayBeUnreachable(other.agent, own.begun_at);
    default:
      return false;
  }
}

void UserAgent::CountFailure(const CallRecord& record, int status) {
  CallCounts& counts = book().counts();
  ++counts.failures[status];
  if (record.side[0].cancelled) {
    ++counts.cancelled;
  } else if (record.plan.callee == CallPlan::kNobody) {
    ++counts.nowhere;
  } else if (record.side[1].status == status) {
    ++counts.refused;
  } else if (status == 480) {
    ++counts.no_answer;
  }
}

void UserAgent::OnRefused(uint32_t row, const SipView& answer) {
  Party& party = parties_[row];
  CallRecord& record = *book().Find(party.call);
  if (!Justified(record, answer.status)) {
    Wrong(party, absl::StrCat("refused with ", answer.status, " for no reason"), answer);
  }
  record.side[0].status = answer.status;
  CountFailure(record, answer.status);
  if (party.reports_to != kNoRow) Notify(party.reports_to, answer.status);
  EndParty(party);
}

void UserAgent::OnMessageFinal(uint32_t client_row, const SipView& answer) {
  const ClientTransaction& asked = client(client_row);
  if (asked.method == Method::kOptions) {
    ++book().counts().options;
    if (answer.status != 200 && answer.status != 503) Violated(0, "OPTIONS to the server is refused", answer.bytes);
    return;
  }
  CallRecord& record = *book().Find(asked.call);
  record.side[0].over = true;
  record.side[0].status = answer.status;
  if (answer.status >= 300) {
    if (!Justified(record, answer.status)) {
      Violated(asked.call, absl::StrCat("MESSAGE refused with ", answer.status, " for no reason"), answer.bytes);
    }
    return CountFailure(record, answer.status);
  }
  ++book().counts().messages;
  const StepMark expected{asked.call, 1, asked.step};
  if (!record.side[1].accepted || !(answer.mark == expected)) {
    Violated(asked.call, "a MESSAGE that the other party has not answered is answered", answer.bytes);
  }
}

void UserAgent::OnGivenUp(uint32_t client_row) {
  const ClientTransaction& asked = client(client_row);
  const uint32_t row = asked.party;
  if (row == kNoRow) {
    if (asked.call == 0) return OnOwnGivenUp(client_row);
    CallSide& own = book().Find(asked.call)->side[0];
    own.gave_up = own.over = true;
    return;
  }
  Party& party = parties_[row];
  switch (asked.method) {
    case Method::kInvite:
      party.invite_out = kNoRow;
      OwnSide(party).gave_up = true;
      if (!BeginsCall(party, client_row)) return HangUp(row);  // 12.2.1.2: nobody is there
      ++book().counts().given_up;
      if (party.reports_to != kNoRow) Notify(party.reports_to, 408);
      return EndParty(party);
    case Method::kBye:
      OwnSide(party).gave_up = true;
      return EndParty(party);
    case Method::kPrack:
      OwnSide(party).gave_up = true;
      return HangUp(row);
    default:
      return;
  }
}

}  // namespace understudy::sim
