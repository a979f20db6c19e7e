// All clients' links of a node, without sockets: handshake, passwords, the node's role, ADDP both ways, limits, and
// acknowledgements gathered into one entry each tenth of a second.
//
//   ClientEdge edge(&loop, &host, &passwords, &log, options);
//   edge.Accept(connection);                     // from a listener, or a simulated one
//   edge.OnRole();                               // the node serves now, or does not any more
//   edge.Send(effect); edge.Close(effect);       // released
//   edge.EndOfTurn();                            // something may have been committed
//
// A link stays open when roles change; whoever is attached then is not any more, and attaches where the primary is.
// What the engine hears comes from here alone: ClientAttached, ClientRequested, ClientsAcknowledged, ClientLinkLost.
// One thread.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_EDGE_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_EDGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "daemon/cti/client_counters.h"
#include "daemon/cti/client_host.h"
#include "daemon/cti/client_limits.h"
#include "daemon/cti/client_link.h"
#include "daemon/cti/failure_limit.h"
#include "daemon/cti/host_shares.h"
#include "daemon/cti/link_end.h"
#include "daemon/cti/password_check.h"
#include "daemon/log/log.h"
#include "daemon/net/scheduler.h"
#include "engine/effect.h"
#include "tlib/frame.h"

namespace understudy::daemon {

class ClientEdge {
 public:
  // All outlive the edge; `log` may be null.
  ClientEdge(net::Scheduler* scheduler, ClientHost* host, PasswordCheck* passwords, log::Log* log,
             const ClientOptions& options);
  ~ClientEdge();
  ClientEdge(const ClientEdge&) = delete;
  ClientEdge& operator=(const ClientEdge&) = delete;

  void Accept(std::shared_ptr<ClientConnection> connection);

  // The node's role may have changed; every client hears of it.
  void OnRole();

  // While held nothing is read, and nobody is closed for silence: what comes waits for this node, or for its successor.
  void Hold(bool held);

  // Of links of another epoch, or that are gone, nothing is sent.
  void Send(const engine::SendClient& effect);
  void Close(const engine::CloseClient& effect);

  void EndOfTurn();

  // The node ends. What was sent before has left, as far as its clients take it.
  void Stop();

  const ClientCounters& counters() const { return counters_; }

 private:
  using State = ClientLink::State;
  using LinkPtr = std::shared_ptr<ClientLink>;

  engine::LinkId NameOf(const ClientLink& link) const;
  LinkPtr Find(uint64_t handle) const;
  LinkPtr Attached(engine::LinkId link) const;
  std::vector<LinkPtr> All() const;
  tlib::ServerRole RoleNow() const;

  void OnOctets(uint64_t handle, absl::string_view octets);
  void OnClosed(uint64_t handle, const absl::Status& why);
  bool MayWork(ClientLink& link) const;
  void Work(const LinkPtr& link);
  void WorkAgain(const absl::btree_set<uint64_t>& stalled);
  void EndBroken(const LinkPtr& link);

  // ---- client_frames.cc
  void Take(const LinkPtr& link, tlib::Frame frame);
  void On(const LinkPtr& link, tlib::Hello& hello);
  void On(const LinkPtr& link, const tlib::Attach& attach);
  void On(const LinkPtr& link, tlib::RequestFrame& request);
  void On(const LinkPtr& link, const tlib::Acknowledge& acknowledge);
  void On(const LinkPtr& link, const tlib::Ping& ping);
  void On(const LinkPtr& link, const tlib::Pong& pong);
  void On(const LinkPtr& link, const tlib::Goodbye& goodbye);
  void On(const LinkPtr& link, const tlib::Welcome& frame);
  void On(const LinkPtr& link, const tlib::Attached& frame);
  void On(const LinkPtr& link, const tlib::EventFrame& frame);
  void On(const LinkPtr& link, const tlib::Role& frame);
  void OutOfTurn(const LinkPtr& link, absl::string_view what);
  void OnVerdict(uint64_t handle, PasswordVerdict verdict);
  void Settle(const LinkPtr& link, bool was_wrong);
  void EndUnwelcome(const LinkPtr& link);
  void Welcome(const LinkPtr& link);
  bool MayAttach(const LinkPtr& link, const tlib::Attach& attach);
  void Query(const LinkPtr& link, const tlib::Message& request);
  void Append(const LinkPtr& link, tlib::RequestFrame request);

  // Ends nothing: effects are released while entries cannot be appended. Who is too slow is ended with the turn.
  void SendTo(const LinkPtr& link, const tlib::Frame& frame);
  void EndSlow();
  bool IsSlow(ClientLink& link, net::MonotonicTime now);
  // Goodbye, and its end.
  void End(const LinkPtr& link, LinkEnd why, absl::string_view text);
  // `ended`: the client said that its session ends.
  void Drop(const LinkPtr& link, bool ended);

  void Tick();
  void Look(const LinkPtr& link, net::MonotonicTime now);
  void Acknowledge();
  void SetTick();

  net::Scheduler* const scheduler_;
  ClientHost* const host_;
  PasswordCheck* const passwords_;
  log::Log* const log_;
  const ClientOptions options_;
  uint64_t last_handle_ = 0;
  absl::btree_map<uint64_t, LinkPtr> links_;
  HostShares shares_;
  absl::btree_set<uint64_t> stalled_;
  absl::btree_set<uint64_t> unheard_;  // whose Hello waits until others of their host have their verdict
  absl::btree_set<uint64_t> acknowledging_;
  absl::btree_set<uint64_t> slow_;
  FailureLimit failures_;
  tlib::ServerRole role_;
  bool held_ = false;
  bool was_held_ = false;  // since the last tick
  std::string scratch_;
  std::string armed_;  // what the quarantine knows an input by
  ClientCounters counters_;
  net::MonotonicTime ticked_;
  net::Alarm tick_;
  std::shared_ptr<bool> alive_;  // for verdicts that come late
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_EDGE_H_
