#include "engine/trunks/trunk_choice.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace understudy::engine {
namespace {

bool IsTried(const Dn& device, absl::Span<const std::string> tried) {
  return std::find(tried.begin(), tried.end(), device.number) != tried.end();
}

uint32_t FreePlaces(const State& state, const Dn& device) {
  const uint32_t capacity = device.profile.trunk.capacity;
  if (capacity == 0) return std::numeric_limits<uint32_t>::max();
  return capacity - std::min(capacity, PlacesTaken(state, device));
}

// Smaller is better.
auto RankOf(const State& state, const Dn& trunk) {
  return std::make_tuple(trunk.profile.trunk.priority, ~trunk.profile.prefix.size(), ~FreePlaces(state, trunk));
}

}  // namespace

bool IsOut(const State& state, absl::string_view number) {
  const Device* device = state.devices.FindByDn(number);
  return device != nullptr && device->out;
}

uint32_t PlacesTaken(const State& state, const Dn& device) {
  const std::string& group = device.profile.trunk.capacity_group;
  if (group.empty()) return state.legs.PlacesTaken(device.number);
  uint32_t taken = 0;
  for (const std::string& number : state.configuration.CapacityGroup(group)) taken += state.legs.PlacesTaken(number);
  return taken;
}

bool IsUsable(const State& state, const Dn& device, Place place) {
  if (!device.profile.contact.has_value()) return false;
  if (const Device* known = state.devices.FindByDn(device.number)) {
    if (known->out || known->rest != TimerHandle()) return false;
  }
  return place == Place::kNone || FreePlaces(state, device) > 0;
}

const Dn* ChooseTrunk(const State& state, absl::string_view dialled, Place place, absl::Span<const std::string> tried) {
  const Dn* best = nullptr;
  for (const Dn* trunk : state.configuration.FindTrunks(dialled)) {
    if (IsTried(*trunk, tried) || !IsUsable(state, *trunk, place)) continue;
    if (best == nullptr || RankOf(state, *trunk) < RankOf(state, *best)) best = trunk;
  }
  return best;
}

const Dn* ChooseSoftswitch(const State& state, const Dn& dn, Place place, absl::Span<const std::string> tried) {
  for (const std::string& number : dn.profile.trunk.softswitches) {
    const Dn* device = state.configuration.FindDn(number);
    if (device != nullptr && !IsTried(*device, tried) && IsUsable(state, *device, place)) return device;
  }
  return nullptr;
}

}  // namespace understudy::engine
