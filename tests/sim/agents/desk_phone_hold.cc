// Hold at a desk phone: because it was told to, or by itself. The direction that is wanted last counts.
#include "absl/strings/str_cat.h"
#include "tests/sim/agents/desk_phone.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

constexpr uint32_t kMostRetries = 8;

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

}  // namespace

void DeskPhone::HoldByItself(uint32_t row) {
  if (manners_ || !chance().Percent(15)) return;
  const Duration from = chance().Skewed(Ms(300), Ms(6000));
  UserAfter(from, kHolds, row);
  UserAfter(from + chance().Skewed(Ms(1), Ms(5000)), kRetrieves, row);
}

void DeskPhone::TryAgain(uint32_t row, Duration earliest, Duration latest) {
  if (++calls_[row].retries <= kMostRetries) UserAfter(chance().Between(earliest, latest), kTriesAgain, row);
}

// 14.1: one INVITE at a time.
void DeskPhone::ReInvite(uint32_t row, char direction) {
  Call& call = calls_[row];
  call.wanted = direction;
  const bool busy = call.invite_out != kNoRow || call.unacknowledged != kNoRow || call.state == State::kAnswered;
  if (busy) return TryAgain(row, Ms(300), Ms(900));
  if (call.state != State::kEstablished) return;
  held_ += direction == 'o' ? 1 : 0;
  std::string contact;
  AppendContact(&contact);
  const std::string session = NextSession(call, direction);
  Ask ask = AskIn(call, Method::kInvite, ++call.cseq);
  ask.headers = contact;
  ask.content_type = "application/sdp";
  ask.body = session;
  call.invite_out = Request(ask);
}

void DeskPhone::OnReInviteFinal(uint32_t row, const SipView& answer) {
  Call& call = calls_[row];
  const uint32_t invite = call.invite_out;
  call.invite_out = kNoRow;
  if (answer.status < 300) {
    NoteSession(call, answer);
    if (answer.body.empty()) Violated(0, "a 2xx to a re-INVITE without an answer to the offer", answer.bytes);
    if (!answer.contact.empty()) call.target = std::string(answer.contact);
    call.retries = 0;
    return SendAck(invite, AskIn(call, Method::kAck, client(invite).cseq));
  }
  if (answer.status == 491 || answer.status == 500) return TryAgain(row, Duration(), Ms(2000));
  if (answer.status == 481 || answer.status == 408) return HangUpCall(row);
}

// 13.2.2.4: a 2xx has its ACK, whatever has become of the call.
void DeskPhone::OnOwnLateAnswer(uint32_t client_row, const SipView& answer) {
  const uint32_t row = Find(client(client_row).call_id);
  if (row == kNoRow) return;
  Call& call = calls_[row];
  const bool begins = call.dialled == client_row;
  if (begins) {
    call.remote_tag = std::string(answer.to_tag);
    call.target = std::string(answer.contact);
  }
  SendAck(client_row, AskIn(call, Method::kAck, client(client_row).cseq));
  if (begins) call.bye = Request(AskIn(call, Method::kBye, ++call.cseq));  // nobody wants it any more
}

}  // namespace understudy::sim
