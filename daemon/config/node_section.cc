#include "daemon/config/node_section.h"

#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {

NodeSection::NodeSection(const YamlNode* parent, absl::string_view key, absl::string_view section, Place parent_place,
                         Diagnostics& diagnostics)
    : section_(section),
      node_(parent == nullptr ? nullptr : parent->Find(key)),
      place_(node_ == nullptr ? parent_place : node_->place) {
  YamlNode absent;
  absent.place = parent_place;
  options_ = ReadSection(node_ == nullptr ? absent : *node_, {section, kNodeLevel, ""}, diagnostics);
}

const YamlNode* NodeSection::Find(absl::string_view name) const {
  auto it = options_.find(name);
  return it == options_.end() ? nullptr : it->second;
}

Place NodeSection::PlaceOf(absl::string_view name) const {
  const YamlNode* value = Find(name);
  return value == nullptr ? place_ : value->place;
}

std::string NodeSection::Text(absl::string_view name) const {
  return TextOf(options_, section_, name);
}
int64_t NodeSection::Whole(absl::string_view name) const {
  return ParseWhole(Text(name)).value_or(0);
}
Duration NodeSection::Span(absl::string_view name) const {
  return ParseSpan(Text(name)).value_or(Duration());
}
int64_t NodeSection::Size(absl::string_view name) const {
  return ParseSize(Text(name)).value_or(0);
}

}  // namespace understudy::daemon
