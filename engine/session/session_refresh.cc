#include "engine/session/session_refresh.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_uuid.h"
#include "engine/leg_message.h"
#include "engine/leg_request.h"
#include "engine/negotiation.h"
#include "engine/sip_ids.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using sip::Method;

constexpr uint32_t kMostRefusals = 3;  // 422 in a row
constexpr uint32_t kLongestWanted = 86'400;
constexpr uint32_t kMostUnreached = 2;  // refreshes in a row: a phone that comes back has registered in between
constexpr Duration kUnreachedRetry = Duration::Seconds(32);
constexpr Duration kBusyRetry = Duration::Seconds(2);
constexpr uint32_t kRetriesAnInterval = 8;  // of a refresh that has failed for now

SessionPolicy PolicyOf(const State& state, const Leg& leg) {
  SessionPolicy policy;
  const Dn* dn = state.configuration.FindDn(leg.number);
  if (dn != nullptr) policy = {dn->profile.session_timer, dn->profile.least_session};
  if (!leg.agreement) return policy;
  if (policy.interval == 0) policy.interval = leg.agreement->interval;  // the option has gone meanwhile
  policy.least = std::max(policy.least, leg.agreement->least);
  return policy;
}

uint32_t WantedInterval(const State& state, const Leg& leg) {
  return ChooseInterval(AskedSession(), PolicyOf(state, leg));
}

SessionAgreement& AgreementOf(Leg& leg) {
  if (!leg.agreement) leg.agreement.emplace();
  return *leg.agreement;
}

void TakeAllow(const sip::Message& message, SessionAgreement& agreement) {
  if (message.Has(HeaderName::kAllow)) agreement.takes_update = sip::HasToken(message, HeaderName::kAllow, "UPDATE");
}

void Restart(Context& context, Leg& leg, Duration after) {
  SessionAgreement& agreement = *leg.agreement;
  context.state.timers.Cancel(&agreement.timer);
  agreement.timer = StartTimer(context, after, TimerKind::kSessionRefresh, leg.id.value());
}

// What the phone fails to do now (5xx) it may do before its session is over. What it refuses it is not asked again and
// again (RFC 4028 section 10), and as it is there, its call goes on.
Duration AfterFailure(int status, uint32_t interval) {
  if (status < 500 || status >= 600) return AfterWhich(Refresher::kUs, interval);
  return std::max(kBusyRetry, Duration::Seconds(interval / kRetriesAnInterval));
}

void Agree(Context& context, Leg& leg, Refresher refresher, uint32_t interval) {
  leg.agreement->refresher = refresher;
  leg.agreement->interval = interval;
  Restart(context, leg, AfterWhich(refresher, interval));
}

void WriteInterval(const SessionAgreement& agreement, uint32_t interval, sip::MessageWriter* writer) {
  const Refresher refresher = agreement.refresher;
  const absl::string_view role = refresher == Refresher::kUs      ? ";refresher=uac"
                                 : refresher == Refresher::kParty ? ";refresher=uas"
                                                                  : "";
  writer->Header(HeaderName::kSessionExpires, interval, role);
  if (agreement.least > kShortestSession) writer->Header(HeaderName::kMinSe, agreement.least);
}

bool IsFreeForRefresh(const Leg& leg) {
  return IsFree(leg) && leg.negotiation == Negotiation::kNone;
}

// Where neither way is open, UPDATE is: whatever the answer, the phone is there.
void Refresh(Context& context, Leg& leg) {
  const bool update = leg.agreement->takes_update || leg.agreement->told.empty();
  const Method method = update ? Method::kUpdate : Method::kInvite;
  const Purpose purpose = update ? Purpose::kRefreshUpdate : Purpose::kRefreshInvite;
  ClientTransaction& row = BeginNextRequest(context, leg, method, purpose);
  (update ? leg.client_update : leg.client_invite) = row.id;
  if (!update) {
    leg.invite_cseq = row.cseq;
    leg.rseq = 0;
  }
  sip::MessageWriter writer(&context.text);
  WriteContact(context, leg, &writer);
  if (!update) WriteCallUuid(context, context.state.CallOf(leg), &writer);
  writer.Header(HeaderName::kAllow, AllowedMethods());
  WriteAsked(context, leg, &writer);
  const absl::string_view session = update ? absl::string_view() : leg.agreement->told.view();
  writer.Body(session.empty() ? absl::string_view() : "application/sdp", session);
  SendRequest(context, row);
}

// The same request with another branch, number and interval.
void WriteAgain(Context& context, const Leg& leg, const ClientTransaction& ended, const ClientTransaction& row,
                uint32_t interval) {
  absl::string_view rest = ended.request.view();
  bool via = false;
  context.text.clear();
  sip::MessageWriter writer(&context.text);
  for (size_t end; !absl::StartsWith(rest, "\r\n"); rest.remove_prefix(end + 2)) {
    end = rest.find("\r\n");
    US_CHECK(end != absl::string_view::npos);
    const absl::string_view line = rest.substr(0, end);
    if (absl::StartsWith(line, "Session-Expires: ") || absl::StartsWith(line, "Min-SE: ")) continue;
    if (!via && absl::StartsWith(line, "Via: ")) {
      WriteVia(context, row.hop, MakeBranch(row.id, row.branch_mac), &writer);
      via = true;
    } else if (absl::StartsWith(line, "CSeq: ")) {
      writer.Header(HeaderName::kCSeq, row.cseq, " ", sip::MethodName(row.method));
      WriteInterval(*leg.agreement, interval, &writer);
    } else {
      absl::StrAppend(&context.text, line, "\r\n");
    }
  }
  absl::StrAppend(&context.text, rest);
}

// What named the request that was refused names this one.
void TakeOver(Context& context, Leg& leg, const ClientTransaction& ended, const ClientTransaction& row) {
  if (row.method == Method::kInvite) {
    leg.client_invite = row.id;
    leg.invite_cseq = row.cseq;
    leg.rseq = 0;
  }
  if (leg.client_update == ended.id) leg.client_update = row.id;
  ServerTransaction* server = context.state.transactions.FindServer(ended.relay);
  if (server != nullptr && server->relay == ended.id) server->relay = row.id;  // not of one that rings beside it
  Leg* peer = context.state.PeerOf(leg);
  if (leg.command_request == ended.id) leg.command_request = row.id;
  if (peer != nullptr && peer->command_request == ended.id) peer->command_request = row.id;
}

bool MayAskLonger(const Leg* leg, const ClientTransaction& ended) {
  const bool of_session = ended.method == Method::kInvite || ended.method == Method::kUpdate;
  if (leg == nullptr || !of_session || ended.cancel_pending || !leg->agreement) return false;
  return leg->phase != Leg::Phase::kReleased && leg->agreement->refusals < kMostRefusals;
}

void OnRefreshed(Context& context, Leg& leg, const ClientTransaction& ended, const SipReceived& response) {
  if (ended.method == Method::kUpdate) {
    sip::RefreshTarget(response.message, &leg.dialog);
    return TakeAgreed(context, leg, response.message);
  }
  const SharedBytes before = leg.session;
  SendDueAck(context, leg, nullptr);
  Remember(response.message, leg);
  const Leg* peer = context.state.PeerOf(leg);
  const bool changed = leg.session != before && peer != nullptr && peer->phase == Leg::Phase::kConfirmed;
  if (changed) Negotiate(context, leg);
}

}  // namespace

bool HasOwnTimer(const State& state, const Leg& leg) {
  if (leg.agreement) return true;
  const Dn* dn = state.configuration.FindDn(leg.number);
  return dn != nullptr && dn->profile.session_timer != 0;
}

Timers TimersBetween(const State& state, const Leg& leg) {
  const Leg* peer = state.PeerOf(leg);
  const bool own = HasOwnTimer(state, leg) || (peer != nullptr && HasOwnTimer(state, *peer));
  return own ? Timers::kEnd : Timers::kCarry;
}

uint32_t RefusedIntervalOf(const State& state, absl::string_view number, const sip::Message& request) {
  const Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr || dn->profile.session_timer == 0) return 0;
  return RefusedInterval(ReadAsked(request), {dn->profile.session_timer, dn->profile.least_session});
}

void ReadAskedOf(Context& context, Leg& leg, const sip::Message& request) {
  if (!HasOwnTimer(context.state, leg)) return;
  SessionAgreement& agreement = AgreementOf(leg);
  agreement.asked = ReadAsked(request);
  agreement.least = std::max(agreement.least, std::min(agreement.asked.least, kLongestWanted));
  TakeAllow(request, agreement);
}

void WriteAgreed(Context& context, Leg& leg, sip::MessageWriter* writer) {
  if (!leg.agreement) return;
  const AskedSession& asked = leg.agreement->asked;
  const uint32_t interval = ChooseInterval(asked, PolicyOf(context.state, leg));
  const Refresher refresher = ChooseRefresher(asked, leg.agreement->refresher);
  const bool party = refresher == Refresher::kParty;
  writer->Header(HeaderName::kSessionExpires, interval, party ? ";refresher=uac" : ";refresher=uas");
  if (party) writer->Header(HeaderName::kRequire, "timer");
  Agree(context, leg, refresher, interval);
}

void WriteAsked(Context& context, Leg& leg, sip::MessageWriter* writer) {
  if (!HasOwnTimer(context.state, leg)) return;
  const SessionAgreement& agreement = AgreementOf(leg);
  writer->Header(HeaderName::kSupported, "timer");
  WriteInterval(agreement, WantedInterval(context.state, leg), writer);
}

void TakeAgreed(Context& context, Leg& leg, const sip::Message& answer) {
  if (!leg.agreement) return;
  leg.agreement->refusals = 0;
  leg.agreement->unreached = 0;
  TakeAllow(answer, *leg.agreement);
  uint32_t interval = WantedInterval(context.state, leg);
  const Refresher refresher = ReadAgreed(answer, &interval);
  Agree(context, leg, refresher, interval);
}

bool AskLonger(Context& context, const ClientTransaction& ended, const SipReceived* response) {
  Leg* leg = context.state.legs.Find(ended.leg);
  if (response == nullptr || !MayAskLonger(leg, ended)) return false;
  const uint32_t least = SecondsOf(response->message, HeaderName::kMinSe);
  if (least == 0 || least > kLongestWanted) return false;
  ++leg->agreement->refusals;
  leg->agreement->unreached = 0;
  leg->agreement->least = std::max(leg->agreement->least, least);
  ClientTransaction& row = BeginClient(context, ended.method, ended.hop, ended.purpose);
  row.call = ended.call;
  row.leg = ended.leg;
  row.relay = ended.relay;
  row.cseq = sip::NextLocalSequence(&leg->dialog);
  TakeOver(context, *leg, ended, row);
  WriteAgain(context, *leg, ended, row, WantedInterval(context.state, *leg));
  SendRequest(context, row);
  return true;
}

bool IsOfOwnTimer(const State& state, const ClientTransaction& ended) {
  const Leg* leg = state.legs.Find(ended.leg);
  return leg != nullptr && leg->agreement.has_value();
}

bool IsRefreshing(const State& state, const Leg& leg) {
  const ClientTransaction* row = state.transactions.FindClient(leg.client_update);
  return row != nullptr && row->purpose == Purpose::kRefreshUpdate;
}

void NoteTold(Leg& leg, absl::string_view text) {
  const absl::string_view session = leg.agreement ? SessionIn(text) : absl::string_view();
  if (!session.empty() && session != leg.agreement->told.view()) leg.agreement->told = SharedBytes(session);
}

void OnSessionRefreshTimer(Context& context, const Timer& timer) {
  Leg* leg = context.state.legs.Find(LegId(timer.row));
  US_CHECK(leg != nullptr);
  US_CHECK(leg->agreement.has_value());
  Touch(context, leg->call);
  leg->agreement->timer = TimerHandle();
  if (leg->phase != Leg::Phase::kConfirmed) return;
  if (!IsFreeForRefresh(*leg)) return Restart(context, *leg, kBusyRetry);
  if (leg->agreement->refresher == Refresher::kUs) return Refresh(context, *leg);
  EndBoth(context, *leg, 408);
}

void OnRefreshFinal(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                    const SipReceived* response) {
  if (leg.client_update == ended.id) leg.client_update = TransactionId();
  if (leg.phase == Leg::Phase::kReleased) {
    SendDueAck(context, leg, nullptr);
    return RemoveIfOver(context, leg.call);
  }
  if (status < 300) return OnRefreshed(context, leg, ended, *response);
  if (status == 408 || status == 481) return EndBoth(context, leg, status);
  if (status == 491) return Restart(context, leg, AfterRefusal(context, leg));
  if (response == nullptr && ++leg.agreement->unreached >= kMostUnreached) return EndBoth(context, leg, 408);
  if (response == nullptr) return Restart(context, leg, kUnreachedRetry);
  leg.agreement->unreached = 0;
  const bool refused = ended.method == Method::kUpdate && (status == 405 || status == 501);
  if (refused) leg.agreement->takes_update = false;
  const bool otherwise = refused && !leg.agreement->told.empty();
  Restart(context, leg, otherwise ? kBusyRetry : AfterFailure(status, leg.agreement->interval));
}

}  // namespace understudy::engine
