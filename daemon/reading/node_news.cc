#include "daemon/reading/node_news.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/restart.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kCertificate = "node/sip-tls-cert";
constexpr absl::string_view kCa = "node/sip-tls-ca";

std::string ValueOf(const NodeConfig& node, absl::string_view key) {
  for (const auto& [name, value] : NodeSettings(node)) {
    if (name == key) return value.empty() ? "none" : value;
  }
  return "";
}

std::string InForce(const NodeReading& after, const std::string& key) {
  const std::string text = absl::StrCat(key, " ", ValueOf(after.node, key));
  return key == kCertificate && after.node.sip_tls ? absl::StrCat(text, ", ", after.sip_tls.certificate) : text;
}

std::string Listening(const PairConfig& pair, absl::string_view key) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(key, '/');
  const absl::optional<absl::string_view> value = FindValue(pair.options, parts.first, parts.second);
  return value ? Quoted(*value) : "none";
}

// Files of the same name that hold something else.
std::vector<std::string> Renewed(const NodeReading& before, const NodeReading& after) {
  std::vector<std::string> keys;
  if (before.sip_tls.ca_digest != after.sip_tls.ca_digest) keys.emplace_back(kCa);
  if (before.sip_tls.certificate_digest != after.sip_tls.certificate_digest) keys.emplace_back(kCertificate);
  return keys;
}

// What is taken out of the file stays in force: connections to others use it.
bool StaysAsItWas(const NodeReading& before, const NodeReading& after, absl::string_view key) {
  return before.node.sip_tls && !after.node.sip_tls && absl::StartsWith(key, "node/sip-tls-");
}

}  // namespace

std::string NodeNews(const NodeReading& before, const NodeReading& after) {
  std::vector<std::string> in_force;
  std::vector<std::string> later;
  std::vector<std::string> changed = ChangedKeys(before.node, after.node);
  for (const std::string& key : Renewed(before, after)) {
    if (std::find(changed.begin(), changed.end(), key) == changed.end()) changed.push_back(key);
  }
  for (const std::string& key : changed) {
    if (NeedsRestart(key) || StaysAsItWas(before, after, key)) {
      later.push_back(key);
    } else {
      in_force.push_back(InForce(after, key));
    }
  }
  std::vector<std::string> parts;
  if (!in_force.empty()) parts.push_back(absl::StrCat("in force: ", absl::StrJoin(in_force, "; ")));
  if (!later.empty()) parts.push_back(absl::StrCat("needs a restart: ", absl::StrJoin(later, ", ")));
  return parts.empty() ? "as before" : absl::StrJoin(parts, "; ");
}

std::string ListeningNews(const Config& before, const Config& after) {
  std::vector<std::string> lines;
  for (const absl::string_view key : ListeningOptions()) {
    const std::string found = Listening(after.pair, key);
    const std::string in_force = Listening(before.pair, key);
    if (found == in_force) continue;
    lines.push_back(absl::StrCat(after.places.TextOf(key), ": ", key, ": found ", found, ", in force is ", in_force,
                                 "; allowed: the same, or a restart"));
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace understudy::daemon
