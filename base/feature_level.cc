#include "base/feature_level.h"

namespace understudy {

const uint32_t kFeatureLevel = 0;

}  // namespace understudy
