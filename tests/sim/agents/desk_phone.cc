#include "tests/sim/agents/desk_phone.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

constexpr Duration kLongestWait = Duration::Seconds(40);

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

}  // namespace

uint32_t DeskPhone::Find(absl::string_view call_id) const {
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [&](const Call& call) { return call.call_id == call_id; });
  return found == calls_.end() ? kNoRow : static_cast<uint32_t>(found - calls_.begin());
}

void DeskPhone::Enter(Call& call, State state) {
  call.state = state;
  call.since = now();
  if (state != State::kOver) return;
  Cancel(&call.wait);
  if (call.invite_out != kNoRow) Abandon(std::exchange(call.invite_out, kNoRow));  // after a BYE nobody repeats its 2xx
}

bool DeskPhone::TakesOwn(uint32_t server_row, const SipView& request) {
  const uint32_t row = Find(request.call_id);
  if (!request.to_tag.empty() && row != kNoRow) {
    OnInDialog(row, server_row, request);
    return true;
  }
  if (request.method != Method::kInvite || !request.to_tag.empty()) return false;
  if (row == kNoRow) {
    OnNewCall(server_row, request);
    return true;
  }
  Violated(0, "a doubled call: its INVITE comes as a second one", request.bytes);
  Answer(server_row, 500, {}, {}, {});
  return true;
}

void DeskPhone::OnNewCall(uint32_t server_row, const SipView& request) {
  const auto row = static_cast<uint32_t>(calls_.size());
  calls_.emplace_back();
  Call& call = calls_.back();
  call.call_id = std::string(request.call_id);
  call.local_tag = server(server_row).tag;
  call.remote_tag = std::string(request.from_tag);
  call.local_uri = std::string(UriIn(request.to));
  call.remote_uri = std::string(UriIn(request.from));
  call.target = std::string(request.contact);
  call.invite = server_row;
  call.heard.insert(request.cseq);
  call.heard_cseq = request.cseq;
  Enter(call, State::kRinging);
  NoteSession(call, request);
  if (request.contact.empty()) Violated(0, "an INVITE without a Contact", request.bytes);
  if (manners_ && !winds_down_) return ReceiveAsScripted(row);
  if (winds_down_ || chance().Percent(8)) {
    Answer(server_row, 486, {}, {}, {});
    return Enter(call, State::kOver);
  }
  UserAfter(chance().Between(Ms(5), Ms(80)), kRings, row);
  // Or nobody is there, and it rings until it is told to answer, or that it is over.
  if (chance().Percent(70)) call.wait = UserAfter(chance().Skewed(Ms(100), Ms(6000)), kAnswers, row);
}

void DeskPhone::ReceiveAsScripted(uint32_t row) {
  Call& call = calls_[row];
  if (manners_->answer == Manners::Answer::kRefuse) {
    Answer(call.invite, 486, {}, {}, {});
    return Enter(call, State::kOver);
  }
  UserAfter(Ms(5), kRings, row);
  const bool accepts = manners_->answer == Manners::Answer::kAccept;
  call.wait = UserAfter(Ms(5) + manners_->ring, accepts ? kAnswers : kHangsUp, row);
}

// Whose session it is: each of these phones says its own index in it.
void DeskPhone::NoteSession(Call& call, const SipView& message) {
  SessionView session;
  if (message.body.empty() || message.content_type != "application/sdp") return;
  call.talks_to = ReadSession(message.body, &session) ? session.call : kNoRow;
}

const char* DeskPhone::WrongInCall(const Call& call, const SipView& request) const {
  if (request.to_tag != call.local_tag) return "a request to another tag than the call's";
  if (request.from_tag != call.remote_tag) return "a request from another tag than before";
  if (call.heard.contains(request.cseq)) return "a CSeq that was used before";
  return nullptr;
}

void DeskPhone::OnInDialog(uint32_t row, uint32_t server_row, const SipView& request) {
  Call& call = calls_[row];
  if (const char* wrong = WrongInCall(call, request)) Violated(0, wrong, request.bytes);
  call.heard.insert(request.cseq);
  if (request.cseq < call.heard_cseq) return Answer(server_row, 500, {}, {}, {});  // 12.2.2: it was overtaken
  call.heard_cseq = request.cseq;
  const bool over = call.state == State::kOver || call.state == State::kEnding;
  switch (request.method) {
    case Method::kBye:
      Answer(server_row, 200, {}, {}, {});
      if (call.state == State::kRinging) Answer(call.invite, 487, {}, {}, {});
      if (call.unacknowledged != kNoRow) StopRepeating(call.unacknowledged);
      call.unacknowledged = kNoRow;
      return call.state == State::kEnding ? void() : Enter(call, State::kOver);
    case Method::kInvite:
      if (over) return Answer(server_row, 481, {}, {}, {});
      if (call.unacknowledged != kNoRow || call.invite_out != kNoRow) return Answer(server_row, 491, {}, {}, {});
      if (!request.contact.empty()) call.target = std::string(request.contact);
      NoteSession(call, request);
      return AnswerInvite(call, server_row, request.body.empty());
    case Method::kNotify:
      return OnNotify(row, server_row, request);
    default:
      return Answer(server_row, over ? 481 : 200, {}, {}, {});
  }
}

void DeskPhone::OnNotify(uint32_t row, uint32_t server_row, const SipView& request) {
  Call& call = calls_[row];
  if (call.state == State::kOver) return Answer(server_row, 481, {}, {}, {});
  Answer(server_row, 200, {}, {}, {});
  if (absl::StrContains(request.bytes, "\r\nEvent: refer")) return OnReferNotice(call, request);
  const bool hold = absl::StrContains(request.bytes, "\r\nEvent: hold\r\n");
  const bool talk = absl::StrContains(request.bytes, "\r\nEvent: talk\r\n");
  if (!hold && !talk) return;
  if (call.state == State::kRinging && talk) {
    ++talked_;
    return PickUp(row);
  }
  ReInvite(row, hold ? 'o' : 's');
}

void DeskPhone::PickUp(uint32_t row) {
  Call& call = calls_[row];
  Cancel(&call.wait);
  ++answered_;
  Enter(call, State::kAnswered);
  AnswerInvite(call, call.invite, server(call.invite).offerless);
  if (manners_) return;
  call.wait = UserAfter(chance().Percent(75) ? chance().Skewed(Ms(500), Ms(20000)) : kLongestWait, kHangsUp, row);
}

void DeskPhone::AnswerInvite(Call& call, uint32_t server_row, bool offers) {
  std::string contact;
  AppendContact(&contact);
  call.unacknowledged = server_row;
  call.offered = offers;
  Answer(server_row, 200, contact, "application/sdp", NextSession(call, call.wanted));
}

bool DeskPhone::TakesOwnAck(const SipView& ack) {
  const uint32_t row = Find(ack.call_id);
  if (row == kNoRow) return false;
  Call& call = calls_[row];
  if (call.unacknowledged == kNoRow || server(call.unacknowledged).cseq != ack.cseq) {
    const bool late = call.state == State::kOver || call.state == State::kEnding || ack.cseq <= call.acknowledged_cseq;
    if (!late) Violated(0, "an ACK to what was not answered", ack.bytes);
    return true;
  }
  if (call.offered && ack.body.empty()) Violated(0, "an ACK without an answer to the offer in the 2xx", ack.bytes);
  NoteSession(call, ack);
  Acknowledged(call.unacknowledged);
  call.unacknowledged = kNoRow;
  call.acknowledged_cseq = ack.cseq;
  if (call.state == State::kAnswered) {
    Enter(call, State::kEstablished);
    HoldByItself(row);
  }
  if (call.hang_up_due) HangUpCall(row);
  return true;
}

void DeskPhone::OnOwnCancel(uint32_t invite) {
  for (Call& call : calls_) {
    if (call.invite != invite || call.state != State::kRinging) continue;
    Answer(invite, 487, {}, {}, {});
    Enter(call, State::kOver);
  }
}

void DeskPhone::OnOwnUnacknowledged(uint32_t server_row) {
  for (uint32_t row = 0; row < calls_.size(); ++row) {
    Call& call = calls_[row];
    if (call.unacknowledged != server_row) continue;
    if (!book().IsFatal(book().Trouble(index(), call.since))) {
      Violated(0, "no ACK in time to a 200", server(server_row).answer);
    }
    call.unacknowledged = kNoRow;
    if (call.state == State::kAnswered) Enter(call, State::kEstablished);
    HangUpCall(row);
  }
}

// Section 15: not before the ACK.
void DeskPhone::HangUpCall(uint32_t row) {
  Call& call = calls_[row];
  switch (call.state) {
    case State::kRinging:
      Answer(call.invite, 480, {}, {}, {});
      return Enter(call, State::kOver);
    case State::kCalling:
      call.hang_up_due = true;  // 9.1: not before a provisional answer
      if (client(call.dialled).state == ClientTransaction::State::kProceeding) SendCancel(call.dialled);
      return;
    case State::kAnswered:
      call.hang_up_due = true;
      return;
    case State::kEnding:
    case State::kOver:
      return;
    case State::kEstablished:
      break;
  }
  if (call.unacknowledged != kNoRow) {
    call.hang_up_due = true;
    return;
  }
  call.bye = Request(AskIn(call, Method::kBye, ++call.cseq));
  Cancel(&call.wait);
  Enter(call, State::kEnding);
}

SipAgent::Ask DeskPhone::AskIn(const Call& call, Method method, uint32_t cseq) const {
  Ask ask;
  ask.method = method;
  ask.uri = call.target;
  ask.from = call.local_uri;
  ask.from_tag = call.local_tag;
  ask.to = call.remote_uri;
  ask.to_tag = call.remote_tag;
  ask.call_id = call.call_id;
  ask.cseq = cseq;
  return ask;
}

std::string DeskPhone::NextSession(Call& call, char direction) const {
  std::string session;
  AppendSession(static_cast<uint32_t>(index()), 0, ++call.version, direction, &session);
  return session;
}

void DeskPhone::OnOwnFinal(uint32_t client_row, const SipView& answer) {
  for (uint32_t row = 0; row < calls_.size(); ++row) {
    if (calls_[row].bye == client_row) return Enter(calls_[row], State::kOver);
    if (calls_[row].refer == client_row) {
      calls_[row].refer_status = answer.status;
      return;
    }
    if (calls_[row].invite_out == client_row && calls_[row].dialled == client_row) return OnDialled(row, answer);
    if (calls_[row].invite_out == client_row) return OnReInviteFinal(row, answer);
  }
  Phone::OnOwnFinal(client_row, answer);
}

void DeskPhone::OnOwnGivenUp(uint32_t client_row) {
  for (uint32_t row = 0; row < calls_.size(); ++row) {
    Call& call = calls_[row];
    if (call.bye == client_row) return Enter(call, State::kOver);
    if (call.refer == client_row) call.refer_status = 408;
    if (call.invite_out != client_row) continue;
    call.invite_out = kNoRow;
    if (call.dialled == client_row) {
      call.status = 408;
      return Enter(call, State::kOver);
    }
    return HangUpCall(row);  // 14.1
  }
  Phone::OnOwnGivenUp(client_row);
}

void DeskPhone::OnOwnTimer(uint32_t kind, uint32_t row) {
  if (kind < kRings) return Phone::OnOwnTimer(kind, row);
  Call& call = calls_[row];
  switch (static_cast<Timer>(kind)) {
    case kRings: {
      if (call.state != State::kRinging) return;
      std::string contact;
      AppendContact(&contact);
      return Answer(call.invite, 180, contact, {}, {});
    }
    case kAnswers:
      call.wait = 0;
      if (call.state == State::kRinging) PickUp(row);
      return;
    case kHangsUp:
      call.wait = 0;
      return HangUpCall(row);
    case kHolds:
      return ReInvite(row, 'o');
    case kRetrieves:
      return ReInvite(row, 's');
    case kTriesAgain:
      return ReInvite(row, call.wanted);
  }
}

void DeskPhone::StopBeginning() {
  Phone::StopBeginning();
  winds_down_ = true;
}

void DeskPhone::HangUpAll() {
  Phone::HangUpAll();
  winds_down_ = true;
  for (uint32_t row = 0; row < calls_.size(); ++row) HangUpCall(row);
}

std::vector<CallBelief> DeskPhone::Calls(Duration recently) const {
  std::vector<CallBelief> beliefs;
  for (const Call& call : calls_) {
    if (call.state == State::kOver && call.since + recently < now()) continue;
    beliefs.push_back({0, 1, call.state, call.since, call.call_id, call.local_tag, call.remote_tag});
  }
  return beliefs;
}

void DeskPhone::AppendUnfinished(std::vector<std::string>* lines) const {
  for (const Call& call : calls_) {
    if (call.state == State::kOver) continue;
    lines->push_back(absl::StrCat(name(), ": the call with Call-ID ", call.call_id, " is not over since ",
                                  call.since.milliseconds(), " ms"));
  }
  Phone::AppendUnfinished(lines);
}

}  // namespace understudy::sim
