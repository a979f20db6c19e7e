#include "daemon/device_page.h"

#include <utility>

#include "absl/strings/string_view.h"
#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "engine/cti/dn_service.h"
#include "engine/trunks/trunk_choice.h"

namespace understudy::daemon {
namespace {

namespace json = boost::json;

json::string Text(absl::string_view text) {
  return json::string(text.data(), text.size());
}

std::string ContactOf(const engine::State& state, const engine::Dn& dn) {
  if (const engine::Binding* binding = state.registrar.Latest(dn.number)) return binding->contact;
  const absl::string_view contact = engine::OptionValue(dn.options, "TServer", "contact");
  return dn.profile.registers ? std::string() : std::string(contact);
}

bool IsWay(const engine::Dn& dn) {
  return dn.type == engine::DnType::kTrunk || (dn.type == engine::DnType::kOther && dn.profile.contact.has_value());
}

json::object Row(const engine::State& state, const engine::Dn& dn) {
  const engine::Device* device = state.devices.FindByDn(dn.number);
  json::object row{{"dn", Text(dn.number)},
                   {"type", Text(engine::DnTypeName(dn.type))},
                   {"contact", Text(ContactOf(state, dn))},
                   {"inService", engine::IsInService(state, dn.number)},
                   {"resting", device != nullptr && device->rest != engine::TimerHandle()},
                   {"outOfServiceDetections", device == nullptr ? 0 : device->outages}};
  if (!IsWay(dn)) return row;
  row["calls"] = state.legs.PlacesTaken(dn.number);
  row["capacity"] = dn.profile.trunk.capacity;
  row["capacityGroup"] = Text(dn.profile.trunk.capacity_group);
  return row;
}

std::string Page(const engine::State& state, bool ways_only) {
  json::array rows;
  for (const auto& [number, dn] : state.configuration.dns()) {
    if (!ways_only || IsWay(dn)) rows.push_back(Row(state, dn));
  }
  return json::serialize(rows) + "\n";
}

}  // namespace

std::string TrunksPage(const engine::State& state) {
  return Page(state, true);
}

std::string DevicesPage(const engine::State& state) {
  return Page(state, false);
}

}  // namespace understudy::daemon
