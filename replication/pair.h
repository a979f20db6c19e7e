// One node of the pair as a state machine without sockets, clocks and files: an input in, one output out. What the
// daemon must do stands in the output; what came of it is a further input. The rules are those of docs/replication.md.
//
//   Pair pair(options, facts);
//   Output out = pair.Step(now, Tick{});
//   if (out.keep_promise) -> sync the log, then the promise; then pair.Step(now, PromiseKept{epoch})
//   core.Release(pair.release_limit());
//
// `now` is any clock that does not step. Not thread-safe.
#ifndef UNDERSTUDY_REPLICATION_PAIR_H_
#define UNDERSTUDY_REPLICATION_PAIR_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "replication/messages.h"
#include "replication/register.h"
#include "replication/release_rule.h"

namespace understudy::replication {

struct PairOptions {
  CommitMode mode = CommitMode::kDurable;
  bool warm = false;
  Duration suspect = Duration::Seconds(1);  // a silence of the peer for so long is its death; less if it asks for it
  Duration max_hold = Duration::Milliseconds(250);  // effects wait no longer for a slow backup
  Duration reconnect = Duration::Milliseconds(100);
  Duration witness_retry = Duration::Milliseconds(100);
  Duration witness_poll = Duration::Seconds(1);
  bool alone_without_witness = false;  // the policy `alone` of on-witness-loss
  Duration witness_loss = Duration::Seconds(3);  // it acts after so long
  Duration stall = Duration::Milliseconds(500);  // nobody called Step for so long: the world may have changed. At most
                                                 // half of what a silence may last, and no less than a busy turn
  Duration handover = Duration::Seconds(2);      // a switchover that is not under way by then is given up
  Duration force = Duration::Seconds(10);        // a force that is not granted by then is given up
};

// What the node is when the process starts. Everything in its log is synced.
struct NodeFacts {
  Incarnation me;
  uint64_t cluster_id = 0;      // 0: a blank store that belongs to nobody yet
  uint64_t new_cluster_id = 0;  // to be used if this node founds the pair
  Epoch promise;
  Epoch last_epoch;  // of the log; 0: it is empty
  Lsn end;
  bool promotable = true;  // false: the log is not whole, or is another version's
  bool may_found = true;   // false: blank, but not new. A blank witness does not make it the first of a pair
};

enum class Role : uint8_t { kJoining = 0, kBackup = 1, kPrimary = 2 };
absl::string_view RoleName(Role role);

// ---- What can happen.
struct Tick {};                                      // call it every 20 ms or so
struct WitnessAnswered { RegisterAnswer answer; };   // to the last read or ask
struct WitnessFailed {};                             // outcome unknown
struct LinkUp {};                                    // a connection that this node dialled
struct DialFailed { bool refused = false; };         // refused: its host is there and nobody listens
struct LinkDown { bool goodbye = false; };           // goodbye: the peer said that it ends
// remote_timeout: what the peer asks for, until the session ends; timeout: so long a silence of this node it takes for
// death itself, 0: it did not say, and is taken for one with the usual second; replication/silence.h. refills: it would
// take the state, and be another store than it says it is.
struct PeerHello {
  Incarnation node;
  Epoch promise;
  Duration remote_timeout = Duration();
  Duration timeout = Duration();
  bool refills = false;
};
struct PeerWelcome {
  Incarnation node;
  Epoch epoch;
  Plan plan = Plan::kTail;
  Duration remote_timeout = Duration();
  Duration timeout = Duration();
};
struct PeerRefusal {
  RefusalReason reason = RefusalReason::kNotPrimary;
  Incarnation node;
  absl::optional<Register> view;
};
struct PeerHeard {};                                 // any frame
struct PeerAck { Ack ack; };
struct PeerPong { uint64_t number = 0; };
struct PeerRegister { Register view; };
struct Prepared {};                                  // the log was cut as the Welcome said, and can be continued
struct PromiseKept { Epoch promise; };
struct LogGrew { Lsn end; };
struct LogDurable { Lsn lsn; };
struct HeldSince { absl::optional<Duration> since; };  // the oldest effect that waits, on the clock of `now`
struct SessionLive { bool live = false; };             // everything appended has been handed to the link
struct HandoverAsked {};
struct Ending {};                                      // this process is about to end
struct ForceAsked {};

using Input = std::variant<Tick, WitnessAnswered, WitnessFailed, LinkUp, DialFailed, LinkDown, PeerHello, PeerWelcome,
                           PeerRefusal, PeerHeard, PeerAck, PeerPong, PeerRegister, Prepared, PromiseKept, LogGrew,
                           LogDurable, HeldSince, SessionLive, HandoverAsked, Ending, ForceAsked>;

enum class PairEvent : uint8_t {
  kPrimaryActivated = 0,
  kBackupActivated,
  kPeerConnected,
  kPeerDisconnected,
  kPeerSuspected,
  kInSync,       // the set is of two
  kUnprotected,  // the set is this node
  kGateGivenUp,
  kBackupSlow,
  kSuperseded,
  kWitnessLost,
  kWitnessBack,
  kWitnessBlank,
  kWitnessOther,  // it serves another pair
  kNotPromotable,
  kHandoverBegun,
  kHandoverDone,
  kHandoverGivenUp,
  kUnguarded,
  kForceGivenUp,
  kWitnessStale,  // it has forgotten what it said: restored from an older copy
};
inline constexpr int kPairEvents = 21;

// What the daemon must do, in this order.
struct Output {
  absl::optional<uint64_t> adopt_cluster;  // the blank store belongs to it from now on
  bool step_down = false;                  // no longer primary: nothing more is released
  absl::optional<Epoch> keep_promise;      // sync the log to its end, then this promise
  absl::optional<Epoch> serve;             // become primary of this epoch
  bool forced = false;                     // with serve
  bool stop_input = false;
  bool resume_input = false;
  bool dial = false;
  bool hang_up = false;  // the link this node dialled; no LinkDown follows
  bool say_hello = false;
  bool welcome = false;  // the Hello at hand
  absl::optional<RefusalReason> refuse;
  bool begin_acks = false;  // the promise is kept: acknowledge what there is
  bool tell_register = false;
  absl::optional<uint64_t> ping;
  absl::optional<RegisterRequest> ask;
  bool read = false;
  std::vector<std::pair<PairEvent, std::string>> events;
};

class Pair {
 public:
  Pair(const PairOptions& options, const NodeFacts& facts);

  Output Step(Duration now, const Input& input);

  // Effects up to there may leave; 0: nothing more.
  Lsn release_limit() const { return ReleaseLimit(ReleaseNow()); }
  // Whether a batch of the primary's may be stored and acknowledged.
  bool accepts_append() const { return role_ != Role::kPrimary && phase_ == Phase::kFollowing && !asking(); }

  // So long a silence of the peer is taken for its death, in this session.
  Duration suspect() const { return suspect_; }
  // See PairOptions.
  Duration stall() const { return stall_; }
  // A step at `now` would find a primary that does not know whether it still serves. Input is not to be read then.
  bool Doubts(Duration now) const;

  Role role() const { return role_; }
  Epoch epoch() const { return role_ == Role::kPrimary ? served_ : followed_; }  // served or followed
  const absl::optional<Register>& view() const { return view_; }
  Standing standing() const;
  bool in_sync() const;  // the set is of two, the answer is known, and acknowledgements flow
  bool alone() const { return role_ == Role::kPrimary && view_ && view_->in_sync.size() == 1; }
  // Killing the primary anywhere loses nothing, and the backup takes over: the witness answers this node.
  bool ready() const;
  bool witness_lost() const { return witness_lost_; }
  bool witness_blank() const { return blank_; }
  bool witness_stale() const { return stale_.has_value(); }
  bool connected() const { return linked_; }
  Epoch promise() const { return promise_; }
  const Ack& peer_ack() const { return session_.ack; }
  Lsn own_durable() const { return durable_; }
  const Incarnation& me() const { return me_; }
  const absl::optional<RegisterRequest>& outstanding() const { return outstanding_; }
  // The next attempt to reach the peer is a few milliseconds away: its link, or the own reign, has just ended.
  bool dials_soon() const { return role_ != Role::kPrimary && !linked_ && InAftermath(); }
  bool handing_over() const { return handover_since_.has_value(); }
  // This node may give up what it has: it is no member, or the witness answers, and will leave it out of the set.
  bool may_leave() const;

 private:
  friend class PairMistakes;  // of the tests: they plant wrong rules, and must find them

  static constexpr Duration kShortestGateBackoff = Duration::Milliseconds(500);

  // Of a node that is not primary, towards the peer.
  enum class Phase { kApart, kDialling, kGreeting, kPreparing, kPromising, kTransferring, kFollowing };
  // Of a primary: the peer that said Hello.
  struct Session {
    Incarnation node;  // empty: no session
    Ack ack;
    bool acked = false;  // anything at all
    bool live = false;
    absl::optional<Lsn> gate;
    Duration gate_opened;
  };
  struct PingSent {
    uint64_t number = 0;
    Duration at;
    Lsn end;  // of the log then
  };
  struct AwaitedAck {
    Lsn lsn;
    Duration since;  // nothing but the peer's acknowledgement was missing
  };

  void On(const Tick&) {}
  void On(const WitnessAnswered& input);
  void On(const WitnessFailed&);
  void On(const LinkUp&);
  void On(const DialFailed& input);
  void On(const LinkDown& input);
  void On(const PeerHello& input);
  void On(const PeerWelcome& input);
  void On(const PeerRefusal& input);
  void On(const PeerHeard&);
  void On(const PeerAck& input);
  void On(const PeerPong& input);
  void On(const PeerRegister& input);
  void On(const Prepared&);
  void On(const PromiseKept& input);
  void On(const LogGrew& input);
  void On(const LogDurable& input);
  void On(const HeldSince& input) { held_since_ = input.since; }
  void On(const SessionLive& input) { session_.live = input.live; }
  void On(const HandoverAsked&);
  void On(const Ending&) { ending_ = true; }
  void On(const ForceAsked&);

  void NoticeStall(Duration now);
  void AgreeOnSilence(Duration asked_by_peer);
  Duration MayBeUnheard() const;
  bool MayBeTwo() const;
  bool NeverSuspected() const;
  bool MustBeHeard() const;
  bool IsHeard(Duration now) const;
  bool PeerHears() const { return NeverSuspected() || IsHeard(now_); }
  bool IsVouchedFor(Duration now) const;
  bool IsUnsure(Duration now) const;
  void NoteHeard(Duration sent);
  void NoteHeard(const Ack& ack);
  void NoteVouched(const Register& answer);
  bool MayBeOver() const;
  bool LinkIsSilent() const;
  void ReplaceHandover();
  void ForgetHearing();
  void Ping();
  void ForgetPeersWish();
  bool IsStale(const Register& answer);
  void SeeRegister(const Register& seen);
  void Resolve(const Register& seen);
  void Evaluate();
  void EvaluateWitness();
  void EvaluatePrimary();
  void EvaluateHearing();
  void EvaluateUnguarded();
  void EvaluateForce();
  void EvaluateGate();
  void EvaluateHandover();
  void GiveUpHandover(std::string why);
  void EvaluateBackup();
  void EvaluateLink();
  void Serve();
  void StepDown();
  void EndSession();
  void HangUp();
  bool InAftermath() const;
  Duration Redial() const;
  void Ask(RegisterOperation operation, const Incarnation& peer = {});
  void Keep(Epoch promise);
  void SaySuspected();
  void Say(PairEvent event, std::string text = {}) { out_.events.emplace_back(event, std::move(text)); }

  bool asking() const { return promise_pending_ || promise_ > followed_ || force_; }
  // May found a pair.
  bool pristine() const { return may_found_ && last_epoch_.empty() && end_.empty() && served_.empty(); }
  // It answers, and knows this pair: what is asked of it now is not left hanging.
  bool WitnessServes() const { return !witness_failing_ && !Forgets(); }
  bool Forgets() const { return blank_ || stale_; }
  bool WantsEpoch() const;
  bool Suspects() const;
  bool IsNeeded(const Incarnation& node) const;
  bool LeavesToPeer() const;
  bool AckIsLate();
  bool NeedsShrink();
  bool AckCounts() const;
  Lsn CountedAck() const;
  ReleaseView ReleaseNow() const;

  PairOptions options_;
  Incarnation me_;
  uint64_t cluster_id_;
  const uint64_t new_cluster_id_;
  const Epoch last_epoch_;
  const bool promotable_;
  const bool may_found_;

  Role role_ = Role::kJoining;
  Epoch promise_;
  absl::optional<Epoch> promise_pending_;
  Epoch served_;    // the last epoch that this process served
  Epoch followed_;  // of the session
  Lsn end_;
  Lsn durable_;
  absl::optional<Duration> held_since_;

  absl::optional<Register> view_;
  Duration seen_at_;  // view_
  bool blank_ = false;
  absl::optional<Register> stale_;  // what a witness that forgot has
  absl::optional<RegisterRequest> outstanding_;
  Duration asked_since_;   // the outstanding request was first sent
  uint64_t risky_version_ = 0;  // an Acquire with it, of this life or an earlier one, may still arrive
  bool first_answer_ = true;    // the witness has not answered this process yet
  bool witness_busy_ = false;
  Duration busy_since_;
  Duration next_witness_;
  absl::optional<Duration> witness_failing_;
  bool witness_lost_ = false;
  bool read_soon_ = true;

  bool linked_ = false;
  Phase phase_ = Phase::kApart;
  Duration next_dial_;
  Duration following_since_;  // in this session
  bool was_brief_ = false;    // the one before
  absl::optional<Duration> lost_at_;  // the link to a primary that was followed, or the own reign
  Duration suspect_;  // in this session
  Duration stall_;
  Duration last_heard_;
  Duration primary_heard_;  // what this node asked then the primary it follows has answered
  Duration link_heard_;     // or dialled, in this session
  Duration handed_at_;      // this node was named by a Handover no earlier
  bool dead_ = false;  // the primary's process is known to have ended
  bool suspected_ = false;
  Session session_;
  Lsn sample_;  // end of the log a moment ago
  Duration sampled_;
  Duration no_gate_before_;
  Duration gate_backoff_;
  absl::optional<AwaitedAck> awaited_;  // by a member
  absl::optional<Lsn> shrink_barrier_;
  absl::optional<Duration> stalled_at_;  // and nobody has answered since
  Duration peers_suspect_;               // as the peer last said
  uint64_t pings_ = 0;
  std::deque<PingSent> pings_sent_;      // in this session, and not answered
  Duration next_ping_;
  absl::optional<Duration> heard_at_;    // what was sent then has arrived at the session's peer
  absl::optional<Duration> vouched_at_;  // asked then, the witness said that the epoch served is the present one
  absl::optional<Duration> unheard_since_;
  absl::optional<Duration> handover_since_;
  bool ending_ = false;
  bool force_ = false;
  Duration force_since_;
  absl::optional<Epoch> force_over_;  // the epoch that it is to end; 0: of a blank witness
  bool unguarded_ = false;

  bool started_ = false;
  Duration started_at_;
  Duration now_;
  Duration last_step_;
  Output out_;
};

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_PAIR_H_
