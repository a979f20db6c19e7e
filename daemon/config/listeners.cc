#include "daemon/config/listeners.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

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

void ReportTaken(Place place, absl::string_view key, const Endpoint& found, absl::string_view taken_by,
                 Diagnostics& diagnostics) {
  diagnostics.Error(place, absl::StrCat(key, ": found ", found.ToText(), ", where ", taken_by,
                                        " is served over TCP; allowed: a port of its own"));
}

}  // namespace

void CheckListeners(const YamlNode& root, const NodeConfig& node, const Endpoint& service, Diagnostics& diagnostics) {
  const YamlNode& map = *root.Find("node");
  if (Collide(node.http, service)) {
    ReportTaken(PlaceOf(map, "http-port"), "node/http-port", node.http, "SIP", diagnostics);
  }
  if (!node.peer) return;
  const Place place = PlaceOf(*map.Find("peer"), "listen-port");
  if (Collide(node.peer->listen, service))
    ReportTaken(place, "node.peer/listen-port", node.peer->listen, "SIP", diagnostics);
  if (Collide(node.peer->listen, node.http))
    ReportTaken(place, "node.peer/listen-port", node.peer->listen, "HTTP", diagnostics);
}

}  // namespace understudy::daemon
