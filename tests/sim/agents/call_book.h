// What all agents together know of every call: who calls whom and how, what each side has said and heard, and when the
// servers could not be reached. Rules that need both sides are decided here.
//
//   CallBook book([&](absl::string_view text) { failures.push_back(std::string(text)); }, Tolerance(), &events);
//   book.ServiceDown();  ...  book.ServiceUp();       // the world: nobody serves between the two
//
// Every request of an agent carries "X-Sim: <call>.<side>.<step>", which the servers carry on as a header they do not
// know; whoever answers repeats it with his own side. So each side knows whose words it hears, and nothing else does.
//
// Where faults are about, a rule cannot be "this never happens". It is then "this happens for a reason that is on the
// books": a message of that call that the path has lost, an agent that was off, a time without service. `Trouble` adds
// them up in seconds, and a rule allows for what so many seconds can do. A single loss, or a short outage, excuses
// nothing; times without service that follow each other within a second are one. A connection that breaks may be the
// end of what is said over it just then, and of nothing else: a call in which nothing is said goes on.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_CALL_BOOK_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_CALL_BOOK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// What the specification allows for. The defaults follow from RFC 3261's timers with T1 = 500 ms.
struct Tolerance {
  // The path delivers nothing that is older (RFC 3261 17.1.2.2: T4).
  Duration message_age = Duration::Seconds(5);
  // With no trouble at all: until the other side of a call that has ended knows. An INVITE on its way, its provisional
  // answer, and the CANCEL that had to wait for it.
  Duration settle = Duration::Seconds(16);
  // With little trouble: likewise. A request is given up after 32 s, and a BYE may wait as long for an ACK.
  Duration settle_late = Duration::Seconds(75);
  // Trouble that makes every repetition of one request fail: an INVITE goes out seven times in 32 s, at 0, 0.5, 1.5,
  // 3.5, 7.5, 15.5 and 31.5 s; to lose them all takes at least four losses, or outages of more than that time together
  // with the losses.
  Duration fatal = Duration::Seconds(12);
  Duration a_loss = Duration::Seconds(3);     // what one lost message counts for
  Duration an_outage = Duration::Seconds(3);  // the least that an outage counts for
  // An attempt to connect that began while nobody was there may take so long to fail, and what is said meanwhile waits
  // for it and fails with it, though the agent is back by then (RFC 3261 18.1.1, 18.4): 0.9 s, and a pause of the
  // server's that is too short for the books.
  Duration connecting = Duration::Milliseconds(1200);
  // What is said so long before a connection breaks, or after it is there again, may be lost with it: the answer, and
  // the way of the new one to the server.
  Duration under_way = Duration::Seconds(3);
  // What should have been renewed while nobody served gets so long from then on.
  Duration grace = Duration::Seconds(32);
};

// How a call shall go: drawn by the Workload, played by both parties. Times count from what comes before.
struct CallPlan {
  enum class Kind : uint8_t {
    kCall,
    kMessage,  // MESSAGE outside a dialog
    kOptions,  // OPTIONS to the server; there is no other side
  };
  enum class Answer : uint8_t {
    kAccept,
    kReject,   // with `status`
    kLetRing,  // never: the caller gives up, or the server does
  };
  Kind kind = Kind::kCall;
  Duration begin;
  uint32_t caller = 0;
  std::string dialled;
  static constexpr uint32_t kNobody = 0xFFFFFFFF;
  uint32_t callee = kNobody;  // the agent behind `dialled`

  Answer answer = Answer::kAccept;
  int status = 486;
  int expected_status = 0;  // of a call to nobody: what the server must say
  bool rings = true;        // 180 before the answer; early_media: 183 with a session description
  bool early_media = false;
  bool reliable = false;         // the caller supports 100rel, and the callee uses it
  bool reliable_twice = false;   // likewise, and rings once more, reliably
  bool misses_reliable = false;  // likewise, and the caller does not see what comes so for the first time
  Duration ring;                 // until the answer
  Duration patience;             // of the caller, from its INVITE
  Duration no_answer;            // the server's, of that number
  Duration talk;                 // from the answer to the BYE
  uint8_t hangs_up = 0;          // side; 2: both at once

  // Another phone behind the callee, a gateway, has got the same INVITE, and answers it under a To tag of its own
  // (RFC 3261 12.1, 13.2.2.4).
  struct Fork {
    bool rings = false;
    bool early_media = false;
    Duration rings_after;  // the INVITE
    bool answers = false;  // as well as the first, which the caller has heard of by then
    Duration answers_after;
  };
  Fork fork;

  // The interval of its session (RFC 4028): from end to end, or of one side and the server.
  struct Timer {
    uint32_t asked = 0;        // by the caller; seconds, 0: it does not
    char refresher = 0;        // 'c' uac, 's' uas, 0: it does not say
    char chosen = 'c';         // by a callee that may
    bool supported = true;     // by the callee
    bool with_server[2] = {};  // the side's DN has sip-session-timer
    bool by_update[2] = {};    // else by re-INVITE
    bool lazy[2] = {};         // promises to refresh, and does not
    Duration pace;             // from one refresh to the next
    bool used() const { return asked != 0 || with_server[0] || with_server[1]; }
    bool end_to_end() const { return !with_server[0] && !with_server[1]; }
  };
  Timer timer;

  struct Step {
    enum class What : uint8_t {
      kHold,      // re-INVITE, sendonly
      kInactive,  // re-INVITE, inactive
      kRetrieve,  // re-INVITE, sendrecv
      kUpdate,
      kInfo,
      kMessage,
      kOptions,
      kRefer,    // to `number`, call `call`
      kMute,     // the party is off for `span`
      kRestart,  // it forgets everything and is back after `span`
    };
    Duration after;  // the answer
    uint8_t side = 0;
    What what = What::kInfo;
    Duration span;
    uint32_t call = 0;  // the call that a REFER shall make
  };
  std::vector<Step> steps;
};

// What one side of a call did and saw. Facts only; never taken back.
struct CallSide {
  uint32_t agent = CallPlan::kNobody;  // who shall be it
  bool begun = false;                  // its INVITE has gone out, or come
  bool accepted = false;               // 200 to the INVITE: said by the callee, heard by the caller
  bool cancelled = false;              // CANCEL: said by the caller, heard by the callee
  bool hung_up = false;                // has said BYE, or has sent the caller away
  bool over = false;                   // holds nothing for going on any more
  bool gave_up = false;                // a wait of its own came to no end: it took the call for lost
  bool updates = false;                // has said UPDATE: the other one's may be refused with 491
  bool gone = false;                   // has forgotten the call
  bool denied = false;                 // has said that there is no such call (481)
  int status = 0;                      // of the failure: said by the callee, heard by the caller
  uint32_t life = 0;                   // of the agent, when it began
  Duration begun_at;
  Duration accepted_at;
  Duration over_at;
  Duration lapses_at = Duration::Seconds(1000000);  // its session: it should have refreshed, and has not
  uint32_t invite_step = 1;                         // of the INVITE that began it: before may be such as got a 422
  uint32_t losses = 0;                              // messages of its dialog that the path has lost
  std::vector<Duration> said;   // when it said its step n, at n - 1: requests in this call, the INVITE first
  std::vector<Duration> heard;  // when the other side's step n came, at n - 1; FarFuture: it has not
  uint32_t version = 0;         // of its session description
  std::string directions;       // letter n: of version n + 1
  uint32_t heard_version = 0;   // newest of the other side's
};

struct CallRecord {
  CallPlan plan;
  CallSide side[2];
  bool beside_begun = false;  // a second phone of the callee's number has got the INVITE
  int beside_status = 0;      // with which that one has refused
};

// What has happened in all.
struct CallCounts {
  uint64_t begun = 0;
  uint64_t answered = 0;  // 200 heard by the caller
  uint64_t released = 0;  // ended by a BYE
  uint64_t cancelled = 0;
  uint64_t refused = 0;    // by the callee, as planned
  uint64_t no_answer = 0;  // by the server's patience
  uint64_t nowhere = 0;    // 404, 480: as planned
  uint64_t given_up = 0;   // no answer in time, with trouble enough on the books
  uint64_t lost_by_restart = 0;
  uint64_t transfers = 0;  // calls made by a REFER
  uint64_t holds = 0;      // re-INVITEs accepted
  uint64_t glares = 0;     // 491 heard
  uint64_t inside = 0;     // other requests inside a dialog answered 2xx
  uint64_t messages = 0;   // MESSAGE outside a dialog answered 2xx
  uint64_t options = 0;
  uint64_t pracks = 0;
  uint64_t reliable_twice = 0;   // reliable answers after the first
  uint64_t reliable_missed = 0;  // that came again
  uint64_t forks_rung = 0;
  uint64_t refreshes = 0;         // of sessions, by a party, accepted
  uint64_t server_refreshes = 0;  // heard
  uint64_t lapsed = 0;            // ended because nobody refreshed
  uint64_t too_brief = 0;         // 422
  uint64_t forks_ended = 0;       // answered, acknowledged, and sent away
  uint64_t registrations = 0;     // REGISTERs answered 200
  uint64_t cancel_races = 0;      // 200 heard after CANCEL
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t repeated = 0;  // received messages that had come before
  uint64_t resent = 0;    // sent once more
  uint64_t violations = 0;
  std::map<int, uint64_t> failures;  // calls by the status that the caller heard
};

class CallBook {
 public:
  using OnViolated = std::function<void(absl::string_view)>;

  CallBook(OnViolated on_violated, Tolerance tolerance, EventQueue* events);

  // Names: indexes from 0 and numbers from 1, in the order of the calls.
  // `stream`: it speaks over a connection, where nothing is repeated: one that breaks may be the end of a request.
  uint32_t AddAgent(std::string name, bool stream);
  uint32_t AddCall(CallPlan plan);
  const std::string& AgentName(uint32_t agent) const { return agents_[agent].name; }

  CallRecord* Find(uint32_t call);
  const CallRecord* Find(uint32_t call) const;
  uint32_t size() const { return static_cast<uint32_t>(calls_.size()); }
  // INVITE calls that have begun; that the caller knows the answer of, accepted or refused.
  uint32_t Begun() const;
  uint32_t Settled() const;

  // Times without service, for all agents.
  void ServiceDown();
  void ServiceUp();
  // A node begins to serve, be it that nobody has noticed a time without.
  void NoteServing() { serving_at_ = now(); }
  // The disk of whoever serves is low at this moment: new calls are refused with 503.
  void NoteLowDisk() { low_at_ = now(); }
  bool DiskWasLow(Duration since) const { return low_at_ >= since; }
  // Times in which one agent was off; or had no connection.
  void NoteOff(uint32_t agent, Duration from, Duration to);
  void ConnectionLost(uint32_t agent);
  void ConnectionBack(uint32_t agent);
  static constexpr Duration FarFuture() { return Duration::Seconds(1000000); }
  // Of the servers' clocks one was wrong when a node began to serve: what was there may have ended too early.
  void NoteLostTime() { lost_time_at_ = now(); }
  bool HasLostTime(Duration since) const { return since <= lost_time_at_; }

  // What counts against the servers' word since `from`: for an agent alone, and for a call with both its sides.
  Duration Trouble(uint32_t agent, Duration from) const;
  Duration TroubleOf(uint32_t call, Duration from) const;
  bool IsFatal(Duration trouble) const { return trouble >= tolerance_.fatal; }
  // Whether the servers may say that what they were asked since `from` could not reach that agent (8.1.3.1).
  bool MayBeUnreachable(uint32_t agent, Duration from) const;

  // Whether there is a reason on the books for the server to end that side of the call: the other party has left, or
  // must seem to have, or this one must.
  bool MayEnd(uint32_t call, uint8_t side) const;
  // Likewise, and trouble and times are none.
  bool HasLeft(uint32_t call, uint8_t side) const;

  // Of a session of the server's, refreshed for the last time at `since`: until when it may go on that should end at
  // `due`; and whether the server may still have to refresh it, which it should have done at `due`.
  Duration MayGoOnUntil(uint32_t call, Duration since, Duration due) const;
  bool MayRefreshLate(uint32_t call, Duration since, Duration due) const;

  // That side is through with the call. Until the other one is, too, there is a bound: Tolerance.
  void Over(uint32_t call, uint8_t side);

  // Both sides have left the call without a word that was heard: the server may hold it for ever.
  bool IsAbandoned(uint32_t call) const;
  // The call whose caller's dialog with the server has that Call-ID; 0: none.
  uint32_t CallOf(absl::string_view caller_call_id) const;
  void NoteCallId(uint32_t call, absl::string_view caller_call_id);

  // A number is registered, or is not any more. Without a break since: FarFuture when it is not registered.
  void NoteRegistered(uint32_t agent, Duration since, Duration until);
  bool RegisteredSince(uint32_t agent, Duration since) const;

  // `agent` sees what must not be. `call` 0: none.
  void Violated(uint32_t agent, uint32_t call, absl::string_view what, absl::string_view message);

  CallCounts& counts() { return counts_; }
  const CallCounts& counts() const { return counts_; }
  const Tolerance& tolerance() const { return tolerance_; }
  Duration now() const { return events_->now(); }

 private:
  struct Span {
    Duration from;
    Duration to;
  };
  struct AgentRow {
    std::string name;
    bool stream = false;
    std::vector<Span> off;
    Duration alone_since = FarFuture();  // without a connection
    Duration registered_since = FarFuture();
    Duration registered_until;
  };

  Duration WeightOf(Span span, Duration from, Duration least) const;
  Duration Sum(const std::vector<Span>& spans, Duration from, Duration least) const;
  Duration Outages(Duration from) const;
  Duration Unserved(Duration from) const;
  Duration ServedSince() const;
  Duration TroubleBeside(uint32_t call, Duration from) const;
  Duration OffTimes(uint32_t agent, Duration from) const;
  Duration BreaksOf(const CallRecord& record, uint32_t agent, Duration from) const;
  Span MayBeLost(const CallRecord& record, Span broken) const;
  bool IsUnderWay(const CallRecord& record, Span broken) const;
  static void Add(Span span, std::vector<Span>* spans);
  void CheckSettled(uint32_t call, uint8_t side, bool late);

  const OnViolated on_violated_;
  const Tolerance tolerance_;
  EventQueue* const events_;
  std::vector<AgentRow> agents_;
  std::vector<CallRecord> calls_;  // number n at n - 1
  std::vector<Span> outages_;
  Duration low_at_ = Duration() - FarFuture();
  Duration down_since_ = FarFuture();
  Duration serving_at_;
  Duration lost_time_at_ = Duration::Seconds(-1);
  std::map<std::string, uint32_t, std::less<>> call_of_;  // by the caller's Call-ID
  CallCounts counts_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_CALL_BOOK_H_
