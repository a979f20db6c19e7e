// The configuration file: read, checked as a whole, and told back.
//
//   absl::StatusOr<Config> config = LoadConfig("/etc/understudy/sip-a.yaml");
//   if (!config.ok()) std::cerr << config.status().message() << "\n";   // one line an error: file:line:column: text
//   for (const Warning& warning : config->warnings) log(ToString(warning));
//
// Options: docs/configuration.md. No password, whole or in part, is in any result, error or warning, but for the one
// that etcd is told, in a SecretText (peer_config.h).
#ifndef UNDERSTUDY_DAEMON_CONFIG_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/node_config.h"
#include "daemon/config/option_places.h"
#include "daemon/config/pair_config.h"

namespace understudy::daemon {

struct Config {
  NodeConfig node;
  PairConfig pair;
  std::vector<Warning> warnings;
  OptionPlaces places;
};

// Reads the file at `path`, at most 8 MiB. NotFound or PermissionDenied or so when it cannot be read,
// InvalidArgument with every error when its content is refused. The text is overwritten after use.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// The same for a file that was read before. Refuses what is no regular file (InvalidArgument): a pipe is read once, and
// would be waited for without end.
absl::StatusOr<Config> ReloadConfig(const std::string& path);

// The same for a text; `file_name` only stands in messages. Wiping `text` is left to its owner.
absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view file_name);

// The effective settings for people, several lines. At most 100 DNs are listed.
std::string DescribeConfig(const Config& config);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_CONFIG_H_
