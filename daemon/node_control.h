// The commands of understudyctl, as this node carries them out.
#ifndef UNDERSTUDY_DAEMON_NODE_CONTROL_H_
#define UNDERSTUDY_DAEMON_NODE_CONTROL_H_

#include <cstdint>
#include <functional>

#include "daemon/control/control_server.h"
#include "daemon/core/clock.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/status_pages.h"

namespace understudy::daemon {

struct NodeControl {
  std::function<NodeStatus()> status;
  std::function<PairDriver*()> pair;  // nullptr: a node alone
  std::function<void(uint32_t level)> raise_feature_level;
  const Clock* clock = nullptr;       // outlives the server
};

// status, switchover, resync, force-promote, raise-feature-level.
void AddCommands(const NodeControl& node, control::ControlServer* server);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_CONTROL_H_
