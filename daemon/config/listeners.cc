#include "daemon/config/listeners.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace understudy::daemon {
namespace {

bool Collide(const Endpoint& a, const Endpoint& b) {
  if (a.port() == 0 || a.port() != b.port()) return false;
  return a.SameHost(b) || a.is_any() || b.is_any();
}

// Of the value, or of the map that it is missing in.
Place PlaceOf(const YamlNode& map, absl::string_view key) {
  const YamlNode* value = map.Find(key);
  return value == nullptr ? map.place : value->place;
}

// Of an option of TServer.
Place OptionPlaceOf(const YamlNode& pair_map, absl::string_view name) {
  const YamlNode* options = pair_map.Find("options");
  const YamlNode* section = options == nullptr ? nullptr : options->Find("TServer");
  return section == nullptr ? pair_map.place : PlaceOf(*section, name);
}

void ReportTaken(Place place, absl::string_view key, const Endpoint& found, absl::string_view taken_by,
                 Diagnostics& diagnostics) {
  diagnostics.Error(place, absl::StrCat(key, ": found ", found.ToText(), ", where ", taken_by,
                                        " is served over TCP; allowed: a port of its own"));
}

struct Taken {
  Endpoint at;
  absl::string_view by;
};

void Check(const Endpoint& found, absl::string_view key, Place place, absl::string_view by, std::vector<Taken>& taken,
           Diagnostics& diagnostics) {
  for (const Taken& other : taken) {
    if (Collide(found, other.at)) ReportTaken(place, key, found, other.by, diagnostics);
  }
  taken.push_back({found, by});
}

struct Served {
  Transport transport;
  absl::string_view key;
  absl::string_view by;
};

constexpr Served kServed[] = {
    {Transport::kTls, "TServer/sip-tls-port", "SIP over TLS"},
    {Transport::kWs, "TServer/sip-ws-port", "SIP over WebSocket"},
    {Transport::kWss, "TServer/sip-wss-port", "SIP over WebSocket and TLS"},
};

}  // namespace

void CheckListeners(const YamlNode& root, const NodeConfig& node, const PairConfig& pair, Diagnostics& diagnostics) {
  const YamlNode& map = *root.Find("node");
  const YamlNode& pair_map = *root.Find("pair");
  std::vector<Taken> taken = {{pair.service_address(), "SIP"}};
  for (const auto& [transport, key, by] : kServed) {
    const Place place = OptionPlaceOf(pair_map, absl::StripPrefix(key, "TServer/"));
    Check(pair.service_address(transport), key, place, by, taken, diagnostics);
  }
  Check(node.http, "node/http-port", PlaceOf(map, "http-port"), "HTTP", taken, diagnostics);
  Check(node.tlib.listen, "node/tlib-port", PlaceOf(map, "tlib-port"), "the T-Library", taken, diagnostics);
  Check(node.tlib.websocket, "node/tlib-websocket-port", PlaceOf(map, "tlib-websocket-port"),
        "the T-Library's WebSocket", taken, diagnostics);
  if (!node.peer) return;
  Check(node.peer->listen, "node.peer/listen-port", PlaceOf(*map.Find("peer"), "listen-port"), "the peer", taken,
        diagnostics);
}

}  // namespace understudy::daemon
