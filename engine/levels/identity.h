// Asserted identities go where the trust domain of RFC 3325 says (engine/identity.h).
//
//   if (!ChecksIdentity(state.feature_level)) ...
#ifndef UNDERSTUDY_ENGINE_LEVELS_IDENTITY_H_
#define UNDERSTUDY_ENGINE_LEVELS_IDENTITY_H_

#include <cstdint>

namespace understudy::engine {

// Below, P-Asserted-Identity is carried whoever says it.
constexpr bool ChecksIdentity(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_IDENTITY_H_
