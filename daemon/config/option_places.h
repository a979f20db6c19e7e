// Where in the file each value stands, for messages about what shows only when it is used.
//
//   places.TextOf("node/sip-tls-cert")      // "/etc/understudy/sip-a.yaml:7:17"
#ifndef UNDERSTUDY_DAEMON_CONFIG_OPTION_PLACES_H_
#define UNDERSTUDY_DAEMON_CONFIG_OPTION_PLACES_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// Of the node's keys and the pair's options; `key`: section and name as in the option table. DNs have none.
class OptionPlaces {
 public:
  OptionPlaces() = default;
  // `root`: the file's map.
  OptionPlaces(absl::string_view file, const YamlNode& root);

  // The file alone where the key is not in it.
  std::string TextOf(absl::string_view key) const;

 private:
  void Add(absl::string_view section, const YamlNode& map);

  std::string file_;
  absl::btree_map<std::string, Place> places_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_OPTION_PLACES_H_
