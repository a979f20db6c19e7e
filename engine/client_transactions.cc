#include "engine/client_transactions.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/fork.h"
#include "engine/leg_message.h"
#include "engine/levels/lost_sends.h"
#include "engine/locating.h"
#include "engine/negotiation.h"
#include "engine/next_target.h"
#include "engine/sip_ids.h"
#include "sip/invite_client_transaction.h"
#include "sip/non_invite_client_transaction.h"
#include "sip/parse.h"
#include "sip/timer_values.h"
#include "sip/uri.h"
#include "sip/writer.h"

namespace understudy::engine {
namespace {

using sip::Action;
using sip::HeaderName;
using Invite = sip::InviteClientTransaction;
using NonInvite = sip::NonInviteClientTransaction;
using Lane = TransactionTable::Lane;

sip::Reliability ReliabilityOf(const ClientTransaction& row) {
  return IsReliable(row.hop.transport) ? sip::Reliability::kReliable : sip::Reliability::kUnreliable;
}

bool IsInvite(const ClientTransaction& row) {
  return row.method == sip::Method::kInvite;
}

// The lines of a request of ours up to its CSeq: the fields of its dialog, each on a line of its own, as
// BeginLegRequest writes them. No parser looks at our own text: what we carry may be longer than what a parser takes.
class HeadReader {
 public:
  explicit HeadReader(const ClientTransaction& row) : rest_(row.request.view()) {}

  // Without its CRLF. False at the CSeq.
  bool Next(absl::string_view* line) {
    const size_t end = rest_.find("\r\n");
    if (end == absl::string_view::npos || absl::StartsWith(rest_, "CSeq: ")) return false;
    *line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return true;
  }

 private:
  absl::string_view rest_;
};

void AppendLine(absl::string_view line, std::string* text) {
  text->append(line.data(), line.size());
  text->append("\r\n", 2);
}

// The request line and header fields that an ACK (17.1.1.3) and a CANCEL (9.1) share with their INVITE. `to`: its To
// instead of the INVITE's, unless empty.
sip::MessageWriter WriteSibling(Context& context, const ClientTransaction& invite, absl::string_view method,
                                absl::string_view to) {
  context.text.assign(method.data(), method.size());
  sip::MessageWriter writer(&context.text);
  HeadReader head(invite);
  absl::string_view line;
  if (head.Next(&line)) AppendLine(line.substr(line.find(' ')), &context.text);
  while (head.Next(&line)) {
    if (absl::StartsWith(line, "Max-Forwards: ")) {
      writer.Header(HeaderName::kMaxForwards, kMaxForwards);
    } else if (absl::StartsWith(line, "To: ") && !to.empty()) {
      writer.Header(HeaderName::kTo, to);
    } else {
      AppendLine(line, &context.text);
    }
  }
  writer.Header(HeaderName::kCSeq, invite.cseq, " ", method);
  return writer;
}

SharedBytes WriteAck(Context& context, const ClientTransaction& row, const sip::Message& response) {
  WriteSibling(context, row, "ACK", response.to().text).NoBody();
  return TakeText(context);
}

// Whether a response says what it must repeat of our request (8.2.6.2): Call-ID, From tag and CSeq.
bool Repeats(const ClientTransaction& row, const sip::Message& response) {
  if (response.cseq().number != row.cseq) return false;
  HeadReader head(row);
  bool same_call_id = false;
  bool same_from_tag = false;
  for (absl::string_view line; head.Next(&line);) {
    if (absl::ConsumePrefix(&line, "Call-ID: ")) same_call_id = line == response.call_id();
    if (absl::ConsumePrefix(&line, "From: ")) {
      same_from_tag = absl::ConsumeSuffix(&line, response.from_tag()) && absl::EndsWith(line, ";tag=");
    }
  }
  return same_call_id && same_from_tag;
}

void StopTimers(Context& context, ClientTransaction& row) {
  context.state.timers.Cancel(&row.retransmit);
  context.state.timers.Cancel(&row.timeout);
}

void StartRetransmit(Context& context, ClientTransaction& row, Duration interval) {
  row.interval = interval;
  row.retransmit = StartTimer(context, interval, TimerKind::kClientRetransmit, row.id.value());
}

void StartTimeout(Context& context, ClientTransaction& row, Duration after) {
  row.timeout = StartTimer(context, after, TimerKind::kClientTimeout, row.id.value());
}

// Nobody rings at a re-INVITE, so nobody's patience ends it. Any provisional response but 100 begins it anew (16.7
// step 2).
void KeepTimerC(Context& context, ClientTransaction& row, int status) {
  if (status == 100 && row.timeout != TimerHandle()) return;
  context.state.timers.Cancel(&row.timeout);
  row.timeout = StartTimer(context, sip::kTimerC, TimerKind::kTimerC, row.id.value());
}

// Ends the row, leaving what absorbs repetitions of `response`, if there is one, and returns it for the TU.
ClientTransaction End(Context& context, ClientTransaction& row, sip::ActionSet actions, SharedBytes ack,
                      const sip::Message* response) {
  ClientTransaction ended = std::move(row);  // what the table reads of the row below is not moved from
  const EngineTime now = context.state.timers.TransactionTime(context.now());
  TransactionTable& table = context.state.transactions;
  if (actions.Has(Action::kStartTimerM) || actions.Has(Action::kStartTimerD)) {
    const bool accepted = actions.Has(Action::kStartTimerM);
    const Duration lifetime = accepted ? sip::kTimerM : sip::TimerD(ReliabilityOf(ended));
    FinishedTransaction& finished =
        table.FinishClient(ended.id, Lane::kLong, now + lifetime, std::move(ack), context.state.lsn);
    if (response != nullptr) NoteAnswer(context.state, *response, &finished);
    finished.asks_offer = accepted && BodyOf(ended.request.view()).empty();
  } else if (actions.Has(Action::kStartTimerK)) {
    table.FinishClient(ended.id, Lane::kShort, now + sip::TimerK(ReliabilityOf(ended)), {}, context.state.lsn);
  } else {
    table.RemoveClient(ended.id);
  }
  return ended;
}

// Takes a step that an event without a message causes.
void Run(Context& context, ClientTransaction& row, uint8_t next, sip::ActionSet actions) {
  row.state = next;
  if (actions.Has(Action::kStopTimers)) StopTimers(context, row);
  if (actions.Has(Action::kResetTimerA)) StartRetransmit(context, row, sip::NextTimerA(row.interval));
  if (actions.Has(Action::kResetTimerE)) {
    StartRetransmit(context, row, sip::NextTimerE(row.interval, static_cast<NonInvite::State>(row.state)));
  }
  if (actions.Has(Action::kRetransmitRequest)) Send(context, row.hop, row.request, row.id);
  if (!actions.Has(Action::kTerminate)) return;
  const ClientTransaction ended = End(context, row, actions, {}, nullptr);
  if (actions.Has(Action::kInformTimeout)) OnTransactionUserFinal(context, ended, 408, nullptr);
  if (actions.Has(Action::kInformTransportError)) OnTransactionUserFinal(context, ended, 503, nullptr);
}

void RunEvent(Context& context, ClientTransaction& row, Invite::Event event) {
  const auto step = Invite::Next(static_cast<Invite::State>(row.state), event, ReliabilityOf(row));
  Run(context, row, static_cast<uint8_t>(step.next), step.actions);
}

void RunEvent(Context& context, ClientTransaction& row, NonInvite::Event event) {
  const auto step = NonInvite::Next(static_cast<NonInvite::State>(row.state), event, ReliabilityOf(row));
  Run(context, row, static_cast<uint8_t>(step.next), step.actions);
}

void OnProvisional(Context& context, ClientTransaction& row, const SipReceived& response, uint8_t next,
                   sip::ActionSet actions) {
  row.state = next;
  if (actions.Has(Action::kStopTimers)) StopTimers(context, row);
  if (row.cancel_pending && !row.cancelled) CancelClient(context, row);
  if (IsReInvite(row.purpose) && !row.cancelled) KeepTimerC(context, row, response.message.status());
  if (actions.Has(Action::kPassToTu)) OnTransactionUserProvisional(context, row, response);
}

void OnFinal(Context& context, ClientTransaction& row, const SipReceived& response, uint8_t next,
             sip::ActionSet actions) {
  row.state = next;
  if (actions.Has(Action::kStopTimers)) StopTimers(context, row);
  SharedBytes ack;
  if (actions.Has(Action::kSendAck)) {
    ack = WriteAck(context, row, response.message);
    Send(context, row.hop, ack);
  }
  const ClientTransaction ended = End(context, row, actions, std::move(ack), &response.message);
  if (actions.Has(Action::kPassToTu)) {
    OnTransactionUserFinal(context, ended, response.message.status(), &response);
  }
}

// 18.1.1: too large for a datagram, where nobody has asked for UDP. A CANCEL goes where its INVITE went.
bool BelongsOnTcp(const Context& context, const ClientTransaction& row) {
  const size_t most = context.state.configuration.most_by_udp();
  if (row.hop.transport != Transport::kUdp || most == 0 || context.text.size() <= most) return false;
  if (row.method == sip::Method::kCancel) return false;
  sip::Uri uri;
  return !sip::ParseUri(NextHopOf(context.text), &uri) || !uri.Param("transport");
}

// The first Via is ours, and both names have three letters.
void UseTransport(Transport transport, ClientTransaction& row, std::string* request) {
  constexpr absl::string_view kVia = "\r\nVia: SIP/2.0/";
  const absl::string_view name = TransportName(transport);
  const size_t via = request->find(kVia.data(), 0, kVia.size());
  US_CHECK(via != std::string::npos);
  request->replace(via + kVia.size(), name.size(), name.data(), name.size());
  row.hop.transport = transport;
}

void FallBackToUdp(Context& context, ClientTransaction& row) {
  context.text.assign(row.request.view().data(), row.request.size());
  UseTransport(Transport::kUdp, row, &context.text);
  row.request = TakeText(context);
  --row.tries_by_tcp;
  StartRetransmit(context, row, sip::kT1);
  Send(context, row.hop, row.request, row.id);
}

bool TriesInsteadOfUdp(const ClientTransaction& row) {
  return row.tries_by_tcp > 0 && row.hop.transport == Transport::kTcp && IsUnanswered(row);
}

// A new reign says again what was on its way by TCP, and each of the attempts may fail: what fails after the first one
// is no word of the datagram that went out then. Where one has failed unheard, a failure of the datagram is taken for
// it; that of its repetition comes, too (18.4).
bool IsOfAnotherTryByTcp(ClientTransaction* row) {
  if (row->tries_by_tcp == 0 || row->hop.transport != Transport::kUdp || !IsUnanswered(*row)) return false;
  --row->tries_by_tcp;
  return true;
}

void RunTransportError(Context& context, ClientTransaction& row) {
  if (IsInvite(row)) return RunEvent(context, row, Invite::Event::kTransportError);
  RunEvent(context, row, NonInvite::Event::kTransportError);
}

// The answered INVITE to which a 2xx comes from another branch of a fork, one that has not been dealt with; or nullptr.
const FinishedTransaction* FindForked(const State& state, const BranchId& branch, const sip::Message& response) {
  if (response.cseq().method != sip::Method::kInvite || response.status() < 200 || response.status() > 299) {
    return nullptr;
  }
  const FinishedTransaction* invite = state.transactions.FindFinishedClient(branch.transaction);
  if (invite == nullptr || invite->branch_mac != branch.mac || !IsFork(state, *invite, response)) return nullptr;
  return FindFork(state, response) == nullptr && !HasForkedTooOften(*invite) ? invite : nullptr;
}

template <class Machine>
void OnResponse(Context& context, ClientTransaction& row, const SipReceived& response, typename Machine::Event event) {
  const auto step = Machine::Next(static_cast<typename Machine::State>(row.state), event, ReliabilityOf(row));
  const bool provisional = response.message.status() < 200;
  (provisional ? OnProvisional : OnFinal)(context, row, response, static_cast<uint8_t>(step.next), step.actions);
}

// Its caller has given up, or another server has it.
bool IsUnwanted(const ClientTransaction& row) {
  return row.cancel_pending || row.purpose == Purpose::kAbandoned;
}

}  // namespace

ClientTransaction& BeginClient(Context& context, sip::Method method, const Hop& hop, Purpose purpose) {
  ClientTransaction& row = context.state.transactions.AddClient(hop);
  row.branch_mac = NextMac(context);
  row.method = method;
  row.purpose = purpose;
  return row;
}

void SendRequest(Context& context, ClientTransaction& row) {
  TouchLeg(context, row.leg, row.call);
  if (!row.relay.empty() && !sip::IsWithinLimits(context.text)) {
    row.request = TakeText(context);  // what others are asked instead is read out of it
    context.too_large.push_back(row.id);
    return;
  }
  if (row.hop.remote.empty() && !LocateNextHop(context, row)) return;
  StartRequest(context, row);
}

void StartRequest(Context& context, ClientTransaction& row) {
  if (BelongsOnTcp(context, row)) {
    UseTransport(Transport::kTcp, row, &context.text);
    row.tries_by_tcp = 1;
  }
  row.request = TakeText(context);
  sip::ActionSet actions;
  if (IsInvite(row)) {
    const auto step = Invite::Start(ReliabilityOf(row));
    row.state = static_cast<uint8_t>(step.next);
    actions = step.actions;
  } else {
    const auto step = NonInvite::Start(ReliabilityOf(row));
    row.state = static_cast<uint8_t>(step.next);
    actions = step.actions;
  }
  if (actions.Has(Action::kStartTimerA) || actions.Has(Action::kStartTimerE)) StartRetransmit(context, row, sip::kT1);
  if (actions.Has(Action::kStartTimerB) || actions.Has(Action::kStartTimerF)) {
    row.attempt.hurried = !row.attempt.rest.empty();
    StartTimeout(context, row,
                 row.attempt.hurried ? context.state.configuration.next_server_timeout() : Duration(sip::kGiveUp));
  }
  if (actions.Has(Action::kSendRequest)) Send(context, row.hop, row.request, row.id);
}

absl::string_view NextHopOf(absl::string_view request) {
  constexpr absl::string_view kRoute = "\r\nRoute: <";
  const size_t route = request.find(kRoute);
  if (route != absl::string_view::npos && route < request.find("\r\n\r\n")) {
    request.remove_prefix(route + kRoute.size());
    return request.substr(0, request.find('>'));
  }
  request.remove_prefix(request.find(' ') + 1);
  return request.substr(0, request.find(' '));
}

void EndUnsent(Context& context, ClientTransaction& row, int status) {
  const ClientTransaction ended = End(context, row, sip::ActionSet(), {}, nullptr);
  OnTransactionUserFinal(context, ended, status, nullptr);
}

void FailTooLarge(Context& context) {
  for (size_t i = 0; i < context.too_large.size(); ++i) {
    ClientTransaction* row = context.state.transactions.FindClient(context.too_large[i]);
    if (row == nullptr) continue;
    EndUnsent(context, *row, 513);
  }
}

void CancelClient(Context& context, ClientTransaction& row, const sip::Message* cause) {
  US_CHECK(IsInvite(row));  // 9.1
  if (row.cancelled) return;
  if (cause != nullptr && !row.cancel_pending) row.cancel_reason = ReasonsOf(*cause);
  row.cancel_pending = true;
  if (static_cast<Invite::State>(row.state) == Invite::State::kCalling) return;
  row.cancelled = true;
  context.state.timers.Cancel(&row.timeout);
  row.timeout = StartTimer(context, sip::kCancelGiveUp, TimerKind::kCancelTimeout, row.id.value());
  sip::MessageWriter writer = WriteSibling(context, row, "CANCEL", {});
  if (!row.cancel_reason.empty()) writer.Header(HeaderName::kReason, row.cancel_reason);
  writer.NoBody();
  ClientTransaction& cancel = context.state.transactions.AddCancel(row);
  SendRequest(context, cancel);
}

void OnClientResponse(Context& context, const SipReceived& response) {
  const absl::optional<BranchId> branch = ParseBranch(response.message.top_via().branch);
  if (!branch) return;
  const bool to_cancel = response.message.cseq().method == sip::Method::kCancel;
  ClientTransaction* row = to_cancel ? context.state.transactions.FindCancelOf(branch->transaction)
                                     : context.state.transactions.FindClient(branch->transaction);
  if (row == nullptr) {
    const FinishedTransaction* invite = FindForked(context.state, *branch, response.message);
    return invite == nullptr ? void() : OnForkedAnswer(context, *invite, response);
  }
  if (row->branch_mac != branch->mac || row->method != response.message.cseq().method) return;
  const int status = response.message.status();
  const bool makes_dialog = IsInvite(*row) && status >= 200 && status < 300;
  if (makes_dialog && !Repeats(*row, response.message)) return;
  TouchLeg(context, row->leg, row->call);
  if (IsInvite(*row)) {
    using Event = Invite::Event;
    const Event event = status < 200 ? Event::kProvisional : status < 300 ? Event::k2xx : Event::k300To699;
    OnResponse<Invite>(context, *row, response, event);
  } else {
    using Event = NonInvite::Event;
    OnResponse<NonInvite>(context, *row, response, status < 200 ? Event::kProvisional : Event::k200To699);
  }
}

void OnClientTimer(Context& context, const Timer& timer) {
  ClientTransaction* row = context.state.transactions.FindClient(TransactionId(timer.row));
  US_CHECK(row != nullptr);
  TouchLeg(context, row->leg, row->call);
  const bool retransmit = timer.kind == TimerKind::kClientRetransmit;
  (retransmit ? row->retransmit : row->timeout) = TimerHandle();
  if (timer.kind == TimerKind::kClientTimeout && row->attempt.hurried) return GiveUpEarly(context, *row);
  if (timer.kind == TimerKind::kTimerC) return CancelClient(context, *row);  // 16.8: what comes of it goes on
  if (timer.kind == TimerKind::kCancelTimeout) return RunEvent(context, *row, Invite::Event::kCancelTimeout);
  if (IsInvite(*row)) {
    RunEvent(context, *row, retransmit ? Invite::Event::kTimerA : Invite::Event::kTimerB);
  } else {
    RunEvent(context, *row, retransmit ? NonInvite::Event::kTimerE : NonInvite::Event::kTimerF);
  }
}

void OnFlowLost(Context& context, FlowId flow) {
  for (TransactionId id : context.state.transactions.ClientsOf(flow)) {
    ClientTransaction& row = *context.state.transactions.FindClient(id);
    if (!IsUnanswered(row)) continue;
    TouchLeg(context, row.leg, row.call);
    if (!TakesLostSends(context.state.feature_level)) {
      SayAgain(context, row);
    } else if (IsUnwanted(row)) {
      context.state.transactions.LeaveFlow(row);
    } else {
      row.lost_once = true;
      SayAgain(context, row);
    }
  }
}

void SayAgain(Context& context, ClientTransaction& row) {
  context.state.transactions.LeaveFlow(row);
  if (TriesInsteadOfUdp(row)) ++row.tries_by_tcp;
  Send(context, row.hop, row.request, row.id);
}

void OnSendLost(Context& context, const SendLost& lost) {
  ClientTransaction* row = context.state.transactions.FindClient(lost.transaction);
  if (row == nullptr || !IsUnanswered(*row) || row->attempt.waits || row->hop.transport == Transport::kUdp) return;
  if (context.state.flows.contains(row->hop.flow)) return;  // it goes over that one
  TouchLeg(context, row->leg, row->call);
  if (IsUnwanted(*row)) return;
  if (lost.too_late) return RunTransportError(context, *row);
  if (std::exchange(row->lost_once, true)) return OnClientTransportError(context, row->id);
  Send(context, row->hop, row->request, row->id);
}

void OnClientTransportError(Context& context, TransactionId id) {
  ClientTransaction* row = context.state.transactions.FindClient(id);
  if (row == nullptr) return;
  TouchLeg(context, row->leg, row->call);
  if (TriesInsteadOfUdp(*row)) {
    if (!IsUnwanted(*row) || !TakesLostSends(context.state.feature_level)) return FallBackToUdp(context, *row);
    if (--row->tries_by_tcp > 0) return;
  }
  if (IsOfAnotherTryByTcp(row)) return;
  RunTransportError(context, *row);
}

}  // namespace understudy::engine
