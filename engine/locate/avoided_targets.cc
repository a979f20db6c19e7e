#include "engine/locate/avoided_targets.h"

#include <iterator>

namespace understudy::engine {

bool AvoidedTargets::Avoid(const Target& target, EngineTime now, EngineTime until) {
  for (auto it = rows_.begin(); it != rows_.end();) it = it->second <= now ? rows_.erase(it) : std::next(it);
  if (rows_.size() >= kMost && !rows_.contains(target)) return false;
  rows_[target] = until;
  return true;
}

bool AvoidedTargets::Contains(const Target& target, EngineTime now) const {
  auto it = rows_.find(target);
  return it != rows_.end() && it->second > now;
}

}  // namespace understudy::engine
