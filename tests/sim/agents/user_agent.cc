#include "tests/sim/agents/user_agent.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

absl::string_view StateName(State state) {
  switch (state) {
    case State::kCalling:
      return "calling";
    case State::kRinging:
      return "ringing";
    case State::kAnswered:
      return "answered, without ACK";
    case State::kEstablished:
      return "established";
    case State::kEnding:
      return "ending";
    case State::kOver:
      return "over";
  }
  return "?";
}

}  // namespace

std::string WordsOf(const StepMark& mark) {
  std::string words = absl::StrCat("words of ", mark.call, ".", static_cast<int>(mark.side), ".", mark.step, " ");
  words.append(1 + (mark.call * 7 + mark.step * 31) % 60, static_cast<char>('a' + mark.step % 26));
  return words;
}

UserAgent::UserAgent(std::string name, std::string number, Endpoint address, Endpoint service, Transport transport,
                     EventQueue* events, AgentPort* port, CallBook* book, Chance chance)
    : SipAgent(std::move(name), std::move(number), address, service, transport, events, port, book), chance_(chance) {}

std::string UserAgent::CallerUri(uint32_t) const {
  return absl::StrCat("sip:", number(), "@", service_text());
}

void UserAgent::OnOwnFinal(uint32_t, const SipView&) {}
void UserAgent::OnOwnGivenUp(uint32_t) {}
void UserAgent::OnOwnLateAnswer(uint32_t, const SipView&) {}
void UserAgent::OnOwnTimer(uint32_t, uint32_t) {}
bool UserAgent::TakesOwn(uint32_t, const SipView&) { return false; }
bool UserAgent::TakesOwnAck(const SipView&) { return false; }
void UserAgent::OnOwnCancel(uint32_t) {}
void UserAgent::OnOwnUnacknowledged(uint32_t) {}

uint32_t UserAgent::AddParty(uint32_t call, uint8_t side, absl::string_view call_id) {
  const auto row = static_cast<uint32_t>(parties_.size());
  party_of_.emplace(TextHash(call_id), row);
  parties_.emplace_back();
  Party& party = parties_.back();
  party.call = call;
  party.side = side;
  party.call_id = std::string(call_id);
  party.since = now();
  CallSide& own = OwnSide(party);
  own.agent = index();
  own.begun = true;
  own.begun_at = now();
  own.life = life();
  if (side == 0) book().NoteCallId(call, call_id);
  return row;
}

uint32_t UserAgent::FindParty(absl::string_view call_id) const {
  auto found = party_of_.find(TextHash(call_id));
  return found == party_of_.end() ? kNoRow : found->second;
}

bool UserAgent::CallOf(absl::string_view call_id, uint32_t* call) const {
  const uint32_t row = FindParty(call_id);
  if (row != kNoRow) *call = parties_[row].call;
  return row != kNoRow;
}

void UserAgent::Enter(Party& party, State state) {
  party.state = state;
  party.since = now();
}

void UserAgent::EndParty(Party& party) {
  if (party.state == State::kOver) return;
  Enter(party, State::kOver);
  Cancel(&party.patience);
  Cancel(&party.timer.due);
  // Its 2xx may be lost, and after a BYE nobody repeats it.
  if (party.invite_out != kNoRow && !BeginsCall(party, party.invite_out)) Abandon(party.invite_out);
  book().Over(party.call, party.side);
}

void UserAgent::Wrong(const Party& party, absl::string_view what, const SipView& message) {
  Violated(party.call, what, message.bytes);
}

uint32_t UserAgent::PartyRequest(uint32_t row, Method method, absl::string_view headers, absl::string_view content_type,
                                 absl::string_view body) {
  Party& party = parties_[row];
  Ask ask;
  ask.method = method;
  ask.uri = party.target;
  ask.from = party.local_uri;
  ask.from_tag = party.local_tag;
  ask.to = party.remote_uri;
  ask.to_tag = party.remote_tag;
  ask.call_id = party.call_id;
  ask.cseq = ++party.cseq;
  ask.headers = headers;
  ask.content_type = content_type;
  ask.body = body;
  ask.party = row;
  ask.call = party.call;
  ask.side = party.side;
  ask.step = NextStep(OwnSide(party));
  return Request(ask);
}

// The ACK to a 2xx (13.2.2.4).
void UserAgent::Acknowledge(uint32_t client_row) {
  const ClientTransaction& invite = client(client_row);
  const Party& party = parties_[invite.party];
  Ask ask;
  ask.method = Method::kAck;
  ask.uri = party.target;
  ask.from = party.local_uri;
  ask.from_tag = party.local_tag;
  ask.to = party.remote_uri;
  ask.to_tag = party.remote_tag;
  ask.call_id = party.call_id;
  ask.cseq = invite.cseq;
  ask.call = party.call;
  ask.side = party.side;
  ask.step = invite.step;
  SendAck(client_row, ask);
}

// `anew`: the next version; else the last one again (of the answer that a provisional response gave before).
std::string UserAgent::Session(Party& party, char direction, bool anew) {
  CallSide& own = OwnSide(party);
  if (anew || own.version == 0) {
    ++own.version;
    own.directions.push_back(direction);
  }
  std::string session;
  AppendSession(party.call, party.side, own.version, own.directions.back(), &session);
  return session;
}

void UserAgent::HangUp(uint32_t row) {
  Party& party = parties_[row];
  switch (party.state) {
    case State::kCalling:
      return GiveUpCalling(row);
    case State::kRinging:
      OwnSide(party).status = 480;
      OwnSide(party).hung_up = true;
      Answer(party.invite, 480, {}, {}, {});
      return EndParty(party);
    case State::kAnswered:
      party.hang_up_due = true;  // section 15: not before the ACK
      return;
    case State::kEstablished:
      OwnSide(party).hung_up = true;
      Enter(party, State::kEnding);
      PartyRequest(row, Method::kBye, {}, {}, {});
      return;
    case State::kEnding:
    case State::kOver:
      return;
  }
}

void UserAgent::GiveUpCalling(uint32_t row) {
  Party& party = parties_[row];
  if (client(party.invite).state != ClientTransaction::State::kProceeding) {
    party.hang_up_due = true;  // 9.1: not before a provisional answer
    return;
  }
  OwnSide(party).cancelled = true;
  SendCancel(party.invite);
}

void UserAgent::HangUpAll() {
  stopped_ = winding_ = true;
  for (uint32_t row = 0; row < parties_.size(); ++row) HangUp(row);
}

void UserAgent::OnOff(bool forgets) {
  if (!forgets) return SipAgent::OnOff(forgets);
  for (Party& party : parties_) {
    if (party.state == State::kOver) continue;
    ++book().counts().lost_by_restart;
    OwnSide(party).gone = true;
    EndParty(party);
  }
  for (uint32_t call = 1; call <= book().size(); ++call) {
    if (book().Find(call)->plan.kind != CallPlan::Kind::kMessage) continue;
    for (CallSide& side : book().Find(call)->side) {
      if (side.agent == index() && side.begun) side.gone = side.over = true;
    }
  }
  parties_.clear();
  party_of_.clear();
  forks_.clear();
  SipAgent::OnOff(forgets);
}

std::vector<CallBelief> UserAgent::Calls(Duration recently) const {
  std::vector<CallBelief> calls;
  for (const Party& party : parties_) {
    if (party.state == State::kOver && party.since + recently < now()) continue;
    calls.push_back(
        {party.call, party.side, party.state, party.since, party.call_id, party.local_tag, party.remote_tag});
  }
  return calls;
}

void UserAgent::AppendUnfinished(std::vector<std::string>* lines) const {
  for (const Party& party : parties_) {
    if (party.state == State::kOver) continue;
    lines->push_back(absl::StrCat(name(), ": call ", party.call, " is ", StateName(party.state), " since ",
                                  party.since.milliseconds(), " ms"));
  }
  for (const ForkedPhone& fork : forks_) {
    if (!fork.acknowledged || fork.ended) continue;
    lines->push_back(absl::StrCat(name(), ": call ", parties_[fork.party].call, " goes on at the second of a fork"));
  }
  const std::string waiting = Waiting();
  if (!waiting.empty()) lines->push_back(absl::StrCat(name(), " waits for ", waiting));
}

void UserAgent::OnUserTimer(uint32_t kind, uint32_t row) {
  if (kind >= kFirstOwnTimer) return OnOwnTimer(kind, row);
  switch (static_cast<Timer>(kind)) {
    case kPatience:
      parties_[row].patience = 0;
      if (parties_[row].state == State::kCalling) GiveUpCalling(row);
      return;
    case kRing:
      return Ring(row);
    case kAnswer:
      return GiveAnswer(row);
    case kStep: {
      const CallPlan::Step step = PlanOf(parties_[row >> 8]).steps[row & 0xFF];
      return DoStep(row >> 8, step);
    }
    case kHangUp:
      return HangUp(row);
    case kRetry:
      return ReInvite(row, parties_[row].direction);
    case kAnswerReInvite:
      return AnswerReInvite(row);
    case kRingAgain:
      return RingAgain(row);
    case kMissed:
      return CheckMissed(row);
    case kForkRings:
    case kForkAnswers:
    case kForkSettled:
    case kForkSettledLate:
      return OnForkTimer(static_cast<Timer>(kind), row);
    case kSession:
      return OnSessionDue(row);
  }
}

}  // namespace understudy::sim
