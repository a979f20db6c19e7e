// One section of the node's part of the file with typed readers of its keys.
//
//   NodeSection log(node.node(), "log", "node.log", place, diagnostics);
//   config.file = log.Text("file");
#ifndef UNDERSTUDY_DAEMON_CONFIG_NODE_SECTION_H_
#define UNDERSTUDY_DAEMON_CONFIG_NODE_SECTION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/section_reader.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {

// The enumerator with the index of `name` in `names`, the first one when there is none.
template <class Enum, size_t n>
Enum EnumOf(const absl::string_view (&names)[n], absl::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return Enum{};
}

// Valid as long as the YamlTree. A value that was refused reads as its default: the error is already noted.
class NodeSection {
 public:
  // The member `key` of `parent`; a nullptr, or one without the member, reads as an empty section at `parent_place`.
  NodeSection(const YamlNode* parent, absl::string_view key, absl::string_view section, Place parent_place,
              Diagnostics& diagnostics);

  // The map in the file, or nullptr.
  const YamlNode* node() const { return node_; }
  // Of the map, or of what it should be in.
  Place place() const { return place_; }
  Place PlaceOf(absl::string_view name) const;
  // The value in the file, or nullptr.
  const YamlNode* Find(absl::string_view name) const;
  std::string Text(absl::string_view name) const;
  int64_t Whole(absl::string_view name) const;
  Duration Span(absl::string_view name) const;
  int64_t Size(absl::string_view name) const;

 private:
  absl::string_view section_;
  const YamlNode* node_;
  Place place_;
  OptionMap options_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_NODE_SECTION_H_
