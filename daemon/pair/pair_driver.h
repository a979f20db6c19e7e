// Makes one node of the pair out of the protocol's state machine (replication/pair.h), the core, the link to the peer
// and the witness. What the node then does for its users is the host's matter: it serves, or it does not.
//
//   PairDriver driver(&loop, options, core, witness, &host, &port, &states, &clock, log);
//   driver.Start();
//   ... at the end of every turn, after core->EndTurn():   driver.EndOfTurn();
//   ... after core->TakeCommits():                         driver.OnCommits(report);
//
// Everything happens on the scheduler's thread.
#ifndef UNDERSTUDY_DAEMON_PAIR_PAIR_DRIVER_H_
#define UNDERSTUDY_DAEMON_PAIR_PAIR_DRIVER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/state_source.h"
#include "daemon/link/peer_link.h"
#include "daemon/link/peer_port.h"
#include "daemon/log/log.h"
#include "daemon/net/scheduler.h"
#include "daemon/pair/log_feed.h"
#include "daemon/pair/objection.h"
#include "daemon/pair/resync_proof.h"
#include "daemon/pair/state_receiver.h"
#include "daemon/pair/state_sender.h"
#include "daemon/witness/witness.h"
#include "replication/messages.h"
#include "replication/pair.h"

namespace understudy::daemon {

// What the node does for its users.
class PairHost {
 public:
  virtual ~PairHost() = default;
  // The node is primary of `epoch` from now on: core->Serve, and open the service address.
  virtual void BeginService(Epoch epoch, bool forced) = 0;
  // It is primary no longer: nothing is read or sent any more, then core->StepDown.
  virtual void EndService() = 0;
  // For a switchover: what comes waits in the kernel.
  virtual void HoldInput() = 0;
  virtual void ResumeInput() = 0;
  // More has been committed, and its effects released.
  virtual void OnCommitted() = 0;
  // The journal must begin anew with what the primary sent: drop core and driver, not from within this call, fill the
  // journal, and start both again.
  virtual void Refill(FilledState filled) = 0;
  // The journal cannot be continued and must not be served from: set it aside, not from within this call, and join
  // blank.
  virtual void GiveUpJournal(const absl::Status& why) = 0;
  // An input that a node of the pair died of is dropped on both.
  virtual void Condemn(uint64_t fingerprint) = 0;
  virtual std::vector<uint64_t> Condemned() const = 0;
  // The node cannot go on; it must end and be started again.
  virtual void Fail(const absl::Status& why) = 0;
};

struct PairDriverOptions {
  replication::PairOptions pair;
  std::string name;     // of this node
  std::string service;  // service address
  uint64_t configuration_digest = 0;
  Duration remote_timeout;  // so long a silence of this node the peer may take for its death; 0: as it likes
  bool trace = false;         // every heartbeat of this node in its log
  bool remote_trace = false;  // and in the peer's
  uint64_t new_cluster_id = 0;
  Duration peer_retention = Duration::Seconds(86400);  // so long the log is kept for an absent peer
  int64_t calls_a_second = 0;  // of a resync; 0: as fast as the link
};

class PairDriver {
 public:
  // What the peer said of itself.
  struct Peer {
    std::string name;
    replication::Incarnation node;
    uint32_t schema_version = 0;
    uint32_t feature_level = 0;
    bool same_configuration = true;
    Duration timeout;  // so long a silence of this node it takes for death
    bool wants_trace = false;
  };

  // All outlive the driver, which has the port for itself and closes it in the end.
  PairDriver(net::Scheduler* scheduler, const PairDriverOptions& options, Core* core, witness::Witness* witness,
             PairHost* host, link::PeerPort* port, StateSource* states, const Clock* clock, log::Log* log);
  ~PairDriver();

  // Listens for the peer and begins.
  absl::Status Start();
  // This process is to end in a moment, a switchover at most.
  void NoteEnding() { Do(replication::Ending{}); }
  // Tells the peer that this process ends.
  void SayGoodbye();

  void EndOfTurn();
  // Looks at the clock: after a while in which this process was stopped, or in which the peer has not heard it, another
  // node may serve. False: the host holds its input until that is known.
  bool IsSure();
  void OnCommits(const CommitReport& report);

  using Done = std::function<void(const absl::Status&)>;
  // Of the primary; `done` when the peer serves, or why it does not.
  void Switchover(Done done);
  // Of the backup: gives up what it has and asks for the whole state. FailedPrecondition: the pair needs what it has.
  absl::Status Resync();
  void ForcePromote() { Do(replication::ForceAsked{}); }
  // The pair's part of the configuration was read anew: compared with the peer's at the next session.
  void set_configuration_digest(uint64_t digest) { configuration_digest_ = digest; }

  const replication::Pair& pair() const { return pair_; }
  // Roles only: the nodes have nothing of each other's.
  bool warm() const { return options_.pair.warm; }
  const absl::optional<Peer>& peer() const { return peer_; }
  const LogFeed& feed() const { return feed_; }
  const StateSender& sender() const { return sender_; }
  // The states are being compared.
  bool proving() const { return proof_.active(); }
  // Resyncs whose end both nodes compared, and found equal.
  uint64_t proven() const { return proven_; }
  link::LinkCounters link_counters() const;
  // Between the end of the log and what the peer has, in entries; 0 without a peer.
  uint64_t peer_lag() const;

 private:
  // Batches that wait for a backup's disk before the link does.
  static constexpr uint64_t kMostWaiting = 1024;
  static constexpr Duration kTick = Duration::Milliseconds(25);
  static constexpr Duration kTickApart = Duration::Milliseconds(4);  // while the pair dials soon

  void Do(replication::Input input);
  void Perform(const replication::Output& out);
  void PerformRoles(const replication::Output& out);
  void PerformLink(const replication::Output& out);
  void PerformWitness(const replication::Output& out);
  void Report(replication::PairEvent event, const std::string& text);

  void OnTick();
  void Dial();
  void Adopt(std::shared_ptr<link::PeerLink> link, bool dialled);
  void DropLink(const absl::Status& why);
  void OnFrame(replication::FrameType type, absl::string_view payload);
  void OnStrangerFrame(const std::shared_ptr<link::PeerLink>& link, uint16_t type, absl::string_view payload);
  void OnClosed(const absl::Status& why);

  absl::Status Take(replication::FrameType type, absl::string_view payload);
  absl::Status TakeHello(const std::shared_ptr<link::PeerLink>& link, absl::string_view payload);
  absl::Status TakeWelcome(absl::string_view payload);
  absl::Status TakeRefusal(absl::string_view payload);
  absl::Status TakeAppend(absl::string_view payload);
  absl::Status TakeAck(absl::string_view payload);
  absl::Status TakeHeartbeat(absl::string_view payload);
  absl::Status TakeRegister(absl::string_view payload);
  absl::Status TakeCondemned(absl::string_view payload);
  void CondemnAll(const std::vector<uint64_t>& fingerprints);
  absl::Status TakeKnown(absl::string_view payload);
  absl::Status TakeStateEnd(absl::string_view payload);
  absl::Status TakeCheck(absl::string_view payload);
  absl::Status TakeCheckResult(absl::string_view payload);
  void BeginProof();
  void OnProofComputed();
  void CompareProofs();

  PairTerms Terms() const;
  // Of a peer that said `said`, as it counts together with what this node asks for.
  Duration TimeoutOf(Duration said) const;
  replication::Hello MakeHello() const;
  replication::Welcome MakeWelcome(const replication::Hello& hello) const;
  replication::Refusal MakeRefusal(replication::RefusalReason reason, std::string text) const;

  template <class Message>
  void Send(replication::FrameType type, const Message& message) {
    if (link_ == nullptr) return;
    link_->Send(static_cast<uint16_t>(type), replication::Encode(message));
    last_sent_ = clock_->SinceBoot();
  }
  void SendAck();
  void Pause(bool paused);
  void KeepForPeer();
  void SendHeartbeat(uint64_t ping = 0);
  void SendHeartbeatIfDue();
  void EndTransfers();
  void Pump();
  bool traces() const { return options_.trace || (peer_ && peer_->wants_trace); }

  const PairDriverOptions options_;
  Core* const core_;
  witness::Witness* const witness_;
  PairHost* const host_;
  link::PeerPort* const port_;
  const Clock* const clock_;
  log::Log* const log_;
  replication::Pair pair_;

  uint64_t configuration_digest_;
  std::deque<replication::Input> inputs_;
  bool working_ = false;
  bool unsure_ = false;
  std::shared_ptr<link::PeerLink> link_;                   // the session's
  std::vector<std::shared_ptr<link::PeerLink>> strangers_;  // accepted, no Hello yet
  absl::optional<replication::Hello> hello_;                // at hand
  replication::Welcome welcome_;                            // to it, from a primary
  Duration said_hello_at_;                                  // CLOCK_BOOTTIME; this node, the last time
  std::shared_ptr<link::PeerLink> hello_link_;
  absl::optional<Peer> peer_;
  LogFeed feed_;
  absl::optional<Lsn> feed_from_;  // until the first ack: a backup that still writes its promise takes no entries
  StateSender sender_;
  StateReceiver receiver_;
  ResyncProof proof_;
  bool proof_due_ = false;
  uint64_t proven_ = 0;
  bool goodbye_ = false;
  bool paused_ = false;  // the link, by this node
  bool wants_state_ = false;
  Lsn unreadable_;  // of the log, found while a backup was fed; 0: none was found
  replication::Ack acked_;
  Duration last_sent_;
  Duration peer_seen_;
  Lsn told_end_;
  Lsn told_durable_;
  Done switchover_;
  net::Alarm tick_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_PAIR_DRIVER_H_
