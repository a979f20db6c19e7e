#include "daemon/client_ports.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/feature_level.h"
#include "daemon/events.h"
#include "daemon/http/tls_context.h"
#include "daemon/tls/tls_context.h"

namespace understudy::daemon {

ClientOptions MakeClientOptions(const std::string& node_name, const TlibConfig& tlib) {
  ClientOptions options;
  options.server = node_name;
  options.program = absl::StrCat("understudyd ", kFeatureLevel);
  options.addp = tlib.addp_timeout;
  options.limits.links = static_cast<size_t>(tlib.max_clients);
  options.limits.links_per_host = static_cast<size_t>(tlib.max_clients_per_host);
  options.limits.requests_per_second = tlib.max_requests;
  options.limits.queued_octets = static_cast<size_t>(tlib.max_queue);
  return options;
}

ClientPorts::ClientPorts(net::IoLoop* loop, log::Log* log)
    : loop_(loop), log_(log), worker_(loop), passwords_([this](std::function<void()> work, std::function<void()> then) {
        worker_.Run(std::move(work), std::move(then));
      }) {}

absl::Status ClientPorts::Listen(const TlibConfig& tlib, ClientEdge* edge) {
  if (tlib.listen.port() != 0) {
    if (absl::Status s = ListenForFrames(tlib, edge); !s.ok()) return s;
  }
  return tlib.websocket.port() == 0 ? absl::OkStatus() : ListenForJson(tlib, edge);
}

absl::Status ClientPorts::ListenForFrames(const TlibConfig& tlib, ClientEdge* edge) {
  std::shared_ptr<const tls::TlsContext> tls;
  if (tlib.tls) {
    auto loaded = tls::TlsContext::LoadServer({tlib.tls->ca, tlib.tls->certificate, tlib.tls->key, ""});
    if (!loaded.ok()) return loaded.status();
    tls = *std::move(loaded);
  }
  frames_ = std::make_unique<ClientListener>(
      loop_, tls, [edge](std::shared_ptr<ClientConnection> connection) { edge->Accept(std::move(connection)); });
  const absl::StatusOr<Endpoint> at = frames_->Listen(tlib.listen, {"tlib-port", "tlib-address"});
  if (!at.ok()) return at.status();
  log_->Write(kClientPort, {{"address", at->ToText()}, {"tls", tlib.tls ? "yes" : "no"}});
  return absl::OkStatus();
}

absl::Status ClientPorts::ListenForJson(const TlibConfig& tlib, ClientEdge* edge) {
  std::shared_ptr<http::TlsContext> tls;
  if (tlib.tls) {
    auto loaded = http::ServerTls({.ca = tlib.tls->ca, .certificate = tlib.tls->certificate, .key = tlib.tls->key});
    if (!loaded.ok()) return loaded.status();
    tls = *std::move(loaded);
  }
  json_ = std::make_unique<WebsocketListener>(
      loop_, tls, tlib.origins, [edge](std::shared_ptr<ClientConnection> client) { edge->Accept(std::move(client)); });
  const absl::StatusOr<Endpoint> at = json_->Listen(tlib.websocket, {"tlib-websocket-port", "tlib-address"});
  if (!at.ok()) return at.status();
  log_->Write(kClientPort, {{"address", at->ToText()}, {"tls", tlib.tls ? "yes" : "no"}, {"wire", "websocket"}});
  return absl::OkStatus();
}

void ClientPorts::Close() {
  frames_.reset();
  json_.reset();
}

}  // namespace understudy::daemon
