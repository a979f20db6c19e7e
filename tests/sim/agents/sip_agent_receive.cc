// What comes in: which transaction it belongs to, and whether it may come.
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/sip_agent.h"

namespace understudy::sim {
namespace {

using sip::Method;
using State = ClientTransaction::State;

// An INVITE and its CANCEL share the branch, and so does the ACK to a failure.
uint64_t KeyOf(absl::string_view branch, Method method) {
  return TextHash(branch) ^ (method == Method::kCancel ? 1 : 0);
}

// Without a transaction, over another connection, or when the server has forgotten (timer J) what is repeated for the
// last time shortly before timer F.
bool MayDiffer(const ClientTransaction& row, int status, Duration now) {
  const bool forgotten = row.method != Method::kInvite && now >= row.begun + kGiveUpAfter;
  return row.method == Method::kOptions || row.said_anew || row.status == 503 || status == 503 || forgotten;
}

}  // namespace

void SipAgent::OnMessage(absl::string_view bytes, uint64_t flow) {
  SipView view;
  if (const char* wrong = view.Read(bytes)) return Violated(0, absl::StrCat("a message with ", wrong), bytes);
  if (view.is_request) return OnRequestMessage(view, flow);
  OnResponse(view);
}

void SipAgent::CountLoss(uint32_t call) {
  CallRecord* record = book().Find(call);
  if (record == nullptr) return;
  for (CallSide& side : record->side) {
    if (side.agent == index()) ++side.losses;
  }
}

void SipAgent::OnLost(absl::string_view bytes) {
  ++losses_;
  SipView view;
  if (view.Read(bytes) != nullptr) return;
  uint32_t row = 0;
  uint32_t call = view.mark.call;
  if (!view.is_request && RowOf(view.branch, &row)) {
    ++clients_[row].losses;
    call = clients_[row].call;
  }
  if (call == 0 && !CallOf(view.call_id, &call)) return;
  CountLoss(call);
}

void SipAgent::OnRequestMessage(const SipView& request, uint64_t flow) {
  if (request.method == Method::kAck) return OnAckMessage(request);
  const uint64_t key = KeyOf(request.branch, request.method);
  auto found = server_of_.find(key);
  if (found != server_of_.end()) {
    if (flow != 0) servers_[found->second].flow = flow;
    return OnRepeated(found->second, request);
  }
  if (request.method == Method::kCancel) return OnCancelMessage(request, flow);
  OnRequest(AddServer(request, flow, key), request);
}

uint32_t SipAgent::AddServer(const SipView& request, uint64_t flow, uint64_t key) {
  const auto index = static_cast<uint32_t>(servers_.size());
  server_of_.emplace(key, index);
  servers_.emplace_back();
  ServerTransaction& row = servers_.back();
  row.method = request.method;
  row.mark = request.mark;
  row.cseq = request.cseq;
  row.hash = TextHash(request.bytes);
  row.flow = flow;
  row.offerless = request.body.empty();
  row.head = absl::StrCat(request.vias, "From: ", request.from, "\r\nTo: ", request.to);
  row.tail = absl::StrCat("\r\nCall-ID: ", request.call_id, "\r\nCSeq: ", request.cseq_text, "\r\n");
  if (request.to_tag.empty()) row.tag = NewTag();
  return index;
}

void SipAgent::OnRepeated(uint32_t index, const SipView& request) {
  ++book().counts().repeated;
  ServerTransaction& row = servers_[index];
  if (row.hash != TextHash(request.bytes)) {
    return Violated(row.call, "a request that comes again is another one", request.bytes);
  }
  const bool accepted = row.method == Method::kInvite && row.status >= 200 && row.status < 300;
  if (row.status == 0 || accepted) return;  // RFC 6026: the answer is repeated until its ACK
  ++book().counts().resent;
  SayAnswer(row, row.answer);
}

void SipAgent::OnAckMessage(const SipView& ack) {
  auto found = server_of_.find(KeyOf(ack.branch, Method::kAck));
  if (found == server_of_.end()) return OnAck(ack);
  ServerTransaction& row = servers_[found->second];
  if (row.acknowledged) ++book().counts().repeated;
  if (row.method != Method::kInvite || row.status < 300) {
    return Violated(row.call, "an ACK to what was not refused", ack.bytes);
  }
  Acknowledged(found->second);
}

void SipAgent::OnCancelMessage(const SipView& cancel, uint64_t flow) {
  const auto found = server_of_.find(KeyOf(cancel.branch, Method::kInvite));
  const uint32_t invite = found == server_of_.end() ? kNoRow : found->second;
  const uint32_t index = AddServer(cancel, flow, KeyOf(cancel.branch, Method::kCancel));
  if (invite == kNoRow) {
    // It follows a provisional answer, so the INVITE has come; unless it came to who has forgotten it.
    if (life() == 0) Violated(0, "a CANCEL without its INVITE", cancel.bytes);
    return Answer(index, 481, {}, {}, {});
  }
  servers_[index].tag = servers_[invite].tag;
  servers_[index].call = servers_[invite].call;
  servers_[index].side = servers_[invite].side;
  Answer(index, 200, {}, {}, {});
  OnCancel(invite);
}

void SipAgent::OnResponse(const SipView& answer) {
  uint32_t index = 0;
  if (!RowOf(answer.branch, &index)) {
    if (IsOfAnotherLife(answer.branch)) return;
    return Violated(0, "an answer to a request that was never made", answer.bytes);
  }
  if (answer.method == Method::kCancel && clients_[index].cancel != kNoRow) index = clients_[index].cancel;
  ClientTransaction& row = clients_[index];
  if (const char* misfit = Misfit(row, answer)) {
    return Violated(row.call, absl::StrCat("an answer with ", misfit), answer.bytes);
  }
  if (answer.status >= 200) return OnFinalAnswer(index, answer);
  if (row.state >= State::kAnswered) return;  // came late
  if (row.state == State::kTrying) {
    row.state = State::kProceeding;
    if (row.method == Method::kInvite) {
      Cancel(&row.repeat);
      if (row.cancel == kNoRow) Cancel(&row.give_up);  // whoever called decides how long to wait
    }
  }
  OnProvisional(index, answer);
}

const char* SipAgent::Misfit(const ClientTransaction& row, const SipView& answer) const {
  if (answer.method != row.method) return "another method than the request's";
  if (answer.cseq != row.cseq) return "another CSeq than the request's";
  if (answer.call_id != row.call_id) return "another Call-ID than the request's";
  if (answer.from_tag != row.from_tag) return "another From tag than the request's";
  return nullptr;
}

void SipAgent::OnFinalAnswer(uint32_t index, const SipView& answer) {
  ClientTransaction& row = clients_[index];
  const uint64_t hash = TextHash(answer.bytes);
  if (row.status != 0) return OnSecondFinal(row, answer, hash);
  const bool late = row.state == State::kOver;
  StopTimers(row);
  row.status = answer.status;
  row.final_hash = hash;
  row.state = State::kAnswered;
  if (row.method == Method::kInvite && answer.status >= 300) AcknowledgeFailure(row, answer);
  if (!late) return OnFinal(index, answer);
  if (row.method == Method::kInvite && answer.status < 300) OnLateAnswer(index, answer);
}

void SipAgent::OnSecondFinal(ClientTransaction& row, const SipView& answer, uint64_t hash) {
  ++book().counts().repeated;
  if (hash != row.final_hash) {
    if (MayDiffer(row, answer.status, now())) return;
    return Violated(row.call, absl::StrCat("a second final answer, other than the ", row.status, " before"),
                    answer.bytes);
  }
  if (row.ack.empty()) return;
  ++book().counts().resent;
  Say(row.ack, 0, row.call, row.side, &row.losses);
}

}  // namespace understudy::sim
