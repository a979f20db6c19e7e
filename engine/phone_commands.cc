#include "engine/phone_commands.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/client_transactions.h"
#include "engine/cti/call_notices.h"
#include "engine/held_session.h"
#include "engine/leg_commands.h"
#include "engine/leg_message.h"
#include "engine/leg_request.h"
#include "engine/negotiation.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr int kToneMilliseconds = 160;

// Of `event`; returns its id.
TransactionId SendNotify(Context& context, Leg& leg, absl::string_view event) {
  ClientTransaction& row = BeginNextRequest(context, leg, sip::Method::kNotify, Purpose::kNotify);
  sip::MessageWriter writer(&context.text);
  WriteContact(context, leg, &writer);
  writer.Header(HeaderName::kEvent, event);
  writer.Header(HeaderName::kSubscriptionState, "active");
  writer.NoBody();
  SendRequest(context, row);
  return row.id;
}

// The next of the digits that `leg` dials, towards its peer.
void SendDigit(Context& context, Leg& leg, Leg& peer) {
  const char digit = leg.digits.front();
  leg.digits.erase(0, 1);
  ClientTransaction& row = BeginNextRequest(context, peer, sip::Method::kInfo, Purpose::kDtmf);
  sip::MessageWriter writer(&context.text);
  writer.Body("application/dtmf-relay",
              absl::StrCat("Signal=", absl::string_view(&digit, 1), "\r\nDuration=", kToneMilliseconds, "\r\n"));
  SendRequest(context, row);
  leg.command_request = row.id;
}

bool IsDigit(char c) {
  return (c >= '0' && c <= '9') || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
}

const Dn::Profile* ProfileOf(const Context& context, const Leg& leg) {
  const Dn* dn = context.state.configuration.FindDn(leg.number);
  return dn == nullptr ? nullptr : &dn->profile;
}

bool TakesTalk(const Context& context, const Leg& leg) {
  const Dn::Profile* profile = ProfileOf(context, leg);
  return profile != nullptr && profile->takes_talk;
}

bool TakesHold(const Context& context, const Leg& leg) {
  const Dn::Profile* profile = ProfileOf(context, leg);
  return profile != nullptr && profile->takes_hold;
}

// 0: the command may begin; otherwise the status that says why not.
int Obstacle(const Leg& leg) {
  if (leg.command.has_value()) return 491;
  const bool lives = leg.phase == Leg::Phase::kAlerting || leg.phase == Leg::Phase::kConfirmed;
  return lives && !leg.dialog.remote_tag.empty() ? 0 : 481;
}

// 0: what the peer hears may be changed.
int ObstacleToHold(const Context& context, const Leg& leg) {
  const Leg* peer = context.state.PeerOf(leg);
  if (leg.command.has_value()) return 491;
  if (peer == nullptr || leg.phase != Leg::Phase::kConfirmed || peer->phase != Leg::Phase::kConfirmed) return 481;
  if (leg.session.empty()) return 488;
  return peer->negotiation == Negotiation::kNone ? 0 : 491;
}

// What is obeyed by the phone itself, as a NOTIFY asks of it.
bool HoldsByItself(const Context& context, const Leg& leg) {
  return TakesHold(context, leg) && TakesTalk(context, leg);
}

bool BothAreFree(const Leg& leg, const Leg& peer) {
  return IsFree(leg) && IsFree(peer);
}

void ChangeHold(Context& context, Leg& leg, LegCommand command, absl::string_view event) {
  if (HoldsByItself(context, leg)) {
    if (const int status = Obstacle(leg)) return CommandDone(context, leg, command, status);
    leg.command = command;
    leg.command_request = SendNotify(context, leg, event);
    return;
  }
  if (const int status = ObstacleToHold(context, leg)) return CommandDone(context, leg, command, status);
  Leg& peer = *context.state.PeerOf(leg);
  if (!BothAreFree(leg, peer)) return CommandDone(context, leg, command, 491);
  leg.command = command;
  ++leg.rewrites;
  OfferHold(context, leg, peer);
}

}  // namespace

void LetAnswer(Context& context, Leg& leg) {
  if (TakesTalk(context, leg) && !leg.dialog.remote_tag.empty()) SendNotify(context, leg, "talk");
}

void TalkLeg(Context& context, Leg& leg) {
  if (!TakesTalk(context, leg)) return CommandDone(context, leg, LegCommand::kTalk, 501);
  if (const int status = Obstacle(leg)) return CommandDone(context, leg, LegCommand::kTalk, status);
  leg.command = LegCommand::kTalk;
  leg.command_request = SendNotify(context, leg, "talk");
}

void HoldLeg(Context& context, Leg& leg) {
  ChangeHold(context, leg, LegCommand::kHold, "hold");
}

void RetrieveLeg(Context& context, Leg& leg) {
  ChangeHold(context, leg, LegCommand::kRetrieve, "talk");
}

void RetrieveLegWhenFree(Context& context, Leg& leg) {
  Leg* peer = context.state.PeerOf(leg);
  const bool offers = !HoldsByItself(context, leg) && ObstacleToHold(context, leg) == 0;
  if (!offers || BothAreFree(leg, *peer)) return RetrieveLeg(context, leg);
  leg.command = LegCommand::kJoin;
  Negotiate(context, leg);
}

void SendDtmf(Context& context, Leg& leg, absl::string_view digits) {
  Leg* peer = context.state.PeerOf(leg);
  int status = Obstacle(leg);
  if (status == 0 && (peer == nullptr || peer->phase != Leg::Phase::kConfirmed)) status = 481;
  std::string dialled;
  for (const char c : digits) {
    if (IsDigit(c)) dialled.push_back(c);
  }
  if (status == 0 && (dialled.empty() || dialled.size() != digits.size())) status = 400;
  if (status != 0) return CommandDone(context, leg, LegCommand::kDtmf, status);
  leg.command = LegCommand::kDtmf;
  leg.digits = std::move(dialled);
  SendDigit(context, leg, *peer);
}

void OfferHold(Context& context, Leg& leg, Leg& peer) {
  if (leg.command != LegCommand::kHold && leg.command != LegCommand::kRetrieve) return;
  const std::string session = leg.command == LegCommand::kHold ? HeldSession(leg.session.view(), leg.rewrites)
                                                               : LaterSession(leg.session.view(), leg.rewrites);
  SendOwnReInvite(context, peer, Purpose::kOffer, session);
  leg.command_request = peer.client_invite;
}

bool WaitsFor(const Leg& leg, TransactionId request) {
  return leg.command.has_value() && !request.empty() && leg.command_request == request;
}

void FinishCommand(Context& context, Leg& leg, LegCommand command, int status) {
  if (leg.command != command) return;
  leg.command.reset();
  leg.command_request = TransactionId();
  leg.digits.clear();
  if (leg.phase == Leg::Phase::kReleased) return;  // its end has been told
  CommandDone(context, leg, command, status);
}

void FinishRequest(Context& context, Leg& leg, TransactionId request, int status) {
  if (WaitsFor(leg, request)) FinishCommand(context, leg, *leg.command, status);
}

void OnNotifyFinal(Context& context, const ClientTransaction& ended, int status) {
  Leg* leg = context.state.legs.Find(ended.leg);
  if (leg != nullptr) FinishRequest(context, *leg, ended.id, status);
}

void OnDtmfFinal(Context& context, const ClientTransaction& ended, int status) {
  Leg* peer = context.state.legs.Find(ended.leg);
  Leg* leg = peer == nullptr ? nullptr : context.state.PeerOf(*peer);
  if (leg == nullptr || !WaitsFor(*leg, ended.id)) return;
  const bool goes_on = status < 300 && !leg->digits.empty() && peer->phase == Leg::Phase::kConfirmed;
  if (goes_on) return SendDigit(context, *leg, *peer);
  FinishCommand(context, *leg, LegCommand::kDtmf, status);
}

}  // namespace understudy::engine
