// Reads the sections `peer` and `witness` of the node, and backup-sync of the pair's options.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PEER_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_PEER_READER_H_

#include "absl/types/optional.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/node_section.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/peer_config.h"

namespace understudy::daemon {

// nullopt when the node has no section of that name. With errors in `diagnostics` the results are of no use. One
// without the other is an error. A password is copied into a SecretText.
absl::optional<PeerConfig> ReadPeer(const NodeSection& node, Diagnostics& diagnostics);
absl::optional<WitnessConfig> ReadWitness(const NodeSection& node, Diagnostics& diagnostics);

// From options that were checked already, defaults filled in.
BackupSyncConfig BackupSyncOf(const Options& options);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PEER_READER_H_
