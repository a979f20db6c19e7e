// One node without its sockets: the journal and what stands on it, the pair, the front end, and who serves when. It is
// given a world to run in: the daemon's server gives it sockets and files, the simulator virtual ones.
//
//   Node node(parts, options);
//   node.Open(&transport, &gate);               // recovers the journal; `node` is the transport's sink
//   node.Start();                               // serves, or joins its pair
//   ... at the end of every turn:  node.EndOfTurn();
//   node.HandOver([&] { ... });                 // the backup takes over, where there is one
//   node.Close();                               // commits, says goodbye, takes a snapshot
//
// A node that is destroyed without Close has crashed, as far as its journal and its peer know. Everything happens on
// the scheduler's thread. Errors of Open and Start tell the operator what to do next.
#ifndef UNDERSTUDY_DAEMON_NODE_H_
#define UNDERSTUDY_DAEMON_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/state_source.h"
#include "daemon/cti/client_limits.h"
#include "daemon/cti/password_check.h"
#include "daemon/dns/resolver.h"
#include "daemon/flow_book.h"
#include "daemon/health.h"
#include "daemon/ingress.h"
#include "daemon/link/peer_port.h"
#include "daemon/log/log.h"
#include "daemon/net/message_transport.h"
#include "daemon/net/scheduler.h"
#include "daemon/net/traffic.h"
#include "daemon/node_clients.h"
#include "daemon/node_journal.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/service_gate.h"
#include "daemon/sip_pass.h"
#include "daemon/undelivered/stream_requests.h"
#include "daemon/undelivered/unreachable.h"
#include "daemon/witness/witness.h"
#include "engine/configuration.h"
#include "engine/effect.h"

namespace understudy::daemon {

// Whoever runs a node. Called from within its calls; may not destroy it there.
class NodeOwner {
 public:
  virtual ~NodeOwner() = default;

  // From now on it serves, and its core is of this reign's epoch.
  virtual void OnServing() = 0;
  // Leaves now. A SendSip is the transport's when this returns, what is a client's is with its link; of the others the
  // owner makes what it likes.
  virtual void OnReleased(Lsn lsn, const engine::Effect& effect) = 0;
  // Of a group commit, from the oldest submit to durable; of a batch, from its end until its effects may leave.
  virtual void OnGroupDurable(Duration latency) = 0;
  virtual void OnBatchReleased(Duration latency) = 0;
  // It cannot go on: the process must end, so that its supervisor starts it anew. Said once.
  virtual void OnFailed(const absl::Status& why) = 0;
};

// The world of a node. All outlive it.
struct NodeParts {
  net::Scheduler* scheduler = nullptr;
  const Clock* clock = nullptr;
  log::Log* log = nullptr;
  NodeJournal* journal = nullptr;  // locked
  NodeOwner* owner = nullptr;
  quarantine::Quarantine* quarantine = nullptr;  // null: nothing is held
  std::function<HashKey()> fresh_key;            // chance for keys and ids

  PasswordCheck* passwords = nullptr;  // null: there are no T-Library clients
  dns::Resolver* resolver = nullptr;   // null: no name leads anywhere

  // Of a node of a pair.
  std::function<absl::StatusOr<std::unique_ptr<witness::Witness>>()> make_witness;
  link::PeerPort* port = nullptr;
  StateSource* states = nullptr;
};

struct NodeOptions {
  absl::optional<PairDriverOptions> pair;  // nullopt: a node alone. Digest and cluster id are the node's own matter.
  engine::Configuration configuration;     // wanted: the state gets it from whoever serves
  uint64_t clients_digest = 0;             // PairConfig's
  IngressOptions ingress;                  // `introduce` is the node's own
  ClientOptions clients;
};

class Node : public net::TrafficSink, public EffectSink, public PairHost {
 public:
  Node(NodeParts parts, NodeOptions options);
  ~Node() override;

  // Recovers the journal. `transport` and `service` outlive the last call but the destructor.
  absl::Status Open(net::MessageTransport* transport, ServiceGate* service);
  absl::Status Start();
  void EndOfTurn();

  // `done` at once, or when the backup serves or does not: nothing keeps the node from ending. Asked again, at once.
  void HandOver(std::function<void()> done);
  // The end: nothing is read any more, everything is committed and sent. The first error, or why the node failed.
  absl::Status Close();

  // Whoever serves next on this node begins with it. Says what came of it.
  absl::string_view Adopt(const engine::Configuration& wanted, uint64_t clients_digest);
  // False: it is not banned.
  bool LiftBan(const Endpoint& remote) { return ingress_ != nullptr && ingress_->LiftBan(remote); }
  // Of a node that serves.
  void RaiseFeatureLevel(uint32_t level) { core_->Append(engine::FeatureLevelRaised{level}); }

  // Null before Open and where the journal cannot be opened anew; and the last one, of a node alone.
  const Core* core() const { return core_.get(); }
  const Ingress* ingress() const { return ingress_.get(); }
  PairDriver* pair() const { return pair_.get(); }
  // Null without passwords; whoever listens for clients gives it their connections.
  NodeClients* clients() const { return clients_.get(); }
  const absl::Status& failure() const { return failure_; }
  uint64_t unreachable_transactions() const { return unreachable_transactions_; }  // failed by an ICMP report
  uint64_t requests_lost() const { return requests_lost_; }                        // whose connection ended unanswered
  Health HealthNow() const;

  // ---- net::TrafficSink
  bool MayRead() override { return pair_ == nullptr || pair_->IsSure(); }
  bool Admits(const Endpoint& remote) override { return ingress_ == nullptr || !ingress_->IsBanned(remote); }
  void OnRound(absl::Span<const net::Received> round) override;
  void OnDatagramsDropped() override { ingress_->NoteDropped(); }
  void OnFlowOpened(uint64_t flow, Transport transport, const Endpoint& local, const Endpoint& remote) override;
  void OnFlowClosed(uint64_t flow, Transport transport, const Endpoint& remote, net::FlowEnd why) override;
  void OnSendFailed(uint64_t token, net::SendFailure why) override;
  void OnUnreachable(const Endpoint& remote) override { unreachable_.Report(remote); }
  bool BeforeCutting(absl::string_view octets) override { return ingress_->BeforeCutting(octets); }
  void AfterCutting() override { ingress_->AfterCutting(); }
  void OnUnframeable(const net::Received& received, sip::ParseErrorKind error) override;
  void OnTlsFailed(const Endpoint& remote, absl::string_view reason) override;

  // ---- EffectSink
  void Release(Lsn lsn, const engine::Effect& effect) override;

  // ---- PairHost
  void BeginService(Epoch epoch, bool forced) override;
  void EndService() override;
  void HoldInput() override { transport_->HoldInput(); }
  void ResumeInput() override { transport_->ResumeInput(); }
  void OnCommitted() override { Committed(); }
  void Refill(FilledState filled) override;
  void GiveUpJournal(const absl::Status& why) override;
  void Condemn(uint64_t fingerprint) override;
  std::vector<uint64_t> Condemned() const override;
  void Fail(const absl::Status& why) override;

 private:
  engine::FlowId FlowName(uint64_t handle) const { return EngineFlow(core_->epoch(), handle); }

  bool Serves() const { return core_ != nullptr && core_->serving(); }

  absl::Status StartCore();
  absl::Status StartRole();
  absl::Status StartAlone();
  void BeginAnew(const FilledState& filled);
  void Rejoin(const std::function<absl::Status()>& change_journal);
  void NoteTrunks();
  void NoteServing();
  void NoteRole();

  void LookUp(const engine::Locate& locate);
  void OnLocated(engine::NameId name, const engine::LocateAnswer& answer);

  void Tick();
  void OnHeartbeat();
  void OnSummary();
  void ReportRefusals();
  void ReportWrongSignatures();
  void ReportTroubles();
  void ReportSipPass();
  void ReportOverload();
  void FailUnreachable();

  void EndTurn();
  void OnCommits();
  void Committed();
  void NoteWaits();
  void SetWakeUp();

  // What the log has said of this journal's core and its ingress, which count from their beginning.
  struct Reported {
    uint64_t unparseable = 0;
    ServiceGaps gaps;
    uint64_t snapshot_failures = 0;
  };

  const NodeParts parts_;
  NodeOptions options_;  // configuration: as last adopted
  net::MessageTransport* transport_ = nullptr;
  ServiceGate* service_ = nullptr;
  std::unique_ptr<Core> core_;  // null between two journals
  std::unique_ptr<Ingress> ingress_;
  std::unique_ptr<NodeClients> clients_;
  std::unique_ptr<witness::Witness> witness_;
  std::unique_ptr<PairDriver> pair_;
  uint64_t rejoined_ = 0;  // what was asked of an earlier journal is not done to a later one
  bool ending_ = false;
  FlowBook flows_;
  UnreachableRemotes unreachable_;
  uint64_t unreachable_transactions_ = 0;
  StreamRequests stream_requests_;
  uint64_t requests_lost_ = 0;
  net::Alarm wake_up_;
  net::Alarm heartbeat_;
  net::Alarm summary_;
  uint64_t tls_failures_ = 0;
  std::string tls_failure_;  // the first of this second
  Reported reported_;
  bool disk_was_low_ = false;
  Wait disk_wait_;  // CLOCK_MONOTONIC, as the next
  Wait pair_wait_;
  SipPass sip_pass_;
  bool sip_was_silent_ = false;
  Duration slept_;  // since boot: CLOCK_BOOTTIME is so far ahead of CLOCK_MONOTONIC
  absl::Status failure_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // who answers late asks for it
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_H_
