#include "tests/sim/fault.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace understudy::sim {
namespace {

//   kind                              name                  unit        lasts  ends   harms  roles
constexpr FaultTraits kTable[] = {
    {FaultKind::kPhoneDelay,         "phone-delay",          "ms",       true,  false, false, false},
    {FaultKind::kPhoneLoss,          "phone-loss",           "permille", true,  false, false, false},
    {FaultKind::kPhoneDuplicate,     "phone-duplicate",      "permille", true,  false, false, false},
    {FaultKind::kPhoneReorder,       "phone-reorder",        "permille", true,  false, false, false},
    {FaultKind::kPhoneCut,           "phone-cut",            "",         true,  false, false, false},
    {FaultKind::kLinkCut,            "link-cut",             "",         true,  false, false, false},
    {FaultKind::kLinkCutOneWay,      "link-cut-one-way",     "",         true,  false, false, false},
    {FaultKind::kLinkSlow,           "link-slow",            "ms",       true,  false, false, false},
    {FaultKind::kLinkBreak,          "link-break",           "",         false, false, false, false},
    {FaultKind::kLinkSwizzle,        "link-swizzle",         "times",    true,  false, false, false},
    {FaultKind::kHostCut,            "host-cut",             "",         true,  false, false, false},
    {FaultKind::kPowerLoss,          "power-loss",           "permille", true,  true,  false, true},
    {FaultKind::kTornWrite,          "torn-write",           "",         true,  true,  false, true},
    {FaultKind::kBitFlip,            "bit-flip",             "",         false, false, true,  false},
    {FaultKind::kMisdirectedWrite,   "misdirected-write",    "",         false, false, true,  false},
    {FaultKind::kDiskFull,           "disk-full",            "",         true,  true,  false, false},
    {FaultKind::kDiskSlow,           "disk-slow",            "times",    true,  false, false, false},
    {FaultKind::kFsyncFails,         "fsync-fails",          "",         true,  true,  false, false},
    {FaultKind::kDiskFreeze,         "disk-freeze",          "",         true,  false, false, false},
    {FaultKind::kKill,               "kill",                 "",         true,  true,  false, true},
    {FaultKind::kBlank,              "blank",                "",         true,  true,  true,  true},
    {FaultKind::kOrderlyStop,        "orderly-stop",         "",         true,  true,  false, true},
    {FaultKind::kStop,               "stop",                 "",         true,  false, false, false},
    {FaultKind::kClockForward,       "clock-forward",        "ms",       false, false, false, false},
    {FaultKind::kClockBack,          "clock-back",           "ms",       false, false, false, false},
    {FaultKind::kDoubleKill,         "double-kill",          "us",       true,  true,  false, false},
    {FaultKind::kDoublePowerLoss,    "double-power-loss",    "us",       true,  true,  false, false},
    {FaultKind::kWitnessDown,        "witness-down",         "",         true,  false, false, false},
    {FaultKind::kWitnessSlow,        "witness-slow",         "times",    true,  false, false, false},
    {FaultKind::kWitnessAnswerLost,  "witness-answer-lost",  "percent",  true,  false, false, false},
    {FaultKind::kWitnessRequestLost, "witness-request-lost", "percent",  true,  false, false, false},
    {FaultKind::kWitnessLateCopy,    "witness-late-copy",    "percent",  true,  false, false, false},
    {FaultKind::kSwitchover,         "switchover",           "",         false, false, false, true},
    {FaultKind::kResync,             "resync",               "",         false, false, false, false},
    {FaultKind::kReconfigure,        "reconfigure",          "",         false, false, false, false},
    {FaultKind::kReadinessPolled,    "readiness-polled",     "ms",       true,  false, false, false},
    {FaultKind::kForcePromote,       "force-promote",        "",         false, false, false, false},
    {FaultKind::kWitnessKill,        "witness-kill",         "",         true,  false, false, false},
    {FaultKind::kWitnessPowerLoss,   "witness-power-loss",   "",         true,  false, false, false},
    {FaultKind::kWitnessBitFlip,     "witness-bit-flip",     "",         true,  false, false, false},
    {FaultKind::kClientCut,          "client-cut",           "percent",  true,  false, false, false},
    {FaultKind::kClientStall,        "client-stall",         "percent",  true,  false, false, false},
    {FaultKind::kClientRestart,      "client-restart",       "percent",  true,  false, false, false},
};
static_assert(sizeof(kTable) / sizeof(kTable[0]) == kFaultKinds, "a line each");

constexpr bool InOrder() {
  for (int i = 0; i < kFaultKinds; ++i) {
    if (static_cast<int>(kTable[i].kind) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "in the order of the enum");

constexpr absl::string_view kTargetNames[kTargets] = {"a", "b", "both", "primary", "backup", "a-to-b", "b-to-a"};

constexpr absl::string_view kTriggerNames[kTriggers] = {
    "at-time",  "ready",    "unprotected", "catch-up", "gate",           "handover", "transfer",
    "proof",    "create",   "shrink",      "grow",     "acquire",        "handover-asked", "touch",
    "snapshot", "promise",  "refill",      "commit",   "promotion",      "recovery"};

constexpr absl::string_view kCheckNames[kChecks] = {
    "none",      "one-releaser", "released-survives", "digests-equal", "calls-agree", "phones", "timers",
    "readiness", "release-age",  "memory",            "service",       "pair-again",  "register-kept", "clients",
    "crash",     "hang",         "not-deterministic"};

constexpr absl::string_view kClassNames[kRunClasses] = {"strict", "alone-unguarded", "last-copy-may-be-lost"};

// The number of the name in `names`, or -1.
int Find(absl::Span<const absl::string_view> names, absl::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? -1 : static_cast<int>(it - names.begin());
}

absl::Status TakeDuration(absl::string_view value, Duration* out) {
  absl::StatusOr<Duration> parsed = ParseSeconds(value);
  if (parsed.ok()) *out = *parsed;
  return parsed.status();
}

absl::Status TakeWord(absl::string_view key, absl::string_view value, Fault* fault) {
  if (key == "at") return TakeDuration(value, &fault->at);
  if (key == "delay") return TakeDuration(value, &fault->delay);
  if (key == "for") return TakeDuration(value, &fault->duration);
  if (key == "when") {
    const int trigger = Find(kTriggerNames, value);
    if (trigger < 0) return absl::InvalidArgumentError(absl::StrCat("no condition is called '", value, "'"));
    fault->when = static_cast<Trigger>(trigger);
    return absl::OkStatus();
  }
  const bool read = key == "strength" ? absl::SimpleAtoi(value, &fault->strength)
                                      : key == "draw" && absl::SimpleHexAtoi(value, &fault->draw);
  return read ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrCat("not understood: '", key, "=", value, "'"));
}

}  // namespace

const FaultTraits& TraitsOf(FaultKind kind) { return kTable[static_cast<size_t>(kind)]; }
bool EndsAtOnce(FaultKind kind) {
  const bool in_its_time =
      kind == FaultKind::kDiskFull || kind == FaultKind::kFsyncFails || kind == FaultKind::kOrderlyStop;
  return TraitsOf(kind).ends_process && !in_its_time;
}

bool IsOfTheLink(FaultKind kind) { return kind >= FaultKind::kLinkCut && kind <= FaultKind::kLinkSwizzle; }

bool IsOfTheWitness(FaultKind kind) {
  return (kind >= FaultKind::kWitnessDown && kind <= FaultKind::kWitnessLateCopy) || IsOfTheWitnessMachine(kind);
}
bool IsOfTheWitnessMachine(FaultKind kind) {
  return kind >= FaultKind::kWitnessKill && kind <= FaultKind::kWitnessBitFlip;
}
bool IsOfClients(FaultKind kind) { return kind >= FaultKind::kClientCut && kind <= FaultKind::kClientRestart; }

absl::Span<const FaultTraits> AllFaults() { return kTable; }
absl::string_view TargetName(Target target) { return kTargetNames[static_cast<size_t>(target)]; }
absl::string_view TriggerName(Trigger trigger) { return kTriggerNames[static_cast<size_t>(trigger)]; }
bool IsOfANode(Trigger trigger) { return trigger >= Trigger::kSnapshot; }
absl::string_view CheckName(Check check) { return kCheckNames[static_cast<size_t>(check)]; }
absl::string_view RunClassName(RunClass run_class) { return kClassNames[static_cast<size_t>(run_class)]; }

bool IsRelaxed(RunClass run_class, Check check) {
  return std::any_of(std::begin(kRelaxations), std::end(kRelaxations), [&](const Relaxation& relaxation) {
    return relaxation.run_class == run_class && relaxation.check == check;
  });
}

std::string ToText(const Fault& fault) {
  std::string text = absl::StrCat(TraitsOf(fault.kind).name, " ", TargetName(fault.target), " at=",
                                  SecondsText(fault.at));
  if (fault.when != Trigger::kAtTime) absl::StrAppend(&text, " when=", TriggerName(fault.when));
  if (fault.delay != Duration()) absl::StrAppend(&text, " delay=", SecondsText(fault.delay));
  if (fault.duration != Duration()) absl::StrAppend(&text, " for=", SecondsText(fault.duration));
  if (fault.strength != 0) absl::StrAppend(&text, " strength=", fault.strength);
  if (fault.draw != 0) absl::StrAppend(&text, " draw=", absl::Hex(fault.draw));
  return text;
}

absl::StatusOr<Fault> ParseFault(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  if (words.size() < 2) return absl::InvalidArgumentError("a fault begins with its kind and its target");
  Fault fault;
  const auto kind = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const FaultTraits& traits) { return traits.name == words[0]; });
  if (kind == std::end(kTable)) return absl::InvalidArgumentError(absl::StrCat("no fault is called '", words[0], "'"));
  fault.kind = kind->kind;
  const int target = Find(kTargetNames, words[1]);
  if (target < 0) return absl::InvalidArgumentError(absl::StrCat("no target is called '", words[1], "'"));
  fault.target = static_cast<Target>(target);
  for (size_t i = 2; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> word = absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (absl::Status s = TakeWord(word.first, word.second, &fault); !s.ok()) return s;
  }
  return fault;
}

std::string SecondsText(Duration d) {
  const int64_t us = d.nanoseconds() / 1000;
  return absl::StrFormat("%s%d.%06d", us < 0 ? "-" : "", std::abs(us) / 1000000, std::abs(us) % 1000000);
}

absl::StatusOr<Duration> ParseSeconds(absl::string_view text) {
  const absl::Status bad = absl::InvalidArgumentError(absl::StrCat("'", text, "' is no time: seconds, as in 12.5"));
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  const auto digits = [](absl::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (parts.first.empty() || parts.first.size() > 9 || parts.second.size() > 6) return bad;
  if (!digits(parts.first) || !digits(parts.second)) return bad;
  int64_t seconds = 0;
  int64_t us = 0;
  const std::string fraction = absl::StrCat(parts.second, std::string(6 - parts.second.size(), '0'));
  if (!absl::SimpleAtoi(parts.first, &seconds) || !absl::SimpleAtoi(fraction, &us)) return bad;
  return Duration::Seconds(seconds) + Duration::Microseconds(us);
}

}  // namespace understudy::sim
