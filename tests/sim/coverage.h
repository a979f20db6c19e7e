// Marks: named places that runs must reach, counted. A search that never gets to the rare branches proves nothing about
// them, so a long run that misses one fails and names it.
//
//   Marks marks;
//   marks.Hit(Mark::kTailCut);
//   if (absl::optional<Mark> m = MarkOfLogEvent("00-20087")) marks.Hit(*m);
//   total.Add(marks);
//   for (Mark missing : Missing(total, seeds)) ...
//
// Values. A new mark: a line in the enum, one in the table of coverage.cc, and a Hit where it is seen.
#ifndef UNDERSTUDY_TESTS_SIM_COVERAGE_H_
#define UNDERSTUDY_TESTS_SIM_COVERAGE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace understudy::sim {

enum class Mark : uint8_t {
  // Said by the nodes: the log event's id stands in the table.
  kBackupActivated = 0,
  kInSync,
  kUnprotected,
  kPeerSuspected,
  kGateGivenUp,
  kBackupSlow,
  kSuperseded,
  kWitnessLost,
  kWitnessBack,
  kNotPromotable,
  kHandoverDone,
  kHandoverGivenUp,
  kUnguarded,
  kTailCut,
  kResyncBegun,
  kStateTaken,
  kResyncProven,
  kLogUnreadable,
  kPeerRefused,
  kJournalFailed,
  kJournalSetAside,
  kSlowCommit,
  kDiskLow,
  kServiceGap,
  kSnapshotSkipped,
  // Seen by the world.
  kAcquireAnswerLost,
  kShrinkAnswerLost,
  kGrowAnswerLost,
  kHandoverAnswerLost,
  kLateCopyRefused,
  kTouchVoids,
  kPromisedAboveAtStart,
  kEpochNeverServed,
  kDoubleFailover,
  kBothDead,
  kBothLostPower,
  kKilledInCommit,
  kKilledWhileKeepingPromise,
  kDiedDuringGrow,
  kTornTail,
  kCorruptLog,
  kSnapshotInterrupted,
  kStartedFromSnapshot,
  kTransferInterrupted,
  kTransferContinued,
  kRefillInterrupted,
  kRefilledTwice,
  kTailCaughtUp,
  kLogDroppedForPeer,
  kStoppedDuringHandover,
  kWokeSuperseded,
  kReleasedAgain,
  kTooOldNotSent,
  kHalfOpenLink,
  kSwizzled,
  kClockJumped,
  kReconfigured,
  kReadyWasKilled,
  kEndedInOrder,
  kWitnessDiedUnheard,
  kWitnessSlotLost,
  kClientResumed,
  kClientMoved,
  kClientHeardLate,
  kClientAskedAgain,
  kClientLastRequestApplied,
  kClientSessionEnded,
  kClientTakenOver,
  kClientTooSlow,
  kClientForgot,
  kClientCall,
  kClientCallAnswered,
  kClientConsult,
  kClientTransfer,
  kClientConference,
  kClientRedirect,
  kClientAlternate,
  kClientDigits,
  kClientFeatures,
  kClientMask,
  kClientStranger,
  kDeskPhoneHeld,
  kReliableTwice,
  kReliableMissed,
  kForkRang,
  kForkEnded,
  kSessionRefreshed,
  kServerRefreshed,
  kSessionLapsed,
  kTooBrief,
  kBlindTransfer,
  kAttendedTransfer,
  kTransferFailed,
  kTwinCancelled,
  kTwinRefused,
  kLampLit,
  kSubscriptionRenewed,
};
inline constexpr int kMarks = 97;

// One line each, in coverage.cc.
struct MarkTraits {
  Mark mark;
  absl::string_view name;
  absl::string_view what;   // for whoever must reach it
  absl::string_view event;  // the id of the log event that means it; empty: the world says it
  uint64_t within;          // a run of so many seeds must have reached it; 0: only reported
};
const MarkTraits& TraitsOf(Mark mark);
absl::Span<const MarkTraits> AllMarks();  // in the order of the enum
absl::optional<Mark> MarkOfLogEvent(absl::string_view id);

// How often each was reached in one run; of many runs, in how many, too.
class Marks {
 public:
  void Hit(Mark mark) { Add(mark, 1); }
  void Add(Mark mark, uint64_t hits) { hits_[static_cast<size_t>(mark)] += hits; }
  uint64_t hits(Mark mark) const { return hits_[static_cast<size_t>(mark)]; }

 private:
  std::array<uint64_t, kMarks> hits_ = {};
};

// Of many runs.
struct Coverage {
  struct Count {
    uint64_t hits = 0;
    uint64_t runs = 0;
    friend bool operator==(const Count&, const Count&) = default;
  };
  std::array<Count, kMarks> marks = {};

  void Add(const Marks& run);
  void Add(const Coverage& other);
  const Count& at(Mark mark) const { return marks[static_cast<size_t>(mark)]; }
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

// Those that a run of so many seeds should have reached, and did not.
std::vector<Mark> Missing(const Coverage& coverage, uint64_t seeds);

// A table: name, hits, runs, what it is; with those that are missing marked.
std::string ToText(const Coverage& coverage, uint64_t seeds);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_COVERAGE_H_
