// One number for everything that an entry did: journalled beside the entry, and compared by replays and by the backup.
#ifndef UNDERSTUDY_ENGINE_EFFECT_HASH_H_
#define UNDERSTUDY_ENGINE_EFFECT_HASH_H_

#include <cstdint>

#include "engine/effect.h"

namespace understudy::engine {

// Every field of every effect, in order, and the calls touched. Not secret: the key is fixed.
uint64_t HashEffects(const Effects& effects);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EFFECT_HASH_H_
