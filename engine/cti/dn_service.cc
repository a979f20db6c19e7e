#include "engine/cti/dn_service.h"

#include "engine/cti/sessions.h"

namespace understudy::engine {

bool IsInService(const State& state, absl::string_view number) {
  const Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr) return false;
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

std::vector<std::string> NumbersOf(const ConfigurationChange& change) {
  std::vector<std::string> numbers = change.removals;
  for (const Dn& dn : change.upserts) numbers.push_back(dn.number);
  return numbers;
}

}  // namespace understudy::engine
