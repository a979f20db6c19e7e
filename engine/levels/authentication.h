// Requests that a DN must sign with its password (option authenticate-requests).
//
//   if (ChecksAuthentication(context.state.feature_level) && ...) ...
#ifndef UNDERSTUDY_ENGINE_LEVELS_AUTHENTICATION_H_
#define UNDERSTUDY_ENGINE_LEVELS_AUTHENTICATION_H_

#include <cstdint>

namespace understudy::engine {

// Below, the front end asks for a password all the same, and Apply does not look at what came of it.
constexpr bool ChecksAuthentication(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_AUTHENTICATION_H_
