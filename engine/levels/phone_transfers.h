// Transfers that phones ask for by themselves: REFER and INVITE with Replaces.
//
//   if (ServesPhoneTransfers(context.state.feature_level)) ...
#ifndef UNDERSTUDY_ENGINE_LEVELS_PHONE_TRANSFERS_H_
#define UNDERSTUDY_ENGINE_LEVELS_PHONE_TRANSFERS_H_

#include <cstdint>

namespace understudy::engine {

// Below, a REFER goes to the other party, which makes the call, and an INVITE's Replaces is left out.
constexpr bool ServesPhoneTransfers(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_PHONE_TRANSFERS_H_
