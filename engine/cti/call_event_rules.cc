#include "engine/cti/call_event_rules.h"

#include "base/check.h"

namespace understudy::engine {
namespace {

using tlib::MessageType;

constexpr Presence N = Presence::kNever;
constexpr Presence O = Presence::kMay;
constexpr Presence C = Presence::kConsult;
constexpr Presence M = Presence::kAlways;

// clang-format off
constexpr CallEventRule kRules[] = {
    //                                        role queue other third state prev  ani  dnis
    {MessageType::kEventDialing,             {M,   N,    M,    O,    M,    C,    N,   O}},
    {MessageType::kEventNetworkReached,      {M,   O,    O,    O,    M,    C,    O,   O}},
    {MessageType::kEventDestinationBusy,     {M,   O,    O,    N,    M,    C,    O,   O}},
    {MessageType::kEventRinging,             {M,   O,    O,    O,    M,    C,    O,   O}},
    {MessageType::kEventEstablished,         {M,   O,    O,    O,    O,    C,    O,   O}},
    {MessageType::kEventHeld,                {M,   O,    O,    N,    O,    C,    O,   O}},
    {MessageType::kEventRetrieved,           {M,   O,    O,    N,    M,    C,    O,   O}},
    {MessageType::kEventReleased,            {M,   O,    O,    O,    M,    C,    O,   O}},
    {MessageType::kEventAbandoned,           {M,   O,    O,    N,    M,    C,    O,   O}},
    {MessageType::kEventPartyChanged,        {M,   O,    M,    M,    M,    O,    O,   O}},
    {MessageType::kEventPartyAdded,          {M,   O,    M,    M,    M,    O,    O,   O}},
    {MessageType::kEventPartyDeleted,        {M,   O,    M,    M,    M,    O,    O,   O}},
    {MessageType::kEventAttachedDataChanged, {O,   O,    O,    O,    O,    O,    O,   O}},
    {MessageType::kEventDTMFSent,            {M,   O,    O,    N,    O,    C,    O,   O}},
};
// clang-format on

}  // namespace

absl::Span<const CallEventRule> CallEventRules() {
  return kRules;
}

Presence PresenceOf(MessageType event, tlib::Attribute attribute) {
  size_t column = 0;
  while (column < kRuledAttributes.size() && kRuledAttributes[column] != attribute) ++column;
  US_CHECK_LT(column, kRuledAttributes.size());
  for (const CallEventRule& rule : kRules) {
    if (rule.type == event) return rule.presence[column];
  }
  US_CHECK(false);
  return Presence::kNever;
}

tlib::CallState CallStateOf(int status) {
  if (status < 300) return tlib::CallState::kOk;
  switch (status) {
    case 404:
    case 484:
      return tlib::CallState::kSitInvalidnum;
    case 408:
    case 480:
      return tlib::CallState::kNoAnswer;
    case 486:
    case 600:
      return tlib::CallState::kBusy;
    case 487:
      return tlib::CallState::kOk;  // taken back, which is no failure
    case 503:
      return tlib::CallState::kAllTrunksBusy;
    default:
      return tlib::CallState::kGeneralError;
  }
}

}  // namespace understudy::engine
