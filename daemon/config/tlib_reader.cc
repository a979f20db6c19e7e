#include "daemon/config/tlib_reader.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/config/clients_digest.h"
#include "daemon/config/loopback.h"
#include "daemon/config/option_value.h"
#include "daemon/config/password_line.h"
#include "daemon/config/section_reader.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMostClients = 10000;
constexpr size_t kMostName = 255;

Endpoint EndpointOf(const NodeSection& node, absl::string_view port) {
  return Endpoint::Parse(node.Text("tlib-address"), static_cast<uint16_t>(node.Whole(port))).value_or(Endpoint());
}

absl::optional<TlsFiles> ReadTls(const NodeSection& node, Diagnostics& diagnostics) {
  const TlsFiles files{node.Text("tlib-tls-ca"), node.Text("tlib-tls-certificate"), node.Text("tlib-tls-key")};
  if (files.empty()) return absl::nullopt;
  for (const auto& [name, value] :
       {std::pair<absl::string_view, const std::string&>("tlib-tls-certificate", files.certificate),
        std::pair<absl::string_view, const std::string&>("tlib-tls-key", files.key)}) {
    if (!value.empty()) continue;
    diagnostics.Error(node.place(),
                      absl::StrCat("node/", name, " is missing; allowed beside another tlib-tls option: a path"));
  }
  return files;
}

std::string ReadName(const YamlNode& entry, const std::string& subject, Diagnostics& diagnostics) {
  const absl::string_view name =
      RequiredText(entry, "name", subject, absl::StrCat("a text of 1 to ", kMostName, " octets"), diagnostics);
  if (name.size() <= kMostName) return std::string(name);
  diagnostics.Error(entry.Find("name")->place,
                    absl::StrCat(subject, "name: found ", name.size(), " octets; allowed: 1 to ", kMostName));
  return "";
}

// Of the value nothing is said.
void ReadSecret(const YamlNode& entry, const std::string& subject, ClientConfig* client, Diagnostics& diagnostics) {
  const YamlNode* const password = entry.Find("password");
  const YamlNode* const verifier = entry.Find("verifier");
  if ((password == nullptr) == (verifier == nullptr)) {
    diagnostics.Error(entry.place, absl::StrCat(subject, "found ", password == nullptr ? "neither" : "both",
                                                "; allowed: password or verifier"));
    return;
  }
  if (verifier != nullptr) {
    absl::StatusOr<ClientVerifier> parsed = ClientVerifier::Parse(verifier->text);
    if (!parsed.ok()) {
      diagnostics.Error(verifier->place, absl::StrCat(subject, "verifier: ", parsed.status().message(),
                                                      "; understudyd --client-verifier makes one"));
      return;
    }
    client->verifier = *std::move(parsed);
    client->mark = ClientMark(client->name, "verifier", verifier->text);
    return;
  }
  if (password->text.empty() || password->text.size() > kMostPasswordOctets) {
    diagnostics.Error(password->place,
                      absl::StrCat(subject, "password: allowed: a text of 1 to ", kMostPasswordOctets, " bytes"));
    return;
  }
  client->verifier = ClientVerifier::OfPassword(password->text);
  client->mark = ClientMark(client->name, "password", password->text);
}

}  // namespace

TlibConfig ReadTlib(const NodeSection& node, const NodeSection& limits, Diagnostics& diagnostics) {
  TlibConfig tlib;
  tlib.listen = EndpointOf(node, "tlib-port");
  tlib.websocket = EndpointOf(node, "tlib-websocket-port");
  const std::string origins = node.Text("tlib-websocket-origins");
  tlib.origins = absl::StrSplit(origins, absl::ByAnyChar(", "), absl::SkipEmpty());
  tlib.addp_timeout = node.Span("tlib-addp-timeout");
  tlib.tls = ReadTls(node, diagnostics);
  tlib.max_clients = limits.Whole("max-clients");
  tlib.max_clients_per_host = limits.Whole("max-clients-per-host");
  tlib.max_requests = limits.Whole("max-client-requests");
  tlib.max_queue = limits.Size("max-client-queue");
  return tlib;
}

std::vector<ClientConfig> ReadClients(const YamlNode* list, Diagnostics& diagnostics) {
  std::vector<ClientConfig> clients;
  if (list == nullptr || list->kind == YamlNode::Kind::kNothing) return clients;
  if (list->kind != YamlNode::Kind::kList || list->items.size() > kMostClients) {
    diagnostics.Error(list->place, absl::StrCat("pair.clients: found ", KindName(list->kind),
                                                "; allowed: a list of up to ", kMostClients, " clients"));
    return clients;
  }
  absl::btree_map<std::string, Place> seen;
  for (size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& entry = list->items[i];
    const std::string subject = absl::StrCat("pair.clients[", i, "]: ");
    if (!IsMap(entry, absl::StrCat("pair.clients[", i, "]"), diagnostics)) continue;
    CheckKeys(entry, subject, {"name", "password", "verifier"}, diagnostics);
    ClientConfig client;
    client.name = ReadName(entry, subject, diagnostics);
    ReadSecret(entry, subject, &client, diagnostics);
    const auto [first, is_new] = seen.try_emplace(client.name, entry.place);
    if (!is_new && !client.name.empty()) {
      diagnostics.Error(entry.place,
                        absl::StrCat(subject, "the name is given twice; first in line ", first->second.line));
    }
    clients.push_back(std::move(client));
  }
  return clients;
}

void WarnOfOpenPasswords(const TlibConfig& tlib, const std::vector<ClientConfig>& clients, Place place,
                         Diagnostics& diagnostics) {
  const bool listens = tlib.listen.port() != 0 || tlib.websocket.port() != 0;
  const bool proves = tlib.tls && !tlib.tls->ca.empty();
  if (tlib.websocket.port() != 0 && clients.empty() && tlib.origins.empty()) {
    diagnostics.Warn(place,
                     "node/tlib-websocket-port: without pair.clients and tlib-websocket-origins whatever page is open "
                     "in a browser that reaches it controls calls");
  }
  if (!listens || IsLoopback(tlib.listen)) return;
  if (clients.empty() && !proves) {
    diagnostics.Warn(place, "node/tlib-port: without pair.clients whoever reaches it controls calls");
  }
  if (!clients.empty() && !tlib.tls) {
    diagnostics.Warn(place, "node/tlib-port: without tlib-tls-certificate passwords go where others may read them");
  }
}

}  // namespace understudy::daemon
