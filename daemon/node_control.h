// The commands of understudyctl, as this node carries them out.
#ifndef UNDERSTUDY_DAEMON_NODE_CONTROL_H_
#define UNDERSTUDY_DAEMON_NODE_CONTROL_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "base/endpoint.h"
#include "daemon/control/control_server.h"
#include "daemon/core/clock.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/sources/ban_list.h"
#include "daemon/status_pages.h"

namespace understudy::daemon {

struct NodeControl {
  std::function<NodeStatus()> status;
  std::function<PairDriver*()> pair;  // nullptr: a node alone
  std::function<void(uint32_t level)> raise_feature_level;
  std::function<std::vector<BanList::Ban>()> bans;
  std::function<bool(const Endpoint& source)> lift_ban;
  const Clock* clock = nullptr;  // outlives the server
};

// status, switchover, resync, force-promote, raise-feature-level, bans, lift-ban.
void AddCommands(const NodeControl& node, control::ControlServer* server);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_CONTROL_H_
