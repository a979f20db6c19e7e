// From the configuration file to the parts of a pair.
#ifndef UNDERSTUDY_DAEMON_PAIR_SETUP_H_
#define UNDERSTUDY_DAEMON_PAIR_SETUP_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daemon/config/config.h"
#include "daemon/net/io_loop.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/witness/witness.h"

namespace understudy::daemon {

// Both for a configuration with a peer (CHECK). An error names the file or the endpoint that cannot be used.
absl::StatusOr<std::unique_ptr<witness::Witness>> MakeWitness(const Config& config, net::IoLoop* loop);
absl::StatusOr<PairDriverOptions> MakePairOptions(const Config& config);

// Of the pair's part of the file: both nodes should have the same.
uint64_t ConfigurationDigest(const PairConfig& pair);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_SETUP_H_
