#include "daemon/config/dn_type.h"

namespace understudy::daemon {
namespace {

struct DnTypeRow {
  DnType type;
  absl::string_view name;
};

constexpr DnTypeRow kDnTypes[] = {
    {DnType::kExtension, "Extension"},
    {DnType::kTrunk, "Trunk"},
    {DnType::kAcdPosition, "ACD Position"},
    {DnType::kAcdQueue, "ACD Queue"},
    {DnType::kCallProcessingPort, "Call Processing Port"},
    {DnType::kExternalRoutingPoint, "External Routing Point"},
    {DnType::kRoutingPoint, "Routing Point"},
    {DnType::kTrunkGroup, "Trunk Group"},
    {DnType::kVirtualQueue, "Virtual Queue"},
    {DnType::kVirtualRoutingPoint, "Virtual Routing Point"},
    {DnType::kVoiceOverIpService, "Voice over IP Service"},
};

}  // namespace

absl::string_view DnTypeName(DnType type) {
  return kDnTypes[static_cast<uint8_t>(type)].name;
}

absl::optional<DnType> DnTypeFromName(absl::string_view name) {
  for (const DnTypeRow& row : kDnTypes) {
    if (row.name == name) return row.type;
  }
  return absl::nullopt;
}

std::vector<absl::string_view> DnTypeNames() {
  std::vector<absl::string_view> names;
  for (const DnTypeRow& row : kDnTypes) names.push_back(row.name);
  return names;
}

}  // namespace understudy::daemon
