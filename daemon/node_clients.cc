#include "daemon/node_clients.h"

#include <utility>
#include <variant>

namespace understudy::daemon {

void NodeClients::Use(Core* core, Ingress* ingress) {
  core_ = core;
  ingress_ = ingress;
  edge_.OnRole();
}

void NodeClients::Release(const engine::Effect& effect) {
  if (const auto* send = std::get_if<engine::SendClient>(&effect)) return edge_.Send(*send);
  if (const auto* close = std::get_if<engine::CloseClient>(&effect)) return edge_.Close(*close);
}

void NodeClients::EndOfTurn(bool may_read) {
  edge_.Hold(!may_read || (core_ != nullptr && core_->backlogged()));
  edge_.EndOfTurn();
}

Duration NodeClients::session_timeout() const {
  return core_ == nullptr ? Duration() : core_->state().configuration.clients().session_timeout;
}

bool NodeClients::BeforeCutting(absl::string_view octets) {
  return ingress_ == nullptr || ingress_->BeforeCutting(octets);
}

void NodeClients::AfterCutting() {
  if (ingress_ != nullptr) ingress_->AfterCutting();
}

}  // namespace understudy::daemon
