// Which attributes each event of a call has: a literal table, one row an event. What every event of a call has anyway
// (ThisDN, ConnID, CallID, CallUUID, CallType, and UserData when there is some) is not in it.
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_EVENT_RULES_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_EVENT_RULES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "tlib/attribute.h"
#include "tlib/enums.h"
#include "tlib/message_type.h"

namespace understudy::engine {

enum class Presence : uint8_t {
  kNever = 0,
  kMay = 1,      // when it is known
  kConsult = 2,  // always in a consult call, when it is known in others
  kAlways = 3,
};

// The columns. OtherDN and ThirdPartyDN stand for their roles, too.
inline constexpr std::array<tlib::Attribute, 8> kRuledAttributes = {
    tlib::Attribute::kThisDNRole,   tlib::Attribute::kThisQueue, tlib::Attribute::kOtherDN,
    tlib::Attribute::kThirdPartyDN, tlib::Attribute::kCallState, tlib::Attribute::kPreviousConnID,
    tlib::Attribute::kANI,          tlib::Attribute::kDNIS};

struct CallEventRule {
  tlib::MessageType type;
  std::array<Presence, kRuledAttributes.size()> presence;
};

absl::Span<const CallEventRule> CallEventRules();

// CHECKs that `event` is an event of a call and `attribute` a column.
Presence PresenceOf(tlib::MessageType event, tlib::Attribute attribute);

// Why a call failed, of the SIP status that ended it. 0: nothing failed.
tlib::CallState CallStateOf(int status);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_EVENT_RULES_H_
