#include "daemon/config/section_reader.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/config/contact.h"
#include "daemon/config/nearest_name.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

// "node" and "log" name the section "node.log" when the table has one.
bool IsSubsection(const SectionPlace& where, absl::string_view name) {
  if (where.level != kNodeLevel || name.size() > 32) return false;
  return !OptionNames(absl::StrCat(where.section, ".", name), kNodeLevel).empty();
}

// What may stand in a section: its options and the last words of its subsections.
std::vector<absl::string_view> KnownNames(const SectionPlace& where) {
  std::vector<absl::string_view> names = OptionNames(where.section, where.level);
  for (absl::string_view section : SectionNames(where.level)) {
    size_t dot = section.rfind('.');
    if (dot != absl::string_view::npos && section.substr(0, dot) == where.section)
      names.push_back(section.substr(dot + 1));
  }
  return names;
}

void ReportWrongLevel(const YamlMember& member, const OptionRow& row, const SectionPlace& where,
                      Diagnostics& diagnostics) {
  diagnostics.Error(member.place, absl::StrCat(where.subject, row.FullName(), " found for ", LevelsText(where.level),
                                               "; allowed for ", LevelsText(row.levels)));
}

std::string FoundText(const OptionRow& row, const YamlNode& value) {
  if (value.kind != YamlNode::Kind::kText) return std::string(KindName(value.kind));
  if (IsSecret(row.rule.kind)) return "a text that is not shown";
  return Quoted(value.text);
}

// A contact has more ways to be wrong than one line of "allowed" can tell.
std::string ReasonText(const OptionRow& row, const YamlNode& value) {
  if (row.rule.kind != ValueKind::kContact || value.kind != YamlNode::Kind::kText) return "";
  return absl::StrCat(" (", ParseContact(value.text).status().message(), ")");
}

// A list whose items each obey the rule and are there once.
bool CheckList(const OptionRow& row, const YamlNode& list, const SectionPlace& where, Diagnostics& diagnostics) {
  const std::string name = absl::StrCat(where.subject, row.FullName());
  const int64_t size = static_cast<int64_t>(list.items.size());
  if (list.kind != YamlNode::Kind::kList || size < row.rule.min || size > row.rule.max) {
    std::string found = list.kind == YamlNode::Kind::kList ? absl::StrCat(size, " of them") : FoundText(row, list);
    diagnostics.Error(list.place, absl::StrCat(name, ": found ", found, "; allowed: ", AllowedText(row.rule)));
    return false;
  }
  absl::btree_set<absl::string_view> seen;
  for (size_t i = 0; i < list.items.size(); ++i) {
    const YamlNode& item = list.items[i];
    bool good = item.kind == YamlNode::Kind::kText && IsAllowed(row.rule, item.text);
    if (good && seen.insert(item.text).second) continue;
    diagnostics.Error(item.place, absl::StrCat(name, "[", i, "]: found ", FoundText(row, item), good ? " again" : "",
                                               "; allowed: ", AllowedText(row.rule)));
    return false;
  }
  return true;
}

// An unquoted * or a bare colon after a name is YAML's null, an empty value its own kind: only text is a value.
bool CheckValue(const OptionRow& row, const YamlNode& value, const SectionPlace& where, Diagnostics& diagnostics) {
  if (row.rule.kind == ValueKind::kUrls) return CheckList(row, value, where, diagnostics);
  if (value.kind == YamlNode::Kind::kText && IsAllowed(row.rule, value.text)) return true;
  diagnostics.Error(value.place, absl::StrCat(where.subject, row.FullName(), ": found ", FoundText(row, value),
                                              "; allowed: ", AllowedText(row.rule), ReasonText(row, value)));
  return false;
}

void WarnOfNoEffect(const YamlMember& member, const OptionRow& row, Diagnostics& diagnostics) {
  if (row.effect == Effect::kNow) return;
  std::string text = absl::StrCat(row.FullName(), " is accepted but has no effect yet (", row.summary, ")");
  diagnostics.WarnOnce(row.FullName(), member.place, std::move(text));
}

void CheckRequired(const YamlNode& node, const OptionMap& found, const SectionPlace& where, Diagnostics& diagnostics) {
  for (const OptionRow& row : OptionTable()) {
    bool missing = row.section == where.section && (row.levels & where.level) != 0 && row.rule.required &&
                   node.Find(row.name) == nullptr && !found.contains(row.name);
    if (missing)
      diagnostics.Error(node.place,
                        absl::StrCat(where.subject, row.FullName(), " is missing; allowed: ", AllowedText(row.rule)));
  }
}

}  // namespace

void ReportUnknown(const YamlNode& map, const YamlMember& member, absl::string_view what, const std::string& subject,
                   const std::vector<absl::string_view>& known, Diagnostics& diagnostics) {
  if (diagnostics.full()) return diagnostics.Error(member.place, "");
  // Without a value it may be the rest of something else, as of a password with a comma.
  bool alone = member.value.kind == YamlNode::Kind::kNothing;
  std::string key = alone ? "(a name without a value)" : ShownKey(map, member.key);
  std::string text = absl::StrCat(subject, "unknown ", what, " ", key);
  absl::string_view nearest = NearestName(member.key, known);
  if (!nearest.empty()) absl::StrAppend(&text, "; the nearest known one is \"", nearest, "\"");
  diagnostics.Error(member.place, std::move(text));
}

bool IsMap(const YamlNode& node, absl::string_view what, Diagnostics& diagnostics) {
  if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kNothing) return true;
  diagnostics.Error(node.place, absl::StrCat(what, ": found ", KindName(node.kind), "; allowed: a map"));
  return false;
}

OptionMap ReadSection(const YamlNode& node, const SectionPlace& where, Diagnostics& diagnostics) {
  OptionMap options;
  if (!IsMap(node, absl::StrCat(where.subject, where.section), diagnostics)) return options;
  for (const YamlMember& member : node.members) {
    const OptionRow* row = FindOption(where.section, member.key);
    if (row == nullptr) {
      if (IsSubsection(where, member.key)) continue;
      ReportUnknown(node, member, absl::StrCat("option in ", where.section), where.subject, KnownNames(where),
                    diagnostics);
    } else if ((row->levels & where.level) == 0) {
      ReportWrongLevel(member, *row, where, diagnostics);
    } else if (CheckValue(*row, member.value, where, diagnostics)) {
      WarnOfNoEffect(member, *row, diagnostics);
      options[row->name] = &member.value;
    }
  }
  CheckRequired(node, options, where, diagnostics);
  return options;
}

std::string TextOf(const OptionMap& options, absl::string_view section, absl::string_view name) {
  auto it = options.find(name);
  if (it != options.end()) return std::string(it->second->text);
  const OptionRow* row = FindOption(section, name);
  US_CHECK(row != nullptr);
  return std::string(row->rule.default_value);
}

// Every section of an "options" map.
Sections ReadSections(const YamlNode* options, Levels level, const std::string& subject, Diagnostics& diagnostics) {
  Sections sections;
  if (options == nullptr || !IsMap(*options, absl::StrCat(subject, "options"), diagnostics)) return sections;
  std::vector<absl::string_view> known = SectionNames(level);
  for (const YamlMember& member : options->members) {
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      ReportUnknown(*options, member, "section", subject, known, diagnostics);
      continue;
    }
    sections[member.key] = ReadSection(member.value, {member.key, level, subject}, diagnostics);
  }
  return sections;
}

const YamlNode* FindInTServer(const Sections& sections, absl::string_view name) {
  auto section = sections.find("TServer");
  if (section == sections.end()) return nullptr;
  auto it = section->second.find(name);
  return it == section->second.end() ? nullptr : it->second;
}

// A text member that must be there; empty when it is not, with the error noted.
absl::string_view RequiredText(const YamlNode& map, absl::string_view key, absl::string_view subject,
                               absl::string_view allowed, Diagnostics& diagnostics) {
  const YamlNode* value = map.Find(key);
  if (value != nullptr && value->kind == YamlNode::Kind::kText && !value->text.empty()) return value->text;
  absl::string_view found = value == nullptr ? "nothing" : KindName(value->kind);
  if (value != nullptr && value->kind == YamlNode::Kind::kText) found = "an empty text";
  diagnostics.Error(value == nullptr ? map.place : value->place,
                    absl::StrCat(subject, key, ": found ", found, "; allowed: ", allowed));
  return "";
}

void CheckKeys(const YamlNode& map, const std::string& subject, const std::vector<absl::string_view>& known,
               Diagnostics& diagnostics) {
  for (const YamlMember& member : map.members) {
    bool is_known = std::find(known.begin(), known.end(), member.key) != known.end();
    if (!is_known) ReportUnknown(map, member, "key", subject, known, diagnostics);
  }
}

}  // namespace understudy::daemon
