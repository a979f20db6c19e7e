// Subscriptions: SUBSCRIBE of phones, and what they hear of DNs (engine/events/).
//
//   if (ServesSubscriptions(state.feature_level)) ...
#ifndef UNDERSTUDY_ENGINE_LEVELS_SUBSCRIPTIONS_H_
#define UNDERSTUDY_ENGINE_LEVELS_SUBSCRIPTIONS_H_

#include <cstdint>

namespace understudy::engine {

// Below, SUBSCRIBE outside a dialog is a method that is not served.
constexpr bool ServesSubscriptions(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_SUBSCRIPTIONS_H_
