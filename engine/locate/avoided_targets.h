// Servers that have failed, and until when they come last: seen by every call, and by a successor.
#ifndef UNDERSTUDY_ENGINE_LOCATE_AVOIDED_TARGETS_H_
#define UNDERSTUDY_ENGINE_LOCATE_AVOIDED_TARGETS_H_

#include <cstddef>

#include "absl/container/btree_map.h"
#include "base/time.h"
#include "engine/locate/target.h"

namespace understudy::engine {

struct AvoidedTarget {
  Target target;
  EngineTime until;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, target);
    a.Field(2, until);
  }
  friend bool operator==(const AvoidedTarget&, const AvoidedTarget&) = default;
};

class AvoidedTargets {
 public:
  static constexpr size_t kMost = 10'000;

  // Forgets those that are over. False: there are as many as may be, and this one is not among them.
  bool Avoid(const Target& target, EngineTime now, EngineTime until);
  bool Contains(const Target& target, EngineTime now) const;

  size_t size() const { return rows_.size(); }

  // For the snapshot.
  const absl::btree_map<Target, EngineTime>& rows() const { return rows_; }
  void Load(const AvoidedTarget& row) { rows_[row.target] = row.until; }

  friend bool operator==(const AvoidedTargets&, const AvoidedTargets&) = default;

 private:
  absl::btree_map<Target, EngineTime> rows_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_AVOIDED_TARGETS_H_
