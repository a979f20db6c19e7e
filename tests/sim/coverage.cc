#include "tests/sim/coverage.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace understudy::sim {
namespace {

constexpr uint64_t kOften = 60;  // one run of four; tests/sim/fixed_seeds_test runs as many, twice
constexpr uint64_t kSoon = 300;
constexpr uint64_t kRare = 3000;
constexpr uint64_t kVeryRare = 30000;
constexpr uint64_t kNever = 0;

constexpr MarkTraits kTable[] = {
    {Mark::kBackupActivated, "backup-activated", "a node follows a primary", "00-04561", kOften},
    {Mark::kInSync, "in-sync", "the register names both", "00-20090", kOften},
    {Mark::kUnprotected, "unprotected", "a primary went on alone", "00-20091", kOften},
    {Mark::kPeerSuspected, "peer-suspected", "silence was taken for death", "00-20089", kOften},
    {Mark::kGateGivenUp, "gate-given-up", "a gate was open for too long, and closed", "00-20092", kRare},
    {Mark::kBackupSlow, "backup-slow", "effects waited for the backup beyond max-hold", "00-20093", kSoon},
    {Mark::kSuperseded, "superseded", "a primary learnt that another one serves", "00-20094", kOften},
    {Mark::kWitnessLost, "witness-lost", "the witness did not answer", "00-20095", kSoon},
    {Mark::kWitnessBack, "witness-back", "and answered again", "00-20096", kSoon},
    {Mark::kNotPromotable, "not-promotable", "a node whose journal is not whole would not serve", "00-20099", kRare},
    {Mark::kHandoverDone, "handover-done", "a switchover was granted", "00-20101", kOften},
    {Mark::kHandoverGivenUp, "handover-given-up", "a switchover ended before it was asked for", "00-20102", kRare},
    {Mark::kUnguarded, "unguarded", "a primary without peer and witness served by policy", "00-20103", kVeryRare},
    {Mark::kTailCut, "tail-cut", "a returning primary cut entries that nobody acknowledged", "00-20087", kSoon},
    {Mark::kResyncBegun, "resync-begun", "the state was sent", "00-20104", kSoon},
    {Mark::kStateTaken, "state-taken", "and taken as a whole", "00-20105", kSoon},
    {Mark::kResyncProven, "resync-proven", "and both states were proven equal", "00-20106", kOften},
    {Mark::kLogUnreadable, "log-unreadable", "a primary found its own log rotten while it fed the backup", "00-20111",
     kVeryRare},
    {Mark::kPeerRefused, "peer-refused", "a Hello was refused", "00-20084", kNever},
    {Mark::kJournalFailed, "journal-failed", "a write or fsync failed, and the node ended", "00-04512", kSoon},
    {Mark::kJournalSetAside, "journal-set-aside", "a node put its journal aside and joined blank", "00-04525", kRare},
    {Mark::kSlowCommit, "slow-commit", "a group commit took long", "00-04513", kRare},
    {Mark::kDiskLow, "disk-low", "new calls were refused for want of room", "00-04514", kRare},
    {Mark::kServiceGap, "service-gap", "time that nobody served was accounted for", "00-04516", kOften},
    {Mark::kSnapshotSkipped, "snapshot-skipped", "a damaged snapshot was passed over", "00-04511", kNever},
    {Mark::kAcquireAnswerLost, "acquire-answer-lost", "granted an epoch, and did not hear of it", "", kSoon},
    {Mark::kShrinkAnswerLost, "shrink-answer-lost", "alone by the register, and did not hear of it", "", kRare},
    {Mark::kGrowAnswerLost, "grow-answer-lost", "two by the register, and the primary did not hear of it", "", kRare},
    {Mark::kHandoverAnswerLost, "handover-answer-lost", "gave its epoch away, and did not hear of it", "", kVeryRare},
    {Mark::kLateCopyRefused, "late-copy-refused", "a copy of a request came after the register had moved on", "",
     kRare},
    {Mark::kTouchVoids, "touch-voids", "a Touch was granted: an Acquire that may be on its way is void", "", kRare},
    {Mark::kPromisedAboveAtStart, "promised-above-at-start", "a node started with a promise above the register's epoch",
     "", kRare},
    {Mark::kEpochNeverServed, "epoch-never-served", "an epoch was granted, and its primary died before it served", "",
     kRare},
    {Mark::kDoubleFailover, "double-failover", "a new primary died before its first entry was committed", "", kRare},
    {Mark::kBothDead, "both-dead", "at one time no process of the pair ran", "", kOften},
    {Mark::kBothLostPower, "both-lost-power", "both machines lost power within a second", "", kRare},
    {Mark::kKilledInCommit, "killed-in-commit", "a node died with a group commit in flight", "", kOften},
    {Mark::kKilledWhileKeepingPromise, "killed-in-promise", "a node died while a promise was being kept", "", kRare},
    {Mark::kDiedDuringGrow, "died-during-grow", "a node died while a Grow was on its way", "", kRare},
    {Mark::kTornTail, "torn-tail", "a start cut a damaged tail that nobody had been told of", "", kRare},
    {Mark::kCorruptLog, "corrupt-log", "a start found acknowledged entries damaged or missing", "", kRare},
    {Mark::kSnapshotInterrupted, "snapshot-interrupted", "a node died while it wrote a snapshot", "", kRare},
    {Mark::kStartedFromSnapshot, "started-from-snapshot", "a start loaded a snapshot and replayed the tail", "",
     kOften},
    {Mark::kTransferInterrupted, "transfer-interrupted", "the link ended while the state was sent", "", kRare},
    {Mark::kTransferContinued, "transfer-continued", "a state was sent of which the backup had a part", "", kRare},
    {Mark::kRefillInterrupted, "refill-interrupted", "a node died while its journal was begun anew", "", kRare},
    {Mark::kRefilledTwice, "refilled-twice", "one node was filled by state twice in a run", "", kRare},
    {Mark::kTailCaughtUp, "tail-caught-up", "a backup that had been away was fed from the log", "", kOften},
    {Mark::kLogDroppedForPeer, "log-dropped", "retention had dropped what a backup needed: it got the state", "",
     kRare},
    {Mark::kStoppedDuringHandover, "stopped-in-handover", "a process was stopped during a switchover", "", kRare},
    {Mark::kWokeSuperseded, "woke-superseded", "a stopped primary went on after its successor had served", "", kSoon},
    {Mark::kReleasedAgain, "released-again", "effects of the uncertain window left again, byte by byte", "", kOften},
    {Mark::kTooOldNotSent, "too-old-not-sent", "an effect was dropped for its age", "", kOften},
    {Mark::kHalfOpenLink, "half-open-link", "one end of a link was gone and the other did not know", "", kOften},
    {Mark::kSwizzled, "swizzled", "a link's end was seen after the next link had opened", "", kOften},
    {Mark::kClockJumped, "clock-jumped", "the wall clock of a primary jumped", "", kOften},
    {Mark::kReconfigured, "reconfigured", "a DN came or went while calls were there", "", kSoon},
    {Mark::kReadyWasKilled, "ready-was-killed", "a primary that said ready died, and the other node served", "",
     kOften},
    {Mark::kEndedInOrder, "ended-in-order", "a primary that was asked to end did, and the other node served", "",
     kSoon},
    {Mark::kWitnessDiedUnheard, "witness-died-unheard",
     "the witness died with a change on its disk that it had told nobody", "", kSoon},
    {Mark::kWitnessSlotLost, "witness-slot-lost",
     "the witness started with one slot damaged, and went on with the other", "", kSoon},
    {Mark::kClientResumed, "client-resumed", "a client went on with its session over another link", "", kOften},
    {Mark::kClientMoved, "client-moved", "a client's session went on at the other node", "", kOften},
    {Mark::kClientHeardLate, "client-heard-late", "events had waited for their client to be back", "", kOften},
    {Mark::kClientAskedAgain, "client-asked-again", "requests were said again over another link", "", kOften},
    {Mark::kClientLastRequestApplied, "client-request-applied",
     "a request was applied, and its outcome came over another link only", "", kOften},
    {Mark::kClientSessionEnded, "client-session-ended", "a client came back to a session that was over", "", kSoon},
    {Mark::kClientTakenOver, "client-taken-over", "a session was taken over by another link of its client", "", kNever},
    {Mark::kClientTooSlow, "client-too-slow", "a client did not take its events, and was left behind", "", kRare},
    {Mark::kClientForgot, "client-forgot", "a client forgot its session", "", kOften},
    {Mark::kClientCall, "client-call", "a client has begun a call", "", kOften},
    {Mark::kClientCallAnswered, "client-call-answered", "a phone answered because a client wanted it to", "", kOften},
    {Mark::kClientConsult, "client-consult", "a client has begun a consult call", "", kSoon},
    {Mark::kClientTransfer, "client-transfer", "a client has transferred a call", "", kSoon},
    {Mark::kClientConference, "client-conference", "a client has made a conference", "", kSoon},
    {Mark::kClientRedirect, "client-redirect", "a client has sent a ringing call elsewhere", "", kSoon},
    {Mark::kClientAlternate, "client-alternate", "a client has gone from one call of a phone to the other", "", kSoon},
    {Mark::kClientDigits, "client-digits", "a client has sent digits", "", kSoon},
    {Mark::kClientFeatures, "client-features", "a client has let a phone forward its calls, or take none", "", kSoon},
    {Mark::kClientMask, "client-mask", "a client has said what it does not want to hear", "", kSoon},
    {Mark::kClientStranger, "client-stranger", "a wrong password was refused", "", kSoon},
    {Mark::kDeskPhoneHeld, "desk-phone-held", "a desk phone has put somebody on hold by itself, or as it was told", "",
     kSoon},
    {Mark::kReliableTwice, "reliable-twice", "a call rang reliably for the second time", "", kOften},
    {Mark::kReliableMissed, "reliable-missed", "a reliable answer was missed, and came again", "", kOften},
    {Mark::kForkRang, "fork-rang", "a second phone rang for one INVITE", "", kOften},
    {Mark::kForkEnded, "fork-ended", "a second phone answered it, too, and was sent away", "", kOften},
    {Mark::kSessionRefreshed, "session-refreshed", "a party has refreshed its session", "", kOften},
    {Mark::kServerRefreshed, "server-refreshed", "the server has refreshed its session with a party", "", kSoon},
    {Mark::kSessionLapsed, "session-lapsed", "a session ended because nobody had refreshed it", "", kSoon},
    {Mark::kTooBrief, "too-brief", "an interval was too brief, and a longer one was asked for", "", kSoon},
    {Mark::kBlindTransfer, "blind-transfer", "a phone has handed its call over to a number", "", kOften},
    {Mark::kAttendedTransfer, "attended-transfer", "a phone has joined those it talked to", "", kOften},
    {Mark::kTransferFailed, "transfer-failed", "a phone was told that nobody takes its call, and went on", "", kOften},
    {Mark::kTwinCancelled, "twin-cancelled", "the second phone of a number rang until the call was taken, or over", "",
     kOften},
    {Mark::kTwinRefused, "twin-refused", "the second phone of a number has refused", "", kOften},
    {Mark::kLampLit, "lamp-lit", "a lamp went on for a call", "", kOften},
    {Mark::kSubscriptionRenewed, "subscription-renewed", "a subscription was renewed within its dialog", "", kOften},
};
static_assert(sizeof(kTable) / sizeof(kTable[0]) == kMarks, "a line each");

constexpr bool InOrder() {
  for (int i = 0; i < kMarks; ++i) {
    if (static_cast<int>(kTable[i].mark) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "in the order of the enum");

}  // namespace

const MarkTraits& TraitsOf(Mark mark) {
  return kTable[static_cast<size_t>(mark)];
}

absl::Span<const MarkTraits> AllMarks() {
  return kTable;
}

absl::optional<Mark> MarkOfLogEvent(absl::string_view id) {
  for (const MarkTraits& traits : kTable) {
    if (!traits.event.empty() && traits.event == id) return traits.mark;
  }
  return absl::nullopt;
}

void Coverage::Add(const Marks& run) {
  for (const MarkTraits& traits : kTable) {
    const uint64_t hits = run.hits(traits.mark);
    Count& count = marks[static_cast<size_t>(traits.mark)];
    count.hits += hits;
    count.runs += hits > 0 ? 1 : 0;
  }
}

void Coverage::Add(const Coverage& other) {
  for (size_t i = 0; i < marks.size(); ++i) {
    marks[i].hits += other.marks[i].hits;
    marks[i].runs += other.marks[i].runs;
  }
}

std::vector<Mark> Missing(const Coverage& coverage, uint64_t seeds) {
  std::vector<Mark> missing;
  for (const MarkTraits& traits : kTable) {
    const bool due = traits.within != kNever && seeds >= traits.within;
    if (due && coverage.at(traits.mark).runs == 0) missing.push_back(traits.mark);
  }
  return missing;
}

std::string ToText(const Coverage& coverage, uint64_t seeds) {
  std::string text = absl::StrFormat("%-26s %10s %10s  %s\n", "mark", "hits", "runs", "what it is");
  for (const MarkTraits& traits : kTable) {
    const Coverage::Count& count = coverage.at(traits.mark);
    const bool due = traits.within != kNever && seeds >= traits.within && count.runs == 0;
    absl::StrAppend(&text, absl::StrFormat("%-26s %10d %10d  %s%s\n", traits.name, count.hits, count.runs,
                                           due ? "NEVER REACHED: " : "", traits.what));
  }
  return text;
}

}  // namespace understudy::sim
