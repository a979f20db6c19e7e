// The types that a DN of the switch may have.
#ifndef UNDERSTUDY_DAEMON_CONFIG_DN_TYPE_H_
#define UNDERSTUDY_DAEMON_CONFIG_DN_TYPE_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::daemon {

// Named as in the guide and in the T-Library. Only kExtension and kTrunk have an effect yet.
enum class DnType : uint8_t {
  kExtension,
  kTrunk,
  kAcdPosition,
  kAcdQueue,
  kCallProcessingPort,
  kExternalRoutingPoint,
  kRoutingPoint,
  kTrunkGroup,
  kVirtualQueue,
  kVirtualRoutingPoint,
  kVoiceOverIpService,
};

// "Extension", "ACD Queue", "Voice over IP Service".
absl::string_view DnTypeName(DnType type);
absl::optional<DnType> DnTypeFromName(absl::string_view name);
std::vector<absl::string_view> DnTypeNames();

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_DN_TYPE_H_
