// What a configuration that was read again has changed of this node, as a line of the log says it.
//
//   node="in force: node/sip-tls-mutual true; needs a restart: node.log/level"
//   node="in force: node/sip-tls-cert /etc/sip-a.pem, CN=sip-a, valid until 2027-03-01 12:00:00 UTC"
#ifndef UNDERSTUDY_DAEMON_READING_NODE_NEWS_H_
#define UNDERSTUDY_DAEMON_READING_NODE_NEWS_H_

#include <string>

#include "daemon/config/config.h"
#include "daemon/config/node_config.h"
#include "daemon/tls/loaded_files.h"

namespace understudy::daemon {

// A node's keys, and what the files that they name held when they were read.
struct NodeReading {
  NodeConfig node;
  tls::LoadedFiles sip_tls;
};

// "as before" where nothing has changed.
std::string NodeNews(const NodeReading& before, const NodeReading& after);

// What would make this node listen elsewhere, each with its place: that needs a restart.
std::string ListeningNews(const Config& before, const Config& after);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_READING_NODE_NEWS_H_
