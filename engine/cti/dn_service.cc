#include "engine/cti/dn_service.h"

#include <algorithm>

#include "engine/cti/sessions.h"
#include "engine/trunks/trunk_choice.h"

namespace understudy::engine {

namespace {

// One of those that it names is in service.
bool HasSoftswitch(const State& state, const Dn& dn) {
  const std::vector<std::string>& names = dn.profile.trunk.softswitches;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return state.configuration.FindDn(name) != nullptr && !IsOut(state, name);
  });
}

}  // namespace

bool IsInService(const State& state, absl::string_view number) {
  const Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr) return false;
  if (!dn->profile.trunk.softswitches.empty()) return HasSoftswitch(state, *dn);
  if (IsOut(state, number)) return false;
  return dn->type == DnType::kOther || dn->profile.contact.has_value() || state.registrar.Latest(number) != nullptr;
}

ServiceStates::ServiceStates(const State& state, const std::vector<std::string>& numbers) {
  for (const std::string& number : numbers) {
    if (state.sessions.HasListener(number)) in_service_.emplace(number, IsInService(state, number));
  }
}

void ServiceStates::TellChanges(Context& context) const {
  for (const auto& [number, was_in_service] : in_service_) {
    if (IsInService(context.state, number) == was_in_service) continue;
    tlib::Message event(was_in_service ? tlib::MessageType::kEventDNOutOfService
                                       : tlib::MessageType::kEventDNBackInService);
    event.Set(tlib::Attribute::kThisDN, number);
    const SharedBytes body = Stamp(context, &event);
    SendToDn(context, number, event, body, RequestCause());
  }
}

std::vector<std::string> NumbersBehind(const State& state, absl::string_view device) {
  std::vector<std::string> numbers{std::string(device)};
  const Dn* itself = state.configuration.FindDn(device);
  if (itself == nullptr || itself->type != DnType::kOther) return numbers;
  for (const auto& [number, dn] : state.configuration.dns()) {
    const std::vector<std::string>& names = dn.profile.trunk.softswitches;
    if (std::find(names.begin(), names.end(), device) != names.end()) numbers.push_back(number);
  }
  return numbers;
}

std::vector<std::string> NumbersOf(const ConfigurationChange& change) {
  std::vector<std::string> numbers = change.removals;
  for (const Dn& dn : change.upserts) numbers.push_back(dn.number);
  return numbers;
}

}  // namespace understudy::engine
