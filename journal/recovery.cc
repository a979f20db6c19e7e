#include "journal/recovery.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::journal {
namespace {

constexpr Verdict kNew{Outcome::kNew, false, true};
constexpr Verdict kClean{Outcome::kClean, true, true};
constexpr Verdict kTorn{Outcome::kTornTailCut, true, true};
constexpr Verdict kCorrupt{Outcome::kCorrupt, false, false};
constexpr Verdict kStaleLog{Outcome::kStaleLog, false, false};
constexpr Verdict kStaleMark{Outcome::kStaleMark, false, false};
constexpr Verdict kEpoch{Outcome::kWrongEpoch, false, false};
constexpr Verdict kStore{Outcome::kWrongStore, false, false};
constexpr Verdict kUnsure{Outcome::kUnverifiable, false, false};
constexpr Verdict kNever{Outcome::kImpossible, false, false};

// One row for each LogLook, one column for each MarkLook, both in the order of their declaration.
constexpr Verdict kTable[kLogLooks][kMarkLooks] = {
    //                           no mark  both lost  one lost     good
    /* kMissing             */ {kNew,     kUnsure,   kCorrupt,    kCorrupt},
    /* kNotYetMade          */ {kNever,   kNever,    kNew,        kNew},
    /* kEmpty               */ {kUnsure,  kUnsure,   kCorrupt,    kCorrupt},
    /* kRefused             */ {kUnsure,  kUnsure,   kCorrupt,    kCorrupt},
    /* kUnmarked            */ {kUnsure,  kUnsure,   kNever,      kNever},
    /* kOtherStore          */ {kNever,   kNever,    kStore,      kStore},
    /* kEndsInEarlierEpoch  */ {kNever,   kNever,    kStaleLog,   kStaleLog},
    /* kEndsBeforeMark      */ {kNever,   kNever,    kCorrupt,    kCorrupt},
    /* kStartsAfterMark     */ {kNever,   kNever,    kStaleMark,  kStaleMark},
    /* kOtherEpochAtMark    */ {kNever,   kNever,    kEpoch,      kEpoch},
    /* kOtherChainAtMark    */ {kNever,   kNever,    kCorrupt,    kCorrupt},
    /* kEndsAtMark          */ {kNever,   kNever,    kClean,      kClean},
    /* kEndsAfterMark       */ {kNever,   kNever,    kClean,      kClean},
    /* kDamagedBeforeMark   */ {kNever,   kNever,    kCorrupt,    kCorrupt},
    /* kDamagedAfterMark    */ {kNever,   kNever,    kTorn,       kTorn},
};

}  // namespace

Verdict Judge(LogLook log, MarkLook mark) { return kTable[static_cast<int>(log)][static_cast<int>(mark)]; }

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNew: return "new";
    case Outcome::kClean: return "clean";
    case Outcome::kTornTailCut: return "torn tail cut";
    case Outcome::kCorrupt: return "corrupt";
    case Outcome::kStaleLog: return "stale log";
    case Outcome::kStaleMark: return "stale mark";
    case Outcome::kWrongEpoch: return "wrong epoch";
    case Outcome::kWrongStore: return "wrong store";
    case Outcome::kUnverifiable: return "unverifiable";
    case Outcome::kImpossible: return "impossible";
  }
  return "?";
}

absl::string_view LogLookName(LogLook look) {
  switch (look) {
    case LogLook::kMissing: return "missing";
    case LogLook::kNotYetMade: return "not yet made";
    case LogLook::kEmpty: return "empty";
    case LogLook::kRefused: return "refused by RocksDB";
    case LogLook::kUnmarked: return "without a mark to compare with";
    case LogLook::kOtherStore: return "of another store";
    case LogLook::kEndsInEarlierEpoch: return "ends in an earlier epoch than the mark's";
    case LogLook::kEndsBeforeMark: return "shorter than the mark";
    case LogLook::kStartsAfterMark: return "starts after the mark";
    case LogLook::kOtherEpochAtMark: return "of another epoch at the mark";
    case LogLook::kOtherChainAtMark: return "of another history at the mark";
    case LogLook::kEndsAtMark: return "ends at the mark";
    case LogLook::kEndsAfterMark: return "goes on after the mark";
    case LogLook::kDamagedBeforeMark: return "damaged below the mark";
    case LogLook::kDamagedAfterMark: return "damaged after the mark";
  }
  return "?";
}

absl::string_view MarkLookName(MarkLook look) {
  switch (look) {
    case MarkLook::kMissing: return "missing";
    case MarkLook::kBothSlotsLost: return "both slots lost";
    case MarkLook::kOneSlotLost: return "one slot lost";
    case MarkLook::kGood: return "good";
  }
  return "?";
}

std::string RecoveryReport::ToString() const {
  if (verdict.outcome == Outcome::kNew && log == LogLook::kMissing) return "journal new";
  std::string text = absl::StrCat("journal ", OutcomeName(verdict.outcome), ": log ", LogLookName(log), ", mark ",
                                  MarkLookName(mark.look));
  if (mark.Usable()) absl::StrAppend(&text, " at lsn ", mark.value.lsn.value());
  absl::StrAppend(&text, ", sound up to lsn ", sound.last.value(), " epoch ", epoch.value());
  if (!lsn.empty()) absl::StrAppend(&text, ", first bad lsn ", lsn.value());
  if (!detail.empty()) absl::StrAppend(&text, " (", detail, ")");
  if (!verdict.appendable) absl::StrAppend(&text, "; not promotable, nothing was changed");
  return text;
}

}  // namespace understudy::journal
