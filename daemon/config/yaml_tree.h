// A YAML file as plain values with the place of each, and nothing else of YAML: text, lists, maps, nothing.
//
// Anchors may be written but aliases (*name) are refused, so a small file cannot unfold into a large one. Size,
// depth and the number of values are bounded. yaml-cpp's exceptions end here.
#ifndef UNDERSTUDY_DAEMON_CONFIG_YAML_TREE_H_
#define UNDERSTUDY_DAEMON_CONFIG_YAML_TREE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "daemon/config/diagnostics.h"

namespace understudy::daemon {

struct YamlMember;

// One value. Valid as long as its YamlTree.
struct YamlNode {
  enum class Kind { kNothing, kText, kList, kMap };

  Kind kind = Kind::kNothing;
  Place place;
  absl::string_view text;           // kText
  std::vector<YamlNode> items;      // kList
  std::vector<YamlMember> members;  // kMap, in the order of the file, keys distinct

  // The member's value, or nullptr.
  const YamlNode* Find(absl::string_view key) const;
};

struct YamlMember {
  absl::string_view key;
  Place place;
  YamlNode value;
};

// "nothing", "a text", "a list", "a map": for messages about a value of the wrong kind.
absl::string_view KindName(YamlNode::Kind kind);

// A key of `map` as a message may show it: see QuotedKey. In a map with a password it is not shown at all: an unquoted
// comma makes the rest of the password look like the next key.
std::string ShownKey(const YamlNode& map, absl::string_view key);

// Owns the texts and overwrites them at its end: some of them may be passwords. Copies of the text inside
// yaml-cpp are freed but cannot be overwritten from here.
class YamlTree {
 public:
  static constexpr size_t kMaxBytes = 8 * 1024 * 1024;
  static constexpr int kMaxDepth = 16;
  static constexpr size_t kMaxValues = 1'000'000;

  YamlTree() = default;
  YamlTree(const YamlTree&) = delete;
  YamlTree& operator=(const YamlTree&) = delete;
  ~YamlTree();

  // Reads the one document in `text`. What is wrong goes to `diagnostics`; false when nothing usable is left.
  // To be called once.
  bool Parse(absl::string_view text, Diagnostics& diagnostics);

  const YamlNode& root() const { return root_; }

 private:
  YamlNode root_;
  std::deque<std::string> texts_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_YAML_TREE_H_
