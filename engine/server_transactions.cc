#include "engine/server_transactions.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/carried_status.h"
#include "engine/levels/trying.h"
#include "sip/header_values.h"
#include "sip/invite_server_transaction.h"
#include "sip/non_invite_server_transaction.h"
#include "sip/params.h"
#include "sip/status.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

using sip::Action;
using sip::HeaderName;
using sip::InviteServerTransaction;
using sip::NonInviteServerTransaction;
using Lane = TransactionTable::Lane;

sip::Reliability ReliabilityOf(const Hop& hop) {
  return IsReliable(hop.transport) ? sip::Reliability::kReliable : sip::Reliability::kUnreliable;
}

// Where a valueless rport ends in the element, or npos (RFC 3581 section 4).
size_t EndOfEmptyRport(absl::string_view element, const sip::Via& via) {
  if (!via.rport.has_value() || *via.rport != 0) return absl::string_view::npos;
  sip::ParamReader reader(via.params);
  for (sip::Param param; reader.Next(&param);) {
    if (!absl::EqualsIgnoreCase(param.name, "rport") || param.has_value) continue;
    return static_cast<size_t>(param.name.data() + param.name.size() - element.data());
  }
  return absl::string_view::npos;
}

// The first Via element with received and rport (18.2.1, RFC 3581 section 4).
void CopyTopVia(const SipReceived& request, sip::MessageWriter* writer) {
  const sip::Via& top = request.message.top_via();
  std::string host;
  request.remote.AppendHostTo(&host);
  writer->BeginHeader(HeaderName::kVia);
  const size_t rport = EndOfEmptyRport(top.text, top);
  writer->AppendPiece(top.text.substr(0, rport));
  if (rport != absl::string_view::npos) {
    writer->AppendPiece("=");
    writer->AppendPiece(absl::AlphaNum(request.remote.port()).Piece());
    writer->AppendPiece(top.text.substr(rport));
  }
  if (top.received.empty() && (top.host != host || top.rport.has_value())) {
    writer->AppendPiece(";received=");
    writer->AppendPiece(host);
  }
  writer->EndHeader();
}

void CopyVias(const SipReceived& request, sip::MessageWriter* writer) {
  if (request.message.top_via().text.empty()) return;
  CopyTopVia(request, writer);
  bool first = true;
  for (absl::string_view element : sip::HeaderValues(request.message, HeaderName::kVia)) {
    if (!first) writer->Header(HeaderName::kVia, element);
    first = false;
  }
}

void SendResponse(Context& context, ServerTransaction& row, SharedBytes bytes) {
  row.response = bytes;
  row.response_lsn = context.state.lsn;
  Send(context, row.hop, row.response);
}

void StopTimers(Context& context, ServerTransaction& row) {
  context.state.timers.Cancel(&row.retransmit);
  context.state.timers.Cancel(&row.timeout);
}

EngineTime FinishAt(Context& context, Duration lifetime) {
  return context.state.timers.TransactionTime(context.now()) + lifetime;
}

// Takes an INVITE server transaction's step. May end the row.
void RunInvite(Context& context, ServerTransaction& row, InviteServerTransaction::Event event, SharedBytes bytes) {
  const auto step = InviteServerTransaction::Next(static_cast<InviteServerTransaction::State>(row.state), event,
                                                  ReliabilityOf(row.hop));
  row.state = static_cast<uint8_t>(step.next);
  const sip::ActionSet actions = step.actions;
  if (actions.Has(Action::kStopTimers)) StopTimers(context, row);
  if (actions.Has(Action::kStartTimerG)) {
    row.interval = sip::kT1;
    row.retransmit = StartTimer(context, row.interval, TimerKind::kServerRetransmit, row.id.value());
  }
  if (actions.Has(Action::kStartTimerH)) {
    row.timeout = StartTimer(context, sip::kTimerH, TimerKind::kServerTimeout, row.id.value());
  }
  if (actions.Has(Action::kResetTimerG)) {
    row.interval = sip::NextTimerG(row.interval);
    row.retransmit = StartTimer(context, row.interval, TimerKind::kServerRetransmit, row.id.value());
  }
  if (actions.Has(Action::kSendResponse)) SendResponse(context, row, bytes);
  if (actions.Has(Action::kRetransmitResponse)) Send(context, row.hop, row.response);
  if (actions.Has(Action::kStartTimerL) || actions.Has(Action::kStartTimerI)) {
    const bool accepted = actions.Has(Action::kStartTimerL);
    row.response = SharedBytes();
    context.state.transactions.FinishServer(
        row.id, accepted ? Lane::kLong : Lane::kShort,
        FinishAt(context, accepted ? sip::kTimerL : sip::TimerI(ReliabilityOf(row.hop))));
  } else if (actions.Has(Action::kTerminate)) {
    context.state.transactions.RemoveServer(row.id);
  }
}

void RunNonInvite(Context& context, ServerTransaction& row, NonInviteServerTransaction::Event event,
                  SharedBytes bytes) {
  const auto step = NonInviteServerTransaction::Next(static_cast<NonInviteServerTransaction::State>(row.state), event,
                                                     ReliabilityOf(row.hop));
  row.state = static_cast<uint8_t>(step.next);
  if (event == NonInviteServerTransaction::Event::kTu200To699) StopTimers(context, row);
  if (step.actions.Has(Action::kSendResponse)) SendResponse(context, row, bytes);
  if (step.actions.Has(Action::kStartTimerJ)) {
    const Duration lifetime = sip::TimerJ(ReliabilityOf(row.hop));
    context.state.transactions.FinishServer(row.id, Lane::kLong, FinishAt(context, lifetime));
  } else if (step.actions.Has(Action::kTerminate)) {
    context.state.transactions.RemoveServer(row.id);
  }
}

}  // namespace

Hop ResponseHop(const SipReceived& request) {
  Hop hop;
  hop.transport = request.transport;
  hop.flow = request.flow;
  hop.local = request.local;
  const sip::Via& via = request.message.top_via();
  const uint16_t sent_by_port = via.port == 0 ? DefaultPort(request.transport) : via.port;
  const bool to_source_port = via.rport.has_value() && !IsReliable(request.transport);
  hop.remote = to_source_port ? request.remote : request.remote.WithPort(sent_by_port);
  if (!via.maddr.empty()) {
    hop.remote = Endpoint::Parse(via.maddr, sent_by_port).value_or(hop.remote);
  }
  return hop;
}

std::string ResponseHead(const SipReceived& request, absl::string_view to_tag) {
  std::string head;
  head.reserve(512);
  sip::MessageWriter writer(&head);
  const sip::Message& message = request.message;
  CopyVias(request, &writer);
  if (!message.from().text.empty()) writer.Header(HeaderName::kFrom, message.from().text);
  writer.BeginHeader(HeaderName::kTo);
  writer.AppendPiece(message.to().text);
  if (message.to_tag().empty() && !to_tag.empty()) {
    writer.AppendPiece(";tag=");
    writer.AppendPiece(to_tag);
  }
  writer.EndHeader();
  if (!message.call_id().empty()) writer.Header(HeaderName::kCallId, message.call_id());
  const absl::string_view cseq = message.ValueOf(HeaderName::kCSeq);
  if (!cseq.empty()) writer.Header(HeaderName::kCSeq, cseq);
  if (!message.to_tag().empty()) return head;
  for (absl::string_view element : sip::HeaderValues(message, HeaderName::kRecordRoute)) {
    writer.Header(HeaderName::kRecordRoute, element);
  }
  return head;
}

ServerTransaction& BeginServer(Context& context, const SipReceived& request, absl::string_view to_tag, Trying trying) {
  ServerTransaction& row = context.state.transactions.AddServer();
  const sip::Message& message = request.message;
  row.key = context.request_key;
  row.method = message.method();
  row.hop = ResponseHop(request);
  row.cseq = message.cseq().number;
  row.head = ResponseHead(request, to_tag);
  if (!context.state.transactions.HasMerged(context.request_merge)) row.merge_key = context.request_merge;
  context.state.transactions.IndexServer(row);
  if (row.method != sip::Method::kInvite) {
    row.state = static_cast<uint8_t>(NonInviteServerTransaction::Start().next);
    return row;
  }
  const auto start = InviteServerTransaction::Start();
  row.state = static_cast<uint8_t>(start.next);
  if (start.actions.Has(Action::kSendTrying) && trying == Trying::kSend) {
    WriteTrying(row.head, context.state.feature_level, &context.text);
    SendResponse(context, row, TakeText(context));
  }
  return row;
}

ServerTransaction* FindUnanswered(Context& context, TransactionId id) {
  ServerTransaction* row = context.state.transactions.FindServer(id);
  if (row == nullptr || row->method != sip::Method::kInvite) return row;  // others are finished by their final response
  const bool answered =
      static_cast<InviteServerTransaction::State>(row->state) != InviteServerTransaction::State::kProceeding;
  return answered ? nullptr : row;
}

sip::MessageWriter BeginResponse(Context& context, const ServerTransaction& row, int status, absl::string_view reason) {
  context.text.clear();
  sip::MessageWriter writer(&context.text);
  writer.StatusLine(status, reason.empty() ? sip::ReasonPhrase(status) : reason);
  context.text.append(row.head);
  return writer;
}

SharedBytes Respond(Context& context, TransactionId id, int status) {
  SharedBytes bytes = TakeText(context);
  ServerTransaction* row = context.state.transactions.FindServer(id);
  US_CHECK(row != nullptr);
  TouchLeg(context, row->leg, row->call);
  if (row->method == sip::Method::kInvite) {
    using Event = InviteServerTransaction::Event;
    const Event event = status < 200 ? Event::kTuProvisional : status < 300 ? Event::kTu2xx : Event::kTu300To699;
    RunInvite(context, *row, event, bytes);
  } else {
    using Event = NonInviteServerTransaction::Event;
    RunNonInvite(context, *row, status < 200 ? Event::kTuProvisional : Event::kTu200To699, bytes);
  }
  return bytes;
}

void RespondPlain(Context& context, TransactionId id, int status, HeaderName extra, absl::string_view value) {
  const ServerTransaction* row = context.state.transactions.FindServer(id);
  US_CHECK(row != nullptr);
  sip::MessageWriter writer = BeginResponse(context, *row, status);
  if (extra != HeaderName::kUnknown) writer.Header(extra, value);
  writer.NoBody();
  Respond(context, id, status);
}

void TryLater(Context& context, ServerTransaction& row) {
  row.timeout = StartTimer(context, sip::kTryingAfter, TimerKind::kServerTrying, row.id.value());
}

void RespondForNobody(Context& context, TransactionId id, int status) {
  if (status == 408) {
    if (ServerTransaction* row = context.state.transactions.FindServer(id)) StopTimers(context, *row);
    return context.state.transactions.RemoveServer(id);
  }
  RespondPlain(context, id, CarriedStatus(status));
}

bool OnServerAck(Context& context, const sip::TransactionKey& key) {
  ServerTransaction* row = context.state.transactions.FindServer(key);
  if (row == nullptr || row->method != sip::Method::kInvite) return false;
  TouchLeg(context, row->leg, row->call);
  RunInvite(context, *row, InviteServerTransaction::Event::kAck, {});
  return true;
}

void OnServerTimer(Context& context, const Timer& timer) {
  ServerTransaction* row = context.state.transactions.FindServer(TransactionId(timer.row));
  US_CHECK(row != nullptr);
  const bool retransmit = timer.kind == TimerKind::kServerRetransmit;
  (retransmit ? row->retransmit : row->timeout) = TimerHandle();
  TouchLeg(context, row->leg, row->call);
  if (timer.kind == TimerKind::kServerTrying) return RespondPlain(context, row->id, 100);
  using Event = InviteServerTransaction::Event;
  RunInvite(context, *row, retransmit ? Event::kTimerG : Event::kTimerH, {});
}

}  // namespace understudy::engine
