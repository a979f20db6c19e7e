#include "daemon/sip_pass.h"

#include <algorithm>

namespace understudy::daemon {
namespace {

constexpr Duration kLeastForce = Duration::Seconds(5);

}  // namespace

bool SipPass::Unavailable(const engine::State& state, Duration now) const {
  if (engine::OptionValue(state.configuration.options(), "TServer", "sip-pass-check") != "true") return false;
  Duration longest;
  for (const auto& [id, device] : state.devices.rows()) {
    const engine::Dn* dn = state.configuration.FindDn(device.number);
    if (dn == nullptr || dn->profile.trunk.check <= Duration()) continue;  // it rests, and is not asked
    if (!device.out) return false;
    longest = std::max(longest, dn->profile.trunk.check + std::max(dn->profile.trunk.force, kLeastForce));
  }
  return longest > Duration() && now - heard_ >= longest;
}

}  // namespace understudy::daemon
