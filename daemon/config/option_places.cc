#include "daemon/config/option_places.h"

#include "absl/strings/str_cat.h"

namespace understudy::daemon {

OptionPlaces::OptionPlaces(absl::string_view file, const YamlNode& root) : file_(file) {
  if (const YamlNode* node = root.Find("node")) Add("node", *node);
  const YamlNode* pair = root.Find("pair");
  const YamlNode* options = pair == nullptr ? nullptr : pair->Find("options");
  if (options == nullptr) return;
  for (const YamlMember& section : options->members) Add(section.key, section.value);
}

std::string OptionPlaces::TextOf(absl::string_view key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? file_ : absl::StrCat(file_, ":", found->second.line, ":", found->second.column);
}

void OptionPlaces::Add(absl::string_view section, const YamlNode& map) {
  for (const YamlMember& member : map.members) {
    if (member.value.kind == YamlNode::Kind::kMap) {
      Add(absl::StrCat(section, ".", member.key), member.value);
    } else {
      places_[absl::StrCat(section, "/", member.key)] = member.value.place;
    }
  }
}

}  // namespace understudy::daemon
