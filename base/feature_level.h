// The highest feature level that this program understands. What came with a level may happen once an entry has raised
// the state's level to it; then a program that does not know the level cannot go on.
//
// Defined in a file of its own, not here: tests/next is this program with a later level, so that an upgrade is tested.
#ifndef UNDERSTUDY_BASE_FEATURE_LEVEL_H_
#define UNDERSTUDY_BASE_FEATURE_LEVEL_H_

#include <cstdint>

namespace understudy {

extern const uint32_t kFeatureLevel;

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_FEATURE_LEVEL_H_
