#include "daemon/config/dn_reader.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/config/nearest_name.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"

namespace understudy::daemon {
namespace {

// Sets the type; false when there is none to go on with.
bool ReadType(const YamlNode& entry, const std::string& subject, DnDraft& draft, Diagnostics& diagnostics) {
  absl::string_view name = RequiredText(entry, "type", subject, absl::StrJoin(DnTypeNames(), ", "), diagnostics);
  if (name.empty()) return false;
  absl::optional<DnType> type = DnTypeFromName(name);
  Place place = entry.Find("type")->place;
  if (!type) {
    absl::string_view nearest = NearestName(name, DnTypeNames());
    std::string hint = nearest.empty() ? "" : absl::StrCat(", the nearest known one is \"", nearest, "\"");
    diagnostics.Error(place, absl::StrCat(subject, "type: found ", Quoted(name), hint,
                                          "; allowed: ", absl::StrJoin(DnTypeNames(), ", ")));
    return false;
  }
  draft.dn.type = *type;
  const bool has_effect =
      *type == DnType::kExtension || *type == DnType::kTrunk || *type == DnType::kVoiceOverIpService;
  if (!has_effect) {
    diagnostics.WarnOnce(
        absl::StrCat("type ", name), place,
        absl::StrCat("DN type ", name, " is accepted but has no effect yet: such a DN takes and makes no calls"));
  }
  return true;
}

bool ReadNumber(const YamlNode& entry, const std::string& subject, DnDraft& draft, Diagnostics& diagnostics) {
  constexpr absl::string_view kAllowed = "1 to 64 letters, digits and + - _ . * #";
  absl::string_view number = RequiredText(entry, "number", subject, kAllowed, diagnostics);
  if (number.empty()) return false;
  draft.place = entry.Find("number")->place;
  draft.dn.number = std::string(number);
  if (IsUserPart(number)) return true;
  diagnostics.Error(draft.place, absl::StrCat(subject, "number: found ", Quoted(number), "; allowed: ", kAllowed));
  return false;
}

void CheckTrunk(const DnDraft& draft, const std::string& subject, Diagnostics& diagnostics) {
  const YamlNode* contact = FindInTServer(draft.sections, "contact");
  if (contact == nullptr || contact->text == "*") {
    diagnostics.Error(contact == nullptr ? draft.place : contact->place,
                      absl::StrCat(subject, "TServer/contact: found ", contact == nullptr ? "nothing" : "\"*\"",
                                   "; allowed for a Trunk: host, host:port or a sip: URI"));
  }
  const YamlNode* replace = FindInTServer(draft.sections, "replace-prefix");
  if (replace != nullptr && FindInTServer(draft.sections, "prefix") == nullptr) {
    diagnostics.Error(replace->place, absl::StrCat(subject, "TServer/replace-prefix: found ", Quoted(replace->text),
                                                   " without TServer/prefix; allowed: together with it"));
  }
}

bool Asks(const YamlNode* check) {
  return check != nullptr && ParseWhole(check->text).value_or(0) != 0;
}

void WarnOfIdleOosForce(const DnDraft& draft, const std::string& subject, Diagnostics& diagnostics) {
  const YamlNode* force = FindInTServer(draft.sections, "oos-force");
  if (force == nullptr || Asks(FindInTServer(draft.sections, "oos-check"))) return;
  diagnostics.WarnOnce(
      "oos-force", force->place,
      absl::StrCat(subject, "TServer/oos-force: without oos-check the device is not asked: it has no effect"));
}

// One spelling for the engine: an Extension has a contact, and what is more than host and port is a URI.
void NormalizeContact(DnConfig& dn) {
  if (dn.type == DnType::kExtension) dn.options["TServer"].try_emplace("contact", "*");
  absl::optional<absl::string_view> text = FindValue(dn.options, "TServer", "contact");
  if (!text) return;
  bool is_uri = absl::StrContains(*text, '@') || absl::StrContains(*text, ';') ||
                absl::StartsWithIgnoreCase(*text, "sip:") || absl::StartsWithIgnoreCase(*text, "sips:");
  if (is_uri) dn.options["TServer"]["contact"] = dn.contact().uri;
}

// False when the entry has no number or type to go by.
bool ReadDn(const YamlNode& entry, size_t index, DnDraft& draft, Diagnostics& diagnostics) {
  std::string subject = absl::StrCat("dns[", index, "]: ");
  draft.place = entry.place;
  if (!IsMap(entry, absl::StrCat("pair.switch.dns[", index, "]"), diagnostics)) return false;
  CheckKeys(entry, subject, {"number", "type", "options"}, diagnostics);
  bool has_number = ReadNumber(entry, subject, draft, diagnostics);
  if (has_number) subject = absl::StrCat("DN ", draft.dn.number, ": ");
  if (!ReadType(entry, subject, draft, diagnostics)) return false;
  draft.sections = ReadSections(entry.Find("options"), LevelOf(draft.dn.type), subject, diagnostics);
  if (draft.dn.type == DnType::kTrunk) CheckTrunk(draft, subject, diagnostics);
  WarnOfIdleOosForce(draft, subject, diagnostics);
  draft.dn.options = CopyOptions(draft.sections);
  NormalizeContact(draft.dn);
  return has_number;
}

}  // namespace

// Copies what is no secret.
Options CopyOptions(const Sections& sections) {
  Options copy;
  for (const auto& [section, options] : sections) {
    for (const auto& [name, value] : options) {
      if (IsSecret(FindOption(section, name)->rule.kind)) continue;
      copy[std::string(section)][std::string(name)] = std::string(value->text);
    }
  }
  return copy;
}

std::vector<DnDraft> ReadDns(const YamlNode* list, Diagnostics& diagnostics) {
  std::vector<DnDraft> drafts;
  if (list == nullptr || list->kind == YamlNode::Kind::kNothing) return drafts;
  if (list->kind != YamlNode::Kind::kList) {
    diagnostics.Error(list->place, absl::StrCat("pair.switch.dns: found ", KindName(list->kind), "; allowed: a list"));
    return drafts;
  }
  if (list->items.size() > kMaxDns) {
    diagnostics.Error(list->place,
                      absl::StrCat("pair.switch.dns: found ", list->items.size(), " DNs; allowed: up to ", kMaxDns));
    return drafts;
  }
  for (size_t i = 0; i < list->items.size(); ++i) {
    DnDraft draft;
    if (ReadDn(list->items[i], i, draft, diagnostics)) drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace understudy::daemon
