// What can go wrong in a simulated world, as data: kinds, whom they strike, when they begin; and what each may cost.
//
//   Fault fault;
//   fault.kind = FaultKind::kKill;
//   fault.target = Target::kPrimary;
//   fault.at = Duration::Seconds(12);
//   fault.when = Trigger::kGrow;             // the first time after 12 s that a Grow is on its way
//   fault.duration = Duration::Seconds(2);   // the process stays dead for so long
//   ToText(fault);   // "kill primary at=12.000000 when=grow for=2.000000"
//
// Values. A kind is one line in the table of fault.cc; docs/testing.md says how to add one. Not among them, for the
// protocol does not allow it: a witness that forgets, for both slots of its file are damaged, or it is restored from an
// older copy. An fsync that lies leaves no whole disk, either: it is a matter of one node's journal
// (tests/sim/sim_disk_test).
#ifndef UNDERSTUDY_TESTS_SIM_FAULT_H_
#define UNDERSTUDY_TESTS_SIM_FAULT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/time.h"

namespace understudy::sim {

enum class FaultKind : uint8_t {
  // Between the phones and the service address. Strength: milliseconds more, or datagrams of a thousand.
  kPhoneDelay = 0,
  kPhoneLoss,
  kPhoneDuplicate,
  kPhoneReorder,
  kPhoneCut,  // the node's host and the phones do not reach each other
  // Between the nodes.
  kLinkCut,
  kLinkCutOneWay,
  kLinkSlow,     // strength: milliseconds more
  kLinkBreak,    // reset: both ends see it, at different times
  kLinkSwizzle,  // broken again and again; strength: times
  kHostCut,      // the node's host loses its network: peer, witness and phones
  // Disks.
  kPowerLoss,         // of what was not synced, strength thousandths survive
  kTornWrite,         // power loss in the midst of a write
  kBitFlip,           // in what is stored
  kMisdirectedWrite,  // a batch lands where another one was
  kDiskFull,
  kDiskSlow,    // strength: times
  kFsyncFails,
  kDiskFreeze,
  // Processes.
  kKill,
  kBlank,        // killed, and restarted with an empty disk
  kOrderlyStop,  // SIGTERM: it hands over, closes its journal and ends
  kStop,   // SIGSTOP, and SIGCONT after `duration`
  kClockForward,     // wall clock; strength: milliseconds
  kClockBack,
  kDoubleKill,       // both; strength: microseconds between the two
  kDoublePowerLoss,  // likewise
  // The witness. Strength: percent of the requests.
  kWitnessDown,        // for requests of the target
  kWitnessSlow,        // strength: times
  kWitnessAnswerLost,  // done, and nobody hears of it
  kWitnessRequestLost,
  kWitnessLateCopy,    // a copy of the request arrives later
  // The operator.
  kSwitchover,
  kResync,
  kReconfigure,      // a DN comes, or goes
  kReadinessPolled,  // strength: milliseconds between two questions
  kForcePromote,
  // The witness's machine, which is a third one. With a condition, at a change of its file, or between the last one and
  // the answer; at a time, at once, and perhaps again while it starts: as `draw` says.
  kWitnessKill,
  kWitnessPowerLoss,
  kWitnessBitFlip,  // killed, and a bit of one of its two slots flips
  // Clients. Strength: percent of them.
  kClientCut,      // their links to the struck nodes end, and none comes about
  kClientStall,    // they read nothing
  kClientRestart,  // they forget their sessions, and come back
};
inline constexpr int kFaultKinds = 43;

enum class Target : uint8_t {
  kA = 0,
  kB,
  kBoth,
  kPrimary,  // at that time, by the register
  kBackup,   // the other one
  kPathAToB,
  kPathBToA,
};
inline constexpr int kTargets = 7;

// The condition with which a fault begins. Those of a node must hold at the node that is struck; the others anywhere.
enum class Trigger : uint8_t {
  kAtTime = 0,
  // Of the pair.
  kReady,        // the primary says that it is ready for a switchover
  kUnprotected,  // the primary runs alone
  kCatchUp,      // the backup follows and is not in the set yet
  kGate,         // the gate is open: Grow is next
  kHandover,     // input is stopped for a switchover
  kTransfer,     // the state is on its way to the backup
  kProof,        // the states are being compared
  kCreate,       // this request is on its way to the witness, or its answer back
  kShrink,
  kGrow,
  kAcquire,
  kHandoverAsked,
  kTouch,
  // Of a node.
  kSnapshot,   // one is being written, or adopted: a fault begins at one of the changes of files within (IsWithin)
  kPromise,    // one is being kept
  kRefill,     // the journal is being begun anew, from the peer's state or blank: likewise
  kCommit,     // a group commit is in flight
  kPromotion,  // it serves, and nothing of its reign is committed yet
  kRecovery,   // started, and it has not joined or served yet
};
inline constexpr int kTriggers = 20;

// A set of triggers.
class Triggers {
 public:
  constexpr Triggers() = default;
  static constexpr Triggers All() { return Triggers((uint32_t{1} << kTriggers) - 1); }
  constexpr void Add(Trigger t) { bits_ |= Bit(t); }
  constexpr bool Has(Trigger t) const { return (bits_ & Bit(t)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr Triggers operator|(Triggers a, Triggers b) { return Triggers(a.bits_ | b.bits_); }
  friend constexpr Triggers operator&(Triggers a, Triggers b) { return Triggers(a.bits_ & b.bits_); }
  friend constexpr bool operator==(Triggers, Triggers) = default;

 private:
  constexpr explicit Triggers(uint32_t bits) : bits_(bits) {}
  static constexpr uint32_t Bit(Trigger t) { return uint32_t{1} << static_cast<uint32_t>(t); }
  uint32_t bits_ = 0;
};

struct Fault {
  FaultKind kind = FaultKind::kKill;
  Target target = Target::kPrimary;
  Duration at;                          // since the world began, in microseconds
  Trigger when = Trigger::kAtTime;      // at `at`, or the first time after it that this holds
  Duration delay;                       // after that
  Duration duration;                    // see FaultTraits::lasts
  uint32_t strength = 0;                // see FaultTraits::unit
  uint64_t draw = 0;                    // the seed of what the fault itself draws: which bit, which batch

  friend bool operator==(const Fault&, const Fault&) = default;
};

// What a kind is. One line each, in fault.cc.
struct FaultTraits {
  FaultKind kind;
  absl::string_view name;  // one word
  absl::string_view unit;  // of its strength; empty: it has none
  bool lasts;              // `duration` says how long; of what ends a process: until it is started again
  bool ends_process;       // of the target, at once or with its next write
  bool harms_disk;         // what was acknowledged may be missing from it afterwards
  bool changes_roles;      // struck at the primary of a pair that is ready, the other node serves next
};
const FaultTraits& TraitsOf(FaultKind kind);
// In the order of the enum.
absl::Span<const FaultTraits> AllFaults();
// The process does nothing more, whatever it was about to do.
bool EndsAtOnce(FaultKind kind);
// Of the connection between the nodes.
bool IsOfTheLink(FaultKind kind);
// Of the requests to it and their answers, or of its machine.
bool IsOfTheWitness(FaultKind kind);
bool IsOfTheWitnessMachine(FaultKind kind);
bool IsOfClients(FaultKind kind);

absl::string_view TargetName(Target target);
absl::string_view TriggerName(Trigger trigger);
bool IsOfANode(Trigger trigger);
// It holds within a task of the process only: the fault begins at one of the changes of files there, which `draw` says,
// and at once.
constexpr bool IsWithin(Trigger trigger) { return trigger == Trigger::kSnapshot || trigger == Trigger::kRefill; }

// What the checkers look at. Those that no class of runs relaxes are not in the table below.
enum class Check : uint8_t {
  kNone = 0,
  kOneReleaser,       // at most one node releases in an epoch
  kReleasedSurvives,  // every released effect's entry is in the surviving history
  kDigestsEqual,      // equal lsn, equal state
  kCallsAgree,        // each call a phone believes in exists in the server within a bound, and the other way round
  kPhones,            // the phones' and gateways' own specification
  kTimers,            // none is lost
  kReadiness,         // it never says yes when a failover would lose something
  kReleaseAge,        // nothing older is sent
  kMemory,            // bounded
  kService,           // nobody serves only for so long as the faults that stop the service, and a failover, take
  kPairAgain,         // when the faults are over there is a pair, and it serves
  kRegisterKept,      // what the witness has said it does not take back, whatever becomes of its process and machine
  kClients,           // the clients' own specification
  kCrash,             // a CHECK failed, or a signal: found by whoever runs the worlds
  kHang,              // a run does not end
  kNotDeterministic,  // the same plan, another digest
};
inline constexpr int kChecks = 17;
absl::string_view CheckName(Check check);

enum class RunClass : uint8_t {
  kStrict = 0,         // nothing is relaxed: there is always a whole copy of what was released (fault_schedule.h)
  kAloneUnguarded,     // on-witness-loss: alone
  kLastCopyMayBeLost,  // every fault strikes, and the operator forces a node to serve when nobody may
};
inline constexpr int kRunClasses = 3;
absl::string_view RunClassName(RunClass run_class);

// All that is ever relaxed, and why. Everything else holds in every run: in particular one releaser an epoch, equal
// digests, release age, honest readiness, timers, memory.
struct Relaxation {
  RunClass run_class;
  Check check;
  absl::string_view reason;
};
inline constexpr Relaxation kRelaxations[] = {
    {RunClass::kAloneUnguarded, Check::kReleasedSurvives,
     "a primary that lost peer and witness goes on by the operator's wish; the peer may be given the next epoch "
     "without what it released since"},
    {RunClass::kAloneUnguarded, Check::kCallsAgree,
     "calls that only the unguarded primary knew are cut with its tail; phones learn it with their next request"},
    {RunClass::kAloneUnguarded, Check::kPhones, "likewise: such a call ends with a 481 that no party caused"},
    {RunClass::kAloneUnguarded, Check::kClients, "likewise: what clients asked and heard is cut with that tail"},
    {RunClass::kLastCopyMayBeLost, Check::kReleasedSurvives,
     "both disks may be damaged, or the only member's: then what it alone had is nowhere"},
    {RunClass::kLastCopyMayBeLost, Check::kCallsAgree, "likewise: the calls in it are nowhere"},
    {RunClass::kLastCopyMayBeLost, Check::kPhones, "likewise: such a call ends with a 481 that no party caused"},
    {RunClass::kLastCopyMayBeLost, Check::kClients, "likewise: sessions are rows of that state"},
    {RunClass::kLastCopyMayBeLost, Check::kTimers, "likewise: timers are rows of that state"},
    {RunClass::kLastCopyMayBeLost, Check::kReadiness,
     "a flipped bit in what the backup stored is found when it is read, which readiness does not do"},
    {RunClass::kLastCopyMayBeLost, Check::kService, "likewise: where nothing whole is left nobody serves"},
    {RunClass::kLastCopyMayBeLost, Check::kPairAgain,
     "with no member left only force goes on, and a forced node may not be the one with a readable journal"},
};
bool IsRelaxed(RunClass run_class, Check check);

// One line: "kill primary at=12.000000 when=grow delay=0.000350 for=2.000000 draw=9af3". What is 0 or at-time is left
// out. Parse is its inverse; InvalidArgument says which word it does not understand.
std::string ToText(const Fault& fault);
absl::StatusOr<Fault> ParseFault(absl::string_view text);

// Seconds with six decimals; Parse takes fewer, too.
std::string SecondsText(Duration d);
absl::StatusOr<Duration> ParseSeconds(absl::string_view text);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_FAULT_H_
