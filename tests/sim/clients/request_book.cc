#include "tests/sim/clients/request_book.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;
using tlib::MessageType;
using M = MessageType;
using N = OutcomeNames;

constexpr absl::string_view kMarkKey = "sim";
constexpr auto kAtOnce = OutcomeComes::kAtOnce;
constexpr auto kLater = OutcomeComes::kLater;

constexpr OutcomeRule kRules[] = {
    {M::kRequestRegisterAddress, M::kEventRegistered, kAtOnce, N::kNone},
    {M::kRequestUnregisterAddress, M::kEventUnregistered, kAtOnce, N::kNone},
    {M::kRequestRegisterAll, M::kEventRegisteredAll, kAtOnce, N::kNone},
    {M::kRequestUnregisterAll, M::kEventUnregisteredAll, kAtOnce, N::kNone},
    {M::kRequestSetInputMask, M::kEventACK, kAtOnce, N::kNone},
    {M::kRequestStartCallMonitoring, M::kEventACK, kAtOnce, N::kNone},
    {M::kRequestStopCallMonitoring, M::kEventACK, kAtOnce, N::kNone},
    {M::kRequestQueryServer, M::kEventServerInfo, kAtOnce, N::kNone},
    {M::kRequestQueryAddress, M::kEventAddressInfo, kAtOnce, N::kNone},
    {M::kRequestQueryCall, M::kEventPartyInfo, kAtOnce, N::kCall},
    {M::kRequestSetDNDOn, M::kEventDNDOn, kAtOnce, N::kNone},
    {M::kRequestSetDNDOff, M::kEventDNDOff, kAtOnce, N::kNone},
    {M::kRequestCallForwardSet, M::kEventForwardSet, kAtOnce, N::kNone},
    {M::kRequestCallForwardCancel, M::kEventForwardCancel, kAtOnce, N::kNone},
    {M::kRequestDistributeUserEvent, M::kEventUserEvent, kAtOnce, N::kNone},
    {M::kRequestAttachUserData, M::kEventAttachedDataChanged, kAtOnce, N::kCall},
    {M::kRequestUpdateUserData, M::kEventAttachedDataChanged, kAtOnce, N::kCall},
    {M::kRequestDeletePair, M::kEventAttachedDataChanged, kAtOnce, N::kCall},
    {M::kRequestDeleteUserData, M::kEventAttachedDataChanged, kAtOnce, N::kCall},
    {M::kRequestMakeCall, M::kEventDialing, kLater, N::kNewCall},
    {M::kRequestAnswerCall, M::kEventEstablished, kLater, N::kCall},
    {M::kRequestReleaseCall, M::kEventReleased, kLater, N::kCall},
    {M::kRequestClearCall, M::kEventReleased, kLater, N::kCall},
    {M::kRequestHoldCall, M::kEventHeld, kLater, N::kCall},
    {M::kRequestRetrieveCall, M::kEventRetrieved, kLater, N::kCall},
    {M::kRequestAlternateCall, M::kEventRetrieved, kLater, N::kHeldCall},
    {M::kRequestReconnectCall, M::kEventRetrieved, kLater, N::kHeldCall},
    {M::kRequestInitiateTransfer, M::kEventDialing, kLater, N::kConsult},
    {M::kRequestInitiateConference, M::kEventDialing, kLater, N::kConsult},
    {M::kRequestMuteTransfer, M::kEventReleased, kLater, N::kCall},
    {M::kRequestSingleStepTransfer, M::kEventReleased, kLater, N::kCall},
    {M::kRequestSingleStepConference, M::kEventPartyAdded, kLater, N::kCall},
    {M::kRequestCompleteTransfer, M::kEventReleased, kLater, N::kHeldCall},
    {M::kRequestCompleteConference, M::kEventRetrieved, kLater, N::kHeldCall},
    {M::kRequestMergeCalls, M::kEventReleased, kLater, N::kHeldCall},
    {M::kRequestDeleteFromConference, M::kEventPartyDeleted, kLater, N::kCall},
    {M::kRequestRedirectCall, M::kEventReleased, kLater, N::kCall},
    {M::kRequestSendDTMF, M::kEventDTMFSent, kLater, N::kCall},
};

std::string NameOf(uint64_t number, const tlib::Message& request) {
  return absl::StrCat("request ", number, ", ", tlib::MessageTypeName(request.type()), " for ",
                      request.Text(Attribute::kThisDN));
}

}  // namespace

absl::Span<const OutcomeRule> AllOutcomeRules() {
  return kRules;
}

const OutcomeRule* FindOutcomeRule(MessageType request) {
  const auto found = std::find_if(std::begin(kRules), std::end(kRules),
                                  [&](const OutcomeRule& rule) { return rule.request == request; });
  return found == std::end(kRules) ? nullptr : found;
}

const OutcomeRule* OutcomeRuleOf(const tlib::Message& request) {
  const bool conference = request.type() == MessageType::kRequestMergeCalls &&
                          request.List(Attribute::kExtensions).Text("MergeType") == "Conference";
  return FindOutcomeRule(conference ? MessageType::kRequestCompleteConference : request.type());
}

absl::string_view MarkIn(const tlib::Message& message) {
  return message.List(Attribute::kUserData).Text(kMarkKey);
}

bool HasMark(const tlib::Message& message, absl::string_view mark) {
  const std::vector<tlib::KeyValuePair>& pairs = message.List(Attribute::kUserData).pairs();
  return std::any_of(pairs.begin(), pairs.end(), [&](const tlib::KeyValuePair& pair) {
    const auto* const text = std::get_if<std::string>(&pair.value);
    return pair.key == kMarkKey && text != nullptr && *text == mark;
  });
}

void PutMark(absl::string_view mark, tlib::Message* request) {
  tlib::KeyValueList data;
  data.Append(kMarkKey, mark);
  request->Set(Attribute::kUserData, std::move(data));
}

std::string RequestBook::Say(uint64_t number, const tlib::Message& request) {
  if (number == 0 || number > said() + 1) {
    return absl::StrCat(NameOf(number, request), " is said after request ", said());
  }
  if (number <= said()) {
    ++repeated_;
    if (rows_[number - 1].request == request) return "";
    return absl::StrCat(NameOf(number, request), " is said again as another one");
  }
  const OutcomeRule* const rule = OutcomeRuleOf(request);
  US_CHECK(rule != nullptr);
  rows_.push_back({request, rule, false});
  return "";
}

bool RequestBook::Fits(const Row& row, const tlib::Message& event, int64_t reference) {
  if (row.answered || row.request.Number(Attribute::kReferenceID) != reference) return false;
  const absl::string_view dn = row.request.Text(Attribute::kThisDN);
  if (!dn.empty() && event.Text(Attribute::kThisDN) != dn) return false;
  if (event.type() == MessageType::kEventError) return true;
  if (event.type() != row.rule->event) return false;
  const absl::string_view mark = MarkIn(row.request);
  return mark.empty() || HasMark(event, mark);
}

// Of two that an event fits, the earlier.
std::string RequestBook::Outcome(const tlib::Message& event, int64_t reference) {
  while (first_open_ < rows_.size() && rows_[first_open_].answered) ++first_open_;
  uint64_t passed_over = 0;
  for (size_t i = first_open_; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    const bool at_once = row.rule->when == kAtOnce;
    if (!Fits(row, event, reference)) {
      if (at_once && !row.answered && passed_over == 0) passed_over = i + 1;
      continue;
    }
    if (at_once && passed_over != 0) {
      return absl::StrCat(NameOf(i + 1, row.request), " has its outcome, and none has come of ",
                          NameOf(passed_over, rows_[passed_over - 1].request));
    }
    row.answered = true;
    ++answered_;
    last_answered_ = i + 1;
    if (event.type() == MessageType::kEventError) ++refused_;
    if (at_once) last_at_once_ = i + 1;
    return "";
  }
  return absl::StrCat(tlib::MessageTypeName(event.type()), " of ", event.Text(Attribute::kThisDN), " for reference ",
                      reference, " is the outcome of no request that waits for one");
}

std::vector<uint64_t> RequestBook::Open(OutcomeComes when) const {
  std::vector<uint64_t> open;
  for (size_t i = first_open_; i < rows_.size(); ++i) {
    if (!rows_[i].answered && rows_[i].rule->when == when) open.push_back(i + 1);
  }
  return open;
}

}  // namespace understudy::sim
