// Reads one section of options against the option table: names, levels, kinds and values.
//
//   OptionMap tserver = ReadSection(node, {"TServer", LevelOf(DnType::kTrunk), "DN gw: "}, diagnostics);
#ifndef UNDERSTUDY_DAEMON_CONFIG_SECTION_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_SECTION_READER_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/option_table.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// Option name to its value in the tree, whose kind is kText, or kList for a ValueKind::kUrls. Holds secrets: copy
// nothing out of it unseen.
using OptionMap = absl::btree_map<absl::string_view, const YamlNode*>;

struct SectionPlace {
  absl::string_view section;
  Levels level = 0;
  std::string subject;  // begins every message: "DN 1001: " or ""
};

// The members that the table knows and whose values it allows. Everything else becomes an error, an option without
// effect a warning. Members that are sections of their own (node.journal in node) are left to the caller; what is
// required and missing is an error at `node`.
OptionMap ReadSection(const YamlNode& node, const SectionPlace& where, Diagnostics& diagnostics);

// The value in `options`, or the default of its row. For rows that exist and are not secrets.
std::string TextOf(const OptionMap& options, absl::string_view section, absl::string_view name);

// Section name to what it holds.
using Sections = absl::btree_map<absl::string_view, OptionMap>;

// Every section of an "options" map; nullptr reads as an empty one.
Sections ReadSections(const YamlNode* options, Levels level, const std::string& subject, Diagnostics& diagnostics);

// The value of an option of the section TServer, or nullptr.
const YamlNode* FindInTServer(const Sections& sections, absl::string_view name);

// A text member that must be there; empty when it is not, with the error noted.
absl::string_view RequiredText(const YamlNode& map, absl::string_view key, absl::string_view subject,
                               absl::string_view allowed, Diagnostics& diagnostics);

// Every key that is not one of `known` is an error.
void CheckKeys(const YamlNode& map, const std::string& subject, const std::vector<absl::string_view>& known,
               Diagnostics& diagnostics);

// Names the unknown key of `map` and the nearest of `known`.
void ReportUnknown(const YamlNode& map, const YamlMember& member, absl::string_view what, const std::string& subject,
                   const std::vector<absl::string_view>& known, Diagnostics& diagnostics);

// True when `node` is a map or nothing at all (an empty map); otherwise an error that names `what`.
bool IsMap(const YamlNode& node, absl::string_view what, Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_SECTION_READER_H_
