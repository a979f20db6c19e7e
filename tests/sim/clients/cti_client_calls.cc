// What the application of a simulated client does with calls: of desk phones only, for what others do nobody else
// decides. Requests fit what it has heard of a call, mostly; what has changed meanwhile the server refuses.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "tests/sim/clients/cti_client.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;
using tlib::Message;
using M = tlib::MessageType;

// How often a request is said of a call in that phase, among the others.
struct Choice {
  tlib::MessageType type;
  uint64_t weight;
};

constexpr Choice kDialing[] = {{M::kRequestReleaseCall, 30}, {M::kRequestClearCall, 5},
                               {M::kRequestHoldCall, 3},     {M::kRequestSingleStepTransfer, 3},
                               {M::kRequestSendDTMF, 3},     {M::kRequestQueryCall, 20}};

constexpr Choice kAlerting[] = {{M::kRequestAnswerCall, 65},
                                {M::kRequestRedirectCall, 20},
                                {M::kRequestReleaseCall, 8},
                                {M::kRequestInitiateTransfer, 2},
                                {M::kRequestSingleStepConference, 2}};

constexpr Choice kEstablished[] = {{M::kRequestHoldCall, 16},
                                   {M::kRequestInitiateTransfer, 18},
                                   {M::kRequestInitiateConference, 18},
                                   {M::kRequestMuteTransfer, 8},
                                   {M::kRequestSingleStepTransfer, 8},
                                   {M::kRequestSingleStepConference, 14},
                                   {M::kRequestDeleteFromConference, 6},
                                   {M::kRequestSendDTMF, 8},
                                   {M::kRequestReleaseCall, 5},
                                   {M::kRequestClearCall, 2},
                                   {M::kRequestRedirectCall, 1},
                                   {M::kRequestRetrieveCall, 1}};

constexpr Choice kHeld[] = {{M::kRequestRetrieveCall, 40},       {M::kRequestInitiateTransfer, 14},
                            {M::kRequestInitiateConference, 14}, {M::kRequestMuteTransfer, 6},
                            {M::kRequestSingleStepTransfer, 6},  {M::kRequestSingleStepConference, 6},
                            {M::kRequestReleaseCall, 8},         {M::kRequestSendDTMF, 2}};

// Of two calls at a DN, one of them held.
constexpr Choice kTwoCalls[] = {{M::kRequestCompleteTransfer, 24}, {M::kRequestCompleteConference, 30},
                                {M::kRequestMergeCalls, 12},       {M::kRequestAlternateCall, 16},
                                {M::kRequestReconnectCall, 14},    {M::kRequestReleaseCall, 4}};

constexpr std::array<M, 4> kOfUserData = {M::kRequestAttachUserData, M::kRequestUpdateUserData, M::kRequestDeletePair,
                                          M::kRequestDeleteUserData};

constexpr std::array<M, 6> kOfFeatures = {M::kRequestSetDNDOff,         M::kRequestSetDNDOff,
                                          M::kRequestSetDNDOn,          M::kRequestCallForwardSet,
                                          M::kRequestCallForwardCancel, M::kRequestCallForwardCancel};

absl::Span<const Choice> ChoicesOf(HeardCall::Phase phase) {
  switch (phase) {
    case HeardCall::Phase::kDialing:
      return kDialing;
    case HeardCall::Phase::kAlerting:
      return kAlerting;
    case HeardCall::Phase::kEstablished:
      return kEstablished;
    case HeardCall::Phase::kHeld:
      return kHeld;
  }
  return {};
}

M Draw(absl::Span<const Choice> choices, Chance* chance) {
  uint64_t all = 0;
  for (const Choice& choice : choices) all += choice.weight;
  uint64_t at = chance->Below(all);
  for (const Choice& choice : choices) {
    if (at < choice.weight) return choice.type;
    at -= choice.weight;
  }
  return choices.back().type;
}

bool NamesAnotherDn(M type) {
  switch (type) {
    case M::kRequestRedirectCall:
    case M::kRequestInitiateTransfer:
    case M::kRequestInitiateConference:
    case M::kRequestMuteTransfer:
    case M::kRequestSingleStepTransfer:
    case M::kRequestSingleStepConference:
    case M::kRequestDeleteFromConference:
      return true;
    default:
      return false;
  }
}

bool HasUserData(M type) {
  return type == M::kRequestInitiateTransfer || type == M::kRequestInitiateConference;
}

}  // namespace

absl::optional<HeardCall> CtiClient::AnyCall(bool of_desks) {
  const SessionRecord* const session = book_->SessionOf(habits_.name);
  if (session == nullptr) return absl::nullopt;
  std::vector<HeardCall> calls = session->view.Calls();
  if (of_desks) std::erase_if(calls, [this](const HeardCall& call) { return !IsDesk(call.dn); });
  if (calls.empty()) return absl::nullopt;
  return chance_.Pick(calls);
}

// The call that its DN holds beside that one.
absl::optional<HeardCall> CtiClient::HeldBeside(const HeardCall& call) {
  for (const HeardCall& other : book_->SessionOf(habits_.name)->view.Calls()) {
    const bool beside = other.dn == call.dn && other.conn_id != call.conn_id;
    if (beside && other.phase == HeardCall::Phase::kHeld) return other;
  }
  return absl::nullopt;
}

void CtiClient::AskAboutCall() {
  const absl::optional<HeardCall> call = AnyCall(false);
  if (!call) return AskAboutDn();
  const bool asks = chance_.OneIn(3);
  const M type = asks ? M::kRequestQueryCall : kOfUserData[chance_.OneIn(3) ? chance_.Below(4) : chance_.Below(2)];
  Message request = Make(type, asks && chance_.OneIn(2) ? "" : call->dn);
  request.Set(Attribute::kConnID, static_cast<int64_t>(call->conn_id));
  if (type == M::kRequestDeletePair) {
    tlib::KeyValueList keys;
    keys.Append("key", int64_t{0});
    request.Set(Attribute::kUserData, std::move(keys));
  }
  const bool puts = type == M::kRequestAttachUserData || type == M::kRequestUpdateUserData;
  if (puts) PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
  Ask(std::move(request));
}

void CtiClient::BeginCall() {
  if (habits_.same_reference || numbers_->desks.size() < 2) return AskAboutDn();
  std::vector<std::string> callers = numbers_->desks;
  const SessionRecord* const session = book_->SessionOf(habits_.name);
  std::erase_if(callers, [&](const std::string& dn) { return session == nullptr || !session->view.IsRegistered(dn); });
  if (callers.empty()) return AskAboutDn();
  const std::string caller = chance_.Pick(callers);
  const std::string callee = chance_.Percent(4) ? std::string(kNobody) : chance_.Pick(numbers_->desks);
  if (caller == callee && !chance_.Percent(10)) return AskAboutDn();
  Message request = Make(M::kRequestMakeCall, caller);
  request.Set(Attribute::kOtherDN, callee);
  PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
  Ask(std::move(request));
}

// Mostly a desk phone that is not in the call; of DeleteFromConference one that is.
std::string CtiClient::AnotherDn(const HeardCall& call, M type) {
  const std::vector<std::string> others = book_->SessionOf(habits_.name)->view.Others(call);
  if (type == M::kRequestDeleteFromConference && !others.empty() && chance_.Percent(90)) return chance_.Pick(others);
  if (chance_.Percent(3)) return std::string(kNobody);
  std::vector<std::string> free = numbers_->desks;
  const bool anybody = chance_.Percent(12);
  std::erase_if(free, [&](const std::string& dn) {
    return !anybody && (dn == call.dn || std::find(others.begin(), others.end(), dn) != others.end());
  });
  return chance_.Pick(free.empty() ? numbers_->desks : free);
}

void CtiClient::ControlCall() {
  const absl::optional<HeardCall> call = AnyCall(true);
  if (!call || habits_.same_reference) return AskAboutCall();
  const absl::optional<HeardCall> held = HeldBeside(*call);
  if (held && chance_.Percent(70)) return ControlTwo(*call, *held);
  const M type = Draw(ChoicesOf(call->phase), &chance_);
  Message request = Make(type, type == M::kRequestClearCall && chance_.OneIn(2) ? "" : call->dn);
  request.Set(Attribute::kConnID, static_cast<int64_t>(call->conn_id));
  if (NamesAnotherDn(type)) request.Set(Attribute::kOtherDN, AnotherDn(*call, type));
  if (HasUserData(type)) PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
  if (HasUserData(type) && chance_.OneIn(2)) {
    tlib::KeyValueList extensions;
    extensions.Append("ConsultUserData", chance_.OneIn(2) ? "inherited" : "separate");
    request.Set(Attribute::kExtensions, std::move(extensions));
  }
  if (type == M::kRequestSendDTMF) request.Set(Attribute::kDTMFDigits, chance_.OneIn(2) ? "5" : "1*#A90");
  Ask(std::move(request));
}

void CtiClient::ControlTwo(const HeardCall& call, const HeardCall& held) {
  const M type = Draw(kTwoCalls, &chance_);
  Message request = Make(type, call.dn);
  request.Set(Attribute::kConnID, static_cast<int64_t>(call.conn_id));
  if (type != M::kRequestReleaseCall) request.Set(Attribute::kHeldConnID, static_cast<int64_t>(held.conn_id));
  if (type == M::kRequestMergeCalls && chance_.OneIn(2)) {
    tlib::KeyValueList extensions;
    extensions.Append("MergeType", chance_.OneIn(2) ? "Conference" : "Transfer");
    request.Set(Attribute::kExtensions, std::move(extensions));
  }
  Ask(std::move(request));
}

// Of desk phones: who calls the others has planned that they answer.
void CtiClient::ChangeFeatures() {
  if (habits_.same_reference || numbers_->desks.empty()) return AskAboutDn();
  const M type = chance_.Pick(kOfFeatures);
  Message request = Make(type, chance_.Pick(numbers_->desks));
  if (type == M::kRequestCallForwardSet) request.Set(Attribute::kOtherDN, chance_.Pick(numbers_->desks));
  Ask(std::move(request));
}

}  // namespace understudy::sim
