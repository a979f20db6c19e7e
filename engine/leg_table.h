// All legs of all calls, in the order in which they began.
#ifndef UNDERSTUDY_ENGINE_LEG_TABLE_H_
#define UNDERSTUDY_ENGINE_LEG_TABLE_H_

#include <utility>

#include "absl/container/btree_map.h"
#include "engine/box.h"
#include "engine/leg.h"

namespace understudy::engine {

class LegTable {
 public:
  Leg& Add(CallId call) {
    last_id_ = last_id_.Next();
    Leg& leg = *legs_[last_id_];
    leg.id = last_id_;
    leg.call = call;
    return leg;
  }

  // nullptr: no such leg. Valid until it is removed.
  Leg* Find(LegId id) {
    auto it = legs_.find(id);
    return it == legs_.end() ? nullptr : &*it->second;
  }
  const Leg* Find(LegId id) const { return const_cast<LegTable*>(this)->Find(id); }

  void Remove(LegId id) { legs_.erase(id); }
  size_t size() const { return legs_.size(); }

  // For the snapshot and the tools.
  const absl::btree_map<LegId, Box<Leg>>& rows() const { return legs_; }
  void Load(Leg leg) {
    const LegId id = leg.id;
    legs_.emplace(id, Box<Leg>(std::move(leg)));
  }
  LegId last_id() const { return last_id_; }
  void set_last_id(LegId id) { last_id_ = id; }

  friend bool operator==(const LegTable&, const LegTable&) = default;

 private:
  absl::btree_map<LegId, Box<Leg>> legs_;
  LegId last_id_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_TABLE_H_
