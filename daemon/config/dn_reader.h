// Reads the DNs of the switch, each for itself.
#ifndef UNDERSTUDY_DAEMON_CONFIG_DN_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_DN_READER_H_

#include <cstddef>
#include <vector>

#include "daemon/config/diagnostics.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/section_reader.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

inline constexpr size_t kMaxDns = 100'000;

// A DN on its way from the tree to the configuration.
struct DnDraft {
  DnConfig dn;
  Place place;
  Sections sections;  // as read, secrets included
};

// The entries of the list "dns" that have a number and a type, in the order of the file. No verifier is made yet.
// nullptr reads as an empty list.
std::vector<DnDraft> ReadDns(const YamlNode* list, Diagnostics& diagnostics);

// Copies what is no secret.
Options CopyOptions(const Sections& sections);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_DN_READER_H_
