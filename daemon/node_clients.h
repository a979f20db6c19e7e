// A node's side of its T-Library clients: the edge of their links, on whatever core and ingress the node has now.
//
//   NodeClients clients(scheduler, passwords, log, options);
//   clients.Use(core, ingress);      // null between two journals; also when the node's role has changed
//   clients.edge().Accept(connection);
#ifndef UNDERSTUDY_DAEMON_NODE_CLIENTS_H_
#define UNDERSTUDY_DAEMON_NODE_CLIENTS_H_

#include <utility>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "daemon/core/core.h"
#include "daemon/cti/client_edge.h"
#include "daemon/cti/client_host.h"
#include "daemon/cti/client_limits.h"
#include "daemon/cti/password_check.h"
#include "daemon/ingress.h"
#include "daemon/log/log.h"
#include "daemon/net/scheduler.h"
#include "engine/effect.h"

namespace understudy::daemon {

class NodeClients : public ClientHost {
 public:
  // All outlive it.
  NodeClients(net::Scheduler* scheduler, PasswordCheck* passwords, log::Log* log, const ClientOptions& options)
      : edge_(scheduler, this, passwords, log, options) {}

  void Use(Core* core, Ingress* ingress);
  // SendClient and CloseClient; others are not the clients'.
  void Release(const engine::Effect& effect);
  // While this node does not know whether it is the primary, or its disk stands still, no client is read.
  void EndOfTurn(bool may_read);

  ClientEdge& edge() { return edge_; }
  const ClientEdge& edge() const { return edge_; }

  // ---- ClientHost
  bool Serves() const override { return core_ != nullptr && core_->serving(); }
  Epoch epoch() const override { return core_->epoch(); }
  uint32_t feature_level() const override { return core_->feature_level(); }
  bool TakesSessions() override { return ingress_->TakesMore(); }
  bool TakesCall() override { return ingress_->TakesClientCall(); }
  Duration session_timeout() const override;
  bool BeforeCutting(absl::string_view octets) override;
  void AfterCutting() override;
  bool IsQuarantined(absl::string_view bytes) override { return ingress_->IsQuarantined(bytes); }
  void Append(engine::Input input, absl::string_view bytes) override { ingress_->Append(std::move(input), bytes); }

 private:
  Core* core_ = nullptr;
  Ingress* ingress_ = nullptr;
  ClientEdge edge_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_CLIENTS_H_
