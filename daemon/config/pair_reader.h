// Reads the pair's part of the file and checks what concerns several options or DNs at once.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PAIR_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_PAIR_READER_H_

#include "daemon/config/diagnostics.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// Reads the member "pair" of the file's map. With errors in `diagnostics` the result is of no use. Passwords become
// verifiers here; no text of one is copied.
PairConfig ReadPair(const YamlNode& root, Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PAIR_READER_H_
