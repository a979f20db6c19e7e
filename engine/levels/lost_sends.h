// That a request was lost with the connection over which it had left: SendLost, and that neither FlowClosed nor a
// failed try by TCP says again what nobody wants any more.
//
//   if (TakesLostSends(state.feature_level)) ...
#ifndef UNDERSTUDY_ENGINE_LEVELS_LOST_SENDS_H_
#define UNDERSTUDY_ENGINE_LEVELS_LOST_SENDS_H_

#include <cstdint>

namespace understudy::engine {

// Below, SendFailed says it, and FlowClosed says every unanswered request again, and counts no loss.
constexpr bool TakesLostSends(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_LOST_SENDS_H_
