// Checks that what the node listens at over TCP is told apart by address or port.
#ifndef UNDERSTUDY_DAEMON_CONFIG_LISTENERS_H_
#define UNDERSTUDY_DAEMON_CONFIG_LISTENERS_H_

#include "daemon/config/diagnostics.h"
#include "daemon/config/node_config.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// SIP at `pair`'s addresses, HTTP, the T-Library, its WebSocket, and the peer's connection: two of them at one place
// are an error. 0.0.0.0 and :: are every address. `root` is the file's map, for the places of the errors.
void CheckListeners(const YamlNode& root, const NodeConfig& node, const PairConfig& pair, Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_LISTENERS_H_
