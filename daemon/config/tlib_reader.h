// Reads what the file says of T-Library clients: where they are listened for (node), and who they are (pair).
#ifndef UNDERSTUDY_DAEMON_CONFIG_TLIB_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_TLIB_READER_H_

#include <vector>

#include "daemon/config/client_config.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/node_section.h"
#include "daemon/config/tlib_config.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// With errors in `diagnostics` the result is of no use.
TlibConfig ReadTlib(const NodeSection& node, const NodeSection& limits, Diagnostics& diagnostics);

// The list pair.clients; nullptr: there is none. Each has a name, and a password or a verifier of it.
std::vector<ClientConfig> ReadClients(const YamlNode* list, Diagnostics& diagnostics);

// Of a door that is open: passwords that go over an unencrypted network, or none that are asked for; and pages of
// strangers in a browser, which reaches loopback, too.
void WarnOfOpenPasswords(const TlibConfig& tlib, const std::vector<ClientConfig>& clients, Place place,
                         Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_TLIB_READER_H_
