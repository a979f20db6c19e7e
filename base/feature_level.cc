#include "base/feature_level.h"

namespace understudy {

const uint32_t kFeatureLevel = 1;

}  // namespace understudy
