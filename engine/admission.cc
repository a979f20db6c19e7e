#include "engine/admission.h"

#include "absl/strings/str_cat.h"
#include "engine/carried_headers.h"
#include "engine/early/early_lookup.h"
#include "engine/fork.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "engine/stateless.h"
#include "sip/header_values.h"
#include "sip/invite_server_transaction.h"
#include "sip/status.h"
#include "sip/writer.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

Verdict Drop(Kept kept) {
  Verdict verdict;
  verdict.append = false;
  verdict.kept = kept;
  return verdict;
}

Verdict AnswerAgain(Kept kept, const SharedBytes& answer, Lsn answer_lsn, Lsn released, const Hop& hop) {
  if (answer.empty()) return Drop(kept);
  if (answer_lsn > released) return Drop(Kept::kHeld);
  Verdict verdict = Drop(kept);
  verdict.answer = answer;
  verdict.hop = hop;
  return verdict;
}

Verdict AdmitAck(const State& state, const SipReceived& request, const sip::TransactionKey& key) {
  if (const ServerTransaction* invite = state.transactions.FindServer(key)) {
    using Invite = sip::InviteServerTransaction::State;
    const bool awaited = static_cast<Invite>(invite->state) == Invite::kCompleted;
    return awaited ? Verdict() : Drop(Kept::kRepeatedRequest);
  }
  const sip::Message& message = request.message;
  const Leg* leg = FindLeg(state, message.to_tag(), message.from_tag(), message.call_id());
  if (leg == nullptr || leg->dialog.local_tag != message.to_tag()) return Drop(Kept::kStray);
  const bool awaited = leg->awaited_ack.has_value() && leg->awaited_ack->cseq == message.cseq().number;
  return awaited ? Verdict() : Drop(Kept::kRepeatedRequest);
}

Verdict AnswerWithoutTrace(Kept kept, const State& state, const SipReceived& request, int status) {
  Verdict verdict = Drop(kept);
  verdict.answer =
      SharedBytes(StatelessResponse(state, request, status, ReasonOfRefusal(state, request.message, status)));
  verdict.hop = StatelessHop(request);
  return verdict;
}

Verdict AdmitRequest(const State& state, const SipReceived& request, Lsn released) {
  const sip::Message& message = request.message;
  const sip::TransactionKey key = sip::ServerTransactionKey(state.lookup_key(), message);
  if (message.method() == Method::kAck) return AdmitAck(state, request, key);
  if (const ServerTransaction* live = state.transactions.FindServer(key)) {
    return AnswerAgain(Kept::kRepeatedRequest, live->response, live->response_lsn, released, live->hop);
  }
  if (const FinishedTransaction* finished = state.transactions.FindFinished(key)) {
    return AnswerAgain(Kept::kRepeatedRequest, finished->answer, finished->answer_lsn, released, ResponseHop(request));
  }
  if (message.method() == Method::kOptions && message.to_tag().empty()) {
    return AnswerWithoutTrace(Kept::kServerOptions, state, request, OptionsStatus(state, request));
  }
  const int refusal = RefusalOf(state, request);
  return refusal == 0 ? Verdict() : AnswerWithoutTrace(Kept::kRefused, state, request, refusal);
}

Verdict AdmitRepeatedAnswer(const State& state, const FinishedTransaction& invite, const sip::Message& message,
                            Lsn released) {
  if (message.status() < 200) return Drop(Kept::kStray);  // a provisional that came late
  if (message.status() < 300 && IsFork(state, invite, message)) {
    const FinishedTransaction* fork = FindFork(state, message);
    if (fork == nullptr) return HasForkedTooOften(invite) ? Drop(Kept::kOverLimit) : Verdict();
    return AnswerAgain(Kept::kRepeatedAnswer, fork->answer, fork->answer_lsn, released, fork->hop);
  }
  const bool accepted = invite.key != sip::TransactionKey();  // its 2xx has made a dialog
  if (accepted && message.status() >= 300) return Drop(Kept::kStray);
  return AnswerAgain(Kept::kRepeatedAnswer, invite.answer, invite.answer_lsn, released, invite.hop);
}

// A reliable provisional response that we have seen (RFC 3262 section 4).
bool IsRepeatedReliable(const State& state, const ClientTransaction& row, const sip::Message& message) {
  if (row.method != Method::kInvite || message.status() < 101 || message.status() > 199) return false;
  uint32_t rseq = 0;
  if (!sip::ParseNumber(message.ValueOf(HeaderName::kRSeq), 0xFFFFFFFF, &rseq)) return false;
  const Leg* leg = FindLeg(state, message.from_tag(), message.to_tag(), message.call_id());
  return leg != nullptr && rseq <= LastRseq(*leg, message.to_tag());
}

// A provisional response that would make one early dialog more than are kept.
bool IsOneTooMany(const State& state, const ClientTransaction& row, const sip::Message& message) {
  const bool early = row.purpose == Purpose::kInvite && message.status() > 100 && message.status() < 200;
  const Leg* giver = early && !message.to_tag().empty() ? state.legs.Find(row.leg) : nullptr;
  const Leg* asking = giver == nullptr ? nullptr : CallerOf(state, *giver);
  return asking != nullptr && IsOneTooMany(*asking, *giver, message.to_tag());
}

// 8.1.3.3: a response has one Via, or it is somebody else's.
bool HasSecondVia(const sip::Message& response) {
  int count = 0;
  for (absl::string_view element : sip::HeaderValues(response, HeaderName::kVia)) {
    if (!element.empty() && ++count > 1) return true;
  }
  return false;
}

Verdict AdmitResponse(const State& state, const SipReceived& response, Lsn released) {
  const sip::Message& message = response.message;
  if (HasSecondVia(message)) return Drop(Kept::kStray);
  const absl::optional<BranchId> branch = ParseBranch(message.top_via().branch);
  if (!branch) return Drop(Kept::kStray);
  const bool to_cancel = message.cseq().method == Method::kCancel;
  const ClientTransaction* live = to_cancel ? state.transactions.FindCancelOf(branch->transaction)
                                            : state.transactions.FindClient(branch->transaction);
  if (live != nullptr) {
    if (live->branch_mac != branch->mac || live->method != message.cseq().method) return Drop(Kept::kStray);
    if (IsOneTooMany(state, *live, message)) return Drop(Kept::kOverLimit);
    return IsRepeatedReliable(state, *live, message) ? Drop(Kept::kRepeatedAnswer) : Verdict();
  }
  const FinishedTransaction* finished =
      to_cancel ? nullptr : state.transactions.FindFinishedClient(branch->transaction);
  if (finished == nullptr || finished->branch_mac != branch->mac) return Drop(Kept::kStray);
  if (message.cseq().method != Method::kInvite) return Drop(Kept::kRepeatedAnswer);
  return AdmitRepeatedAnswer(state, *finished, message, released);
}

}  // namespace

absl::string_view KeptName(Kept kept) {
  switch (kept) {
    case Kept::kUnparseable:
      return "unparseable";
    case Kept::kRepeatedRequest:
      return "repeated-request";
    case Kept::kRepeatedAnswer:
      return "repeated-answer";
    case Kept::kHeld:
      return "held";
    case Kept::kStray:
      return "stray";
    case Kept::kServerOptions:
      return "server-options";
    case Kept::kOverLimit:
      return "over-limit";
    case Kept::kQuarantined:
      return "quarantined";
    case Kept::kOverload:
      return "overload";
    case Kept::kRefused:
      return "refused";
    case Kept::kChallenged:
      return "challenged";
    case Kept::kBanned:
      return "banned";
    case Kept::kTooFast:
      return "too-fast";
    case Kept::kAmplifies:
      return "amplifies";
  }
  return "?";
}

Verdict Admit(const State& state, const SipReceived& message, Lsn released) {
  return message.message.is_request() ? AdmitRequest(state, message, released)
                                      : AdmitResponse(state, message, released);
}

std::string StatelessResponse(const State& state, const SipReceived& request, int status, absl::string_view reason,
                              absl::string_view fields) {
  const sip::Message& message = request.message;
  std::string text;
  if (message.top_via().host.empty()) return text;
  sip::MessageWriter writer(&text);
  writer.StatusLine(status, reason.empty() ? sip::ReasonPhrase(status) : reason);
  SipHasher tag(state.lookup_key());
  for (absl::string_view part : {message.top_via().branch, message.from_tag(), message.call_id()}) {
    tag.AddU64(part.size());
    tag.Update(part);
  }
  tag.AddU64(message.cseq().number);
  text.append(ResponseHead(request, absl::StrCat(absl::Hex(tag.Finish(), absl::kZeroPad16))));
  absl::StrAppend(&text, fields);
  if (status == 200) WriteCapabilities(&writer);
  const OwedHeader owed = OwedWith(status, message);
  if (owed.name != HeaderName::kUnknown) writer.Header(owed.name, owed.value);
  writer.NoBody();
  return text;
}

Hop StatelessHop(const SipReceived& request) {
  Hop hop = ResponseHop(request);
  if (!hop.remote.SameHost(request.remote)) hop.remote = request.remote;
  return hop;
}

}  // namespace understudy::engine
