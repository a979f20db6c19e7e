// Do INVITEs of ours say which call they are of? From feature level 1 on.
//
// Function without state.
#ifndef UNDERSTUDY_ENGINE_LEVELS_CALL_UUID_H_
#define UNDERSTUDY_ENGINE_LEVELS_CALL_UUID_H_

#include <cstdint>

namespace understudy::engine {

bool CarriesCallUuid(uint32_t feature_level);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_CALL_UUID_H_
