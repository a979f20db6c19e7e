// All legs of all calls, in the order in which they began.
#ifndef UNDERSTUDY_ENGINE_LEG_TABLE_H_
#define UNDERSTUDY_ENGINE_LEG_TABLE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
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

  void Remove(LegId id) {
    if (Leg* leg = Find(id)) Vacate(*leg);
    legs_.erase(id);
  }

  // The leg takes a place of what it goes through, and gives it back when it goes elsewhere or is removed.
  void Occupy(Leg& leg, TrunkUse use) {
    Vacate(leg);
    ++places_[use.device];
    leg.trunk_use.emplace(std::move(use));
  }
  void Vacate(Leg& leg) {
    if (!leg.trunk_use.has_value()) return;
    auto it = places_.find((*leg.trunk_use)->device);
    if (--it->second == 0) places_.erase(it);
    leg.trunk_use.reset();
  }
  uint32_t PlacesTaken(absl::string_view device) const {
    auto it = places_.find(device);
    return it == places_.end() ? 0 : it->second;
  }
  size_t size() const { return legs_.size(); }

  // For the snapshot and the tools.
  const absl::btree_map<LegId, Box<Leg>>& rows() const { return legs_; }
  void Load(Leg leg) {
    const LegId id = leg.id;
    if (leg.trunk_use.has_value()) ++places_[(*leg.trunk_use)->device];
    legs_.emplace(id, Box<Leg>(std::move(leg)));
  }
  LegId last_id() const { return last_id_; }
  void set_last_id(LegId id) { last_id_ = id; }

  friend bool operator==(const LegTable&, const LegTable&) = default;

 private:
  absl::btree_map<LegId, Box<Leg>> legs_;
  LegId last_id_;
  absl::btree_map<std::string, uint32_t> places_;  // derived: those taken, by the DN of a Trunk or softswitch
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_TABLE_H_
