// What is known of DNs and their devices, as JSON for /server: the contact that counts now, which of a DN that
// registers is that of its last REGISTER, whether it is in service, and the places of Trunks and softswitches.
#ifndef UNDERSTUDY_DAEMON_DEVICE_PAGE_H_
#define UNDERSTUDY_DAEMON_DEVICE_PAGE_H_

#include <string>

#include "engine/state.h"

namespace understudy::daemon {

// /server?sipTrunkStatistics: Trunks and softswitches; /server?sipDevices: every DN. One object a DN, by its number:
// dn, type, contact ("": none), inService, resting, outOfServiceDetections; of the former calls, capacity and
// capacityGroup, too.
std::string TrunksPage(const engine::State& state);
std::string DevicesPage(const engine::State& state);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_DEVICE_PAGE_H_
