// What a desk phone begins as it is told: a call, and the REFER that hands one over (RFC 3515, RFC 5589).
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tests/sim/agents/desk_phone.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

// A dialog as the value of Replaces in a URI (RFC 3891 3, RFC 3261 25.1: what must be escaped there).
std::string ReplacesOf(const DeskPhone::Call& call) {
  const std::string call_id = absl::StrReplaceAll(call.call_id, {{"@", "%40"}});
  return absl::StrCat(call_id, "%3Bto-tag%3D", call.remote_tag, "%3Bfrom-tag%3D", call.local_tag);
}

}  // namespace

uint32_t DeskPhone::Dial(absl::string_view dialled) {
  const auto row = static_cast<uint32_t>(calls_.size());
  calls_.emplace_back();
  Call& call = calls_.back();
  call.call_id = absl::StrCat("d-", name(), "-", life(), "-", row, "@", address().HostText());
  call.local_tag = NewTag();
  call.local_uri = absl::StrCat("sip:", number(), "@", service_text());
  call.remote_uri = call.target = absl::StrCat("sip:", dialled, "@", service_text());
  Enter(call, State::kCalling);
  std::string contact;
  AppendContact(&contact);
  const std::string session = NextSession(call, 's');
  Ask ask = AskIn(call, Method::kInvite, ++call.cseq);
  ask.headers = contact;
  ask.content_type = "application/sdp";
  ask.body = session;
  call.dialled = call.invite_out = Request(ask);
  return row;
}

void DeskPhone::OnProvisional(uint32_t client_row, const SipView& answer) {
  const uint32_t row = Find(client(client_row).call_id);
  if (row == kNoRow || calls_[row].dialled != client_row) return Phone::OnProvisional(client_row, answer);
  Call& call = calls_[row];
  if (answer.status > 100) {
    call.rung = true;
    call.remote_tag = std::string(answer.to_tag);
  }
  if (call.hang_up_due && call.state == State::kCalling) SendCancel(client_row);
}

void DeskPhone::OnDialled(uint32_t row, const SipView& answer) {
  Call& call = calls_[row];
  const uint32_t invite = std::exchange(call.invite_out, kNoRow);
  if (answer.status >= 300) {
    call.status = answer.status;
    return Enter(call, State::kOver);
  }
  call.remote_tag = std::string(answer.to_tag);
  call.target = std::string(answer.contact);
  NoteSession(call, answer);
  SendAck(invite, AskIn(call, Method::kAck, client(invite).cseq));
  if (call.state != State::kCalling) return;
  Enter(call, State::kEstablished);
  if (call.hang_up_due) HangUpCall(row);
}

void DeskPhone::Refer(uint32_t row, absl::string_view referred, uint32_t replaced) {
  Call& call = calls_[row];
  std::string uri = absl::StrCat("sip:", referred, "@", service_text());
  if (replaced != kNoRow) absl::StrAppend(&uri, "?Replaces=", ReplacesOf(calls_[replaced]));
  std::string headers = absl::StrCat("Refer-To: <", uri, ">\r\nReferred-By: <", call.local_uri, ">\r\n");
  AppendContact(&headers);
  Ask ask = AskIn(call, Method::kRefer, ++call.cseq);
  ask.headers = headers;
  call.refer = Request(ask);
  call.refer_status = 0;
  call.notices.clear();
  call.last_notice = false;
}

// RFC 3515 2.4: the body says how far it is; after the last one there is none.
void DeskPhone::OnReferNotice(Call& call, const SipView& request) {
  absl::string_view body = request.body;
  uint32_t status = 0;
  const bool fits = absl::ConsumePrefix(&body, "SIP/2.0 ") && ReadNumber(body.substr(0, 3), &status);
  if (!fits || call.refer == kNoRow) return Violated(0, "a notice of no REFER", request.bytes);
  if (call.last_notice) Violated(0, "a notice after the last one", request.bytes);
  call.notices.push_back(static_cast<int>(status));
  call.last_notice = absl::StrContains(request.bytes, "\r\nSubscription-State: terminated");
  if (call.last_notice != (status >= 200))
    Violated(0, "a last notice that says nothing, or the other way round", request.bytes);
}

}  // namespace understudy::sim
