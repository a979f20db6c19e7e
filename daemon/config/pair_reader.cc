#include "daemon/config/pair_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "daemon/config/authentication_reader.h"
#include "daemon/config/clients_digest.h"
#include "daemon/config/dn_reader.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"
#include "daemon/config/section_reader.h"
#include "daemon/config/tlib_reader.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kTServer = "TServer";

// Orders by number; a number that comes again is an error.
void SortByNumber(std::vector<DnDraft>& drafts, Diagnostics& diagnostics) {
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const DnDraft& a, const DnDraft& b) { return a.dn.number < b.dn.number; });
  for (size_t i = 1; i < drafts.size(); ++i) {
    if (drafts[i].dn.number != drafts[i - 1].dn.number) continue;
    diagnostics.Error(drafts[i].place, absl::StrCat("DN ", drafts[i].dn.number, " is given twice; first in line ",
                                                    drafts[i - 1].place.line));
  }
}

// In the order of the file, so that the second of two is the one that is named.
std::vector<const DnDraft*> TrunksOf(const std::vector<DnDraft>& drafts) {
  std::vector<const DnDraft*> trunks;
  for (const DnDraft& draft : drafts) {
    if (draft.dn.type == DnType::kTrunk) trunks.push_back(&draft);
  }
  std::stable_sort(trunks.begin(), trunks.end(),
                   [](const DnDraft* a, const DnDraft* b) { return a->place < b->place; });
  return trunks;
}

const DnDraft* FindDraft(const std::vector<DnDraft>& drafts, absl::string_view number) {
  auto found = std::find_if(drafts.begin(), drafts.end(), [&](const DnDraft& d) { return d.dn.number == number; });
  return found == drafts.end() ? nullptr : &*found;
}

bool IsSoftswitch(const DnDraft* draft) {
  if (draft == nullptr || draft->dn.type != DnType::kVoiceOverIpService) return false;
  const YamlNode* type = FindInTServer(draft->sections, "service-type");
  return type != nullptr && type->text == "softswitch" && FindInTServer(draft->sections, "contact") != nullptr;
}

void CheckSoftswitches(const std::vector<DnDraft>& drafts, Diagnostics& diagnostics) {
  for (const DnDraft& draft : drafts) {
    const YamlNode* value = FindInTServer(draft.sections, "softswitch");
    if (value == nullptr) continue;
    for (absl::string_view name : absl::StrSplit(value->text, ',')) {
      name = absl::StripAsciiWhitespace(name);
      if (IsSoftswitch(FindDraft(drafts, name))) continue;
      diagnostics.Error(value->place,
                        absl::StrCat("DN ", draft.dn.number, ": TServer/softswitch: found ", Quoted(name),
                                     "; allowed: Voice over IP Service DNs that have service-type softswitch and a "
                                     "contact, with commas between them"));
    }
  }
}

// The engine takes such a request as from the Trunk whose number is the first.
void CheckSourcesApart(const std::vector<const DnDraft*>& trunks, Diagnostics& diagnostics) {
  absl::btree_map<Endpoint, std::vector<const DnDraft*>> by_source;
  for (const DnDraft* trunk : trunks) {
    absl::optional<Endpoint> source = trunk->dn.contact().endpoint;
    if (source) by_source[*source].push_back(trunk);
  }
  for (const auto& [source, sharers] : by_source) {
    if (sharers.size() < 2) continue;
    auto before = [](const DnDraft* a, const DnDraft* b) { return a->dn.number < b->dn.number; };
    const std::string& owner = (*std::min_element(sharers.begin(), sharers.end(), before))->dn.number;
    diagnostics.Warn(FindInTServer(sharers[1]->sections, "contact")->place,
                     absl::StrCat("TServer/contact ", source.ToText(), " is that of ", sharers.size(),
                                  " Trunks; requests from there count as from DN ", owner));
  }
}

void CheckRegistrarTimeouts(const PairConfig& pair, const Sections& sections, Place place, Diagnostics& diagnostics) {
  bool ordered = pair.registrar_min_timeout() <= pair.registrar_default_timeout() &&
                 pair.registrar_default_timeout() <= pair.registrar_max_timeout();
  if (ordered) return;
  for (absl::string_view name : {"registrar-min-timeout", "registrar-default-timeout", "registrar-max-timeout"}) {
    if (const YamlNode* value = FindInTServer(sections, name)) place = value->place;
  }
  diagnostics.Error(
      place, absl::StrCat("TServer/registrar-min-timeout, -default-timeout, -max-timeout: found ",
                          pair.registrar_min_timeout().seconds(), ", ", pair.registrar_default_timeout().seconds(),
                          ", ", pair.registrar_max_timeout().seconds(), "; allowed: min <= default <= max"));
}

// What goes out over TLS says where answers and calls come in: at the port that is served.
void CheckTransportsServed(const PairConfig& pair, const std::vector<DnDraft>& drafts, Diagnostics& diagnostics) {
  if (pair.service_address(Transport::kTls).port() != 0) return;
  for (const DnDraft& draft : drafts) {
    const YamlNode* contact = FindInTServer(draft.sections, "contact");
    if (contact == nullptr) continue;
    const absl::StatusOr<Contact> parsed = ParseContact(contact->text);
    if (!parsed.ok() || parsed->transport != Transport::kTls) continue;
    diagnostics.Error(contact->place,
                      absl::StrCat("DN ", draft.dn.number, ": TServer/contact: found ", Quoted(contact->text),
                                   " without TServer/sip-tls-port; allowed: "
                                   "together with it"));
  }
}

void CheckFamilies(const PairConfig& pair, const Sections& sections, Diagnostics& diagnostics) {
  const YamlNode* value = FindInTServer(sections, "sip-address-v6");
  if (value == nullptr) return;
  const bool one_of_each = pair.service_address().is_v4() && !pair.service_address_v6(Transport::kUdp).is_v4();
  if (one_of_each) return;
  diagnostics.Error(value->place,
                    absl::StrCat("TServer/sip-address-v6: found ", Quoted(value->text), " beside sip-address ",
                                 pair.service_address().HostText(), "; allowed: an IPv6 address beside an IPv4 one"));
}

void CheckNetworks(const PairConfig& pair, const Sections& sections, Diagnostics& diagnostics) {
  const YamlNode* value = FindInTServer(sections, "sip-address-by-network");
  if (value == nullptr) return;
  const auto wrong = [&](absl::string_view why) {
    diagnostics.Error(value->place, absl::StrCat("TServer/sip-address-by-network: found ", why));
  };
  const absl::StatusOr<std::vector<SourceAddress>> all = ParseSourceAddresses(value->text);
  if (!all.ok()) return wrong(all.status().message());
  for (const SourceAddress& one : *all) {
    if (!one.address.SameHost(pair.service_address()) &&
        !one.address.SameHost(pair.service_address_v6(Transport::kUdp))) {
      continue;
    }
    wrong(absl::StrCat(one.address.HostText(), ", which sip-address or sip-address-v6 is; allowed: another address"));
  }
}

// Of the DNs that have a password.
std::vector<std::string> VerifierMarks(const std::vector<DnDraft>& drafts) {
  std::vector<std::string> marks;
  for (const DnDraft& draft : drafts) {
    if (draft.dn.password)
      marks.push_back(ClientMark(draft.dn.number, "ha1", absl::StrJoin(draft.dn.password->ha1, ":")));
  }
  return marks;
}

std::string ReadSwitchName(const YamlNode& map, Diagnostics& diagnostics) {
  const ValueRule rule;
  absl::string_view name = RequiredText(map, "name", "pair.switch.", AllowedText(rule), diagnostics);
  if (!name.empty() && !IsAllowed(rule, name)) {
    diagnostics.Error(map.Find("name")->place,
                      absl::StrCat("pair.switch.name: found ", Quoted(name), "; allowed: ", AllowedText(rule)));
  }
  return std::string(name);
}

}  // namespace

PairConfig ReadPair(const YamlNode& root, Diagnostics& diagnostics) {
  PairConfig pair;
  const YamlNode* map = root.Find("pair");
  if (map == nullptr) {
    diagnostics.Error({}, "pair is missing; allowed: a map with options and switch");
    return pair;
  }
  if (!IsMap(*map, "pair", diagnostics)) return pair;
  CheckKeys(*map, "pair: ", {"clients", "options", "switch"}, diagnostics);
  YamlNode absent;
  absent.place = map->place;
  const YamlNode* switch_map = map->Find("switch");
  if (switch_map == nullptr) switch_map = &absent;
  Sections sections = ReadSections(map->Find("options"), kApplicationLevel, "", diagnostics);
  if (sections.find(kTServer) == sections.end()) {
    sections[kTServer] = ReadSection(absent, {kTServer, kApplicationLevel, ""}, diagnostics);
  }
  pair.options = CopyOptions(sections);
  CheckRegistrarTimeouts(pair, sections, map->place, diagnostics);
  if (!IsMap(*switch_map, "pair.switch", diagnostics)) return pair;
  CheckKeys(*switch_map, "pair.switch: ", {"name", "dns"}, diagnostics);
  pair.clients = ReadClients(map->Find("clients"), diagnostics);
  pair.switch_name = ReadSwitchName(*switch_map, diagnostics);
  std::vector<DnDraft> drafts = ReadDns(switch_map->Find("dns"), diagnostics);
  SortByNumber(drafts, diagnostics);
  std::vector<const DnDraft*> trunks = TrunksOf(drafts);
  CheckSoftswitches(drafts, diagnostics);
  CheckSourcesApart(trunks, diagnostics);
  CheckTransportsServed(pair, drafts, diagnostics);
  CheckFamilies(pair, sections, diagnostics);
  CheckNetworks(pair, sections, diagnostics);
  ReadAuthentication(pair, sections, drafts, diagnostics);
  pair.clients_digest = ClientsDigest(pair.clients, VerifierMarks(drafts));
  for (DnDraft& draft : drafts) pair.dns.push_back(std::move(draft.dn));
  return pair;
}

}  // namespace understudy::daemon
