#include "engine/levels/call_uuid.h"

namespace understudy::engine {

bool CarriesCallUuid(uint32_t feature_level) {
  return feature_level >= 1;
}

}  // namespace understudy::engine
