#include "tests/sim/fault_plan.h"

#include <algorithm>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace understudy::sim {
namespace {

constexpr char kHeading[] = "# A plan of the simulator: simulate --plan FILE runs it.\n";
constexpr uint32_t kMostCalls = 100000;
constexpr uint32_t kMostClients = 200;
constexpr uint32_t kMostOffices = 50;
constexpr Duration kLongestRun = Duration::Seconds(86400);

// One option of a plan: its name, and how it is written and read.
struct Option {
  absl::string_view name;
  std::function<std::string(const Plan&)> get;
  std::function<absl::Status(absl::string_view, Plan*)> set;
};

absl::Status Bad(absl::string_view value, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not ", wanted));
}

template <class Field>
Option Time(absl::string_view name, Field field) {
  return {name, [field](const Plan& plan) { return SecondsText(*field(const_cast<Plan*>(&plan))); },
          [field](absl::string_view value, Plan* plan) {
            absl::StatusOr<Duration> parsed = ParseSeconds(value);
            if (parsed.ok()) *field(plan) = *parsed;
            return parsed.status();
          }};
}

template <class Field>
Option Number(absl::string_view name, Field field) {
  return {name, [field](const Plan& plan) { return absl::StrCat(*field(const_cast<Plan*>(&plan))); },
          [field](absl::string_view value, Plan* plan) {
            return absl::SimpleAtoi(value, field(plan)) ? absl::OkStatus() : Bad(value, "a number in range");
          }};
}

template <class Field>
Option YesNo(absl::string_view name, Field field) {
  return {name, [field](const Plan& plan) { return *field(const_cast<Plan*>(&plan)) ? "yes" : "no"; },
          [field](absl::string_view value, Plan* plan) {
            if (value != "yes" && value != "no") return Bad(value, "yes or no");
            *field(plan) = value == "yes";
            return absl::OkStatus();
          }};
}

Option ClassOption() {
  return {"class", [](const Plan& plan) { return std::string(RunClassName(plan.run_class)); },
          [](absl::string_view value, Plan* plan) {
            for (int i = 0; i < kRunClasses; ++i) {
              if (RunClassName(static_cast<RunClass>(i)) != value) continue;
              plan->run_class = static_cast<RunClass>(i);
              return absl::OkStatus();
            }
            return Bad(value, "a class of runs");
          }};
}

Option ModeOption() {
  return {"mode", [](const Plan& plan) { return std::string(replication::ModeName(plan.pair.mode)); },
          [](absl::string_view value, Plan* plan) {
            for (replication::CommitMode mode :
                 {replication::CommitMode::kDurable, replication::CommitMode::kReceived}) {
              if (replication::ModeName(mode) != value) continue;
              plan->pair.mode = mode;
              return absl::OkStatus();
            }
            return Bad(value, "durable or received");
          }};
}

const std::vector<Option>& Options() {
  static const auto* const options = new std::vector<Option>{
      Number("seed", [](Plan* p) { return &p->seed; }),
      ClassOption(),
      Time("length", [](Plan* p) { return &p->length; }),
      Time("faults-end", [](Plan* p) { return &p->faults_end; }),
      Time("quiet-from", [](Plan* p) { return &p->quiet_from; }),
      ModeOption(),
      Time("release-age", [](Plan* p) { return &p->pair.release_age; }),
      Time("suspect", [](Plan* p) { return &p->pair.suspect; }),
      Time("max-hold", [](Plan* p) { return &p->pair.max_hold; }),
      Time("reconnect", [](Plan* p) { return &p->pair.reconnect; }),
      YesNo("alone-without-witness", [](Plan* p) { return &p->pair.alone_without_witness; }),
      Time("witness-loss", [](Plan* p) { return &p->pair.witness_loss; }),
      Time("snapshot-interval", [](Plan* p) { return &p->pair.snapshot_interval; }),
      Number("retention-bytes", [](Plan* p) { return &p->pair.retention_bytes; }),
      Time("peer-retention", [](Plan* p) { return &p->pair.peer_retention; }),
      Number("calls-sync-at-once", [](Plan* p) { return &p->pair.calls_sync_at_once; }),
      YesNo("socket-holder", [](Plan* p) { return &p->pair.socket_holder; }),
      Number("calls", [](Plan* p) { return &p->workload.calls; }),
      Number("phones", [](Plan* p) { return &p->workload.phones; }),
      Number("gateways", [](Plan* p) { return &p->workload.gateways; }),
      Number("tcp-percent", [](Plan* p) { return &p->workload.tcp_percent; }),
      Number("prack-percent", [](Plan* p) { return &p->habits.prack_percent; }),
      Number("fork-percent", [](Plan* p) { return &p->habits.fork_percent; }),
      Number("timer-percent", [](Plan* p) { return &p->habits.timer_percent; }),
      Number("lamp-phones", [](Plan* p) { return &p->habits.lamp_phones; }),
      Number("twins", [](Plan* p) { return &p->habits.twins; }),
      Number("transfer-offices", [](Plan* p) { return &p->habits.transfer_offices; }),
      Number("timed-percent", [](Plan* p) { return &p->habits.timed_percent; }),
      Number("clients", [](Plan* p) { return &p->clients.clients; }),
      Number("desk-phones", [](Plan* p) { return &p->clients.desk_phones; }),
      Time("session-timeout", [](Plan* p) { return &p->clients.session_timeout; }),
      Number("client-queue-events", [](Plan* p) { return &p->clients.queue_events; }),
  };
  return *options;
}

absl::Status ParseLine(absl::string_view line, Plan* plan) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
  if (parts.first == "fault") {
    absl::StatusOr<Fault> fault = ParseFault(value);
    if (fault.ok()) plan->faults.push_back(*fault);
    return fault.status();
  }
  for (const Option& option : Options()) {
    if (option.name == parts.first) return option.set(value, plan);
  }
  return absl::InvalidArgumentError(absl::StrCat("no option is called '", parts.first, "'"));
}

bool IsPath(Target target) { return target == Target::kPathAToB || target == Target::kPathBToA; }

absl::Status CheckHabits(const HabitSettings& habits) {
  const std::pair<absl::string_view, uint32_t> percents[] = {{"prack", habits.prack_percent},
                                                             {"fork", habits.fork_percent},
                                                             {"timer", habits.timer_percent},
                                                             {"timed", habits.timed_percent}};
  if (habits.transfer_offices > kMostOffices || habits.lamp_phones > kMostOffices) {
    return absl::InvalidArgumentError(absl::StrCat("transfer-offices, lamp-phones: at most ", kMostOffices));
  }
  for (const auto& [name, percent] : percents) {
    if (percent > 100) return absl::InvalidArgumentError(absl::StrCat(name, "-percent: at most 100"));
  }
  return absl::OkStatus();
}

absl::Status CheckFault(const Plan& plan, const Fault& fault) {
  const FaultTraits& traits = TraitsOf(fault.kind);
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(ToText(fault), ": ", why));
  };
  if (IsPath(fault.target) != (fault.kind == FaultKind::kLinkCutOneWay)) {
    return bad("a path is the target of link-cut-one-way, and of nothing else");
  }
  const bool twice = fault.kind == FaultKind::kDoubleKill || fault.kind == FaultKind::kDoublePowerLoss;
  if (twice && fault.target != Target::kBoth) return bad("its target is both");
  const bool late = fault.at > plan.faults_end && !(traits.changes_roles && fault.at <= plan.quiet_from);
  if (late) return bad("begins after the end of the faults");
  if (IsOfClients(fault.kind) && plan.clients.clients == 0) return bad("there are no clients");
  if (fault.kind == FaultKind::kForcePromote && plan.run_class == RunClass::kStrict) {
    return bad("a strict run is never forced");
  }
  return absl::OkStatus();
}

}  // namespace

std::string ToText(const Plan& plan) {
  std::string text = kHeading;
  for (const Option& option : Options()) absl::StrAppend(&text, option.name, " ", option.get(plan), "\n");
  for (const Fault& fault : plan.faults) absl::StrAppend(&text, "fault ", ToText(fault), "\n");
  return text;
}

absl::StatusOr<Plan> ParsePlan(absl::string_view text) {
  Plan plan;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (absl::Status s = ParseLine(line, &plan); !s.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", s.message()));
    }
  }
  if (absl::Status s = CheckPlan(plan); !s.ok()) return s;
  return plan;
}

void LeaveClientsOut(Plan* plan) {
  plan->clients = ClientSettings();
  std::erase_if(plan->faults, [](const Fault& fault) { return IsOfClients(fault.kind); });
}

absl::Status CheckPlan(const Plan& plan) {
  if (plan.length <= Duration() || plan.length > kLongestRun) {
    return absl::InvalidArgumentError("length: more than 0, at most a day");
  }
  if (plan.faults_end > plan.quiet_from || plan.quiet_from > plan.length) {
    return absl::InvalidArgumentError("faults-end, quiet-from and length must follow each other");
  }
  if (plan.workload.calls > kMostCalls) {
    return absl::InvalidArgumentError(absl::StrCat("calls: at most ", kMostCalls));
  }
  if (absl::Status s = CheckHabits(plan.habits); !s.ok()) return s;
  if (plan.workload.tcp_percent > 100) return absl::InvalidArgumentError("tcp-percent: at most 100");
  if (plan.clients.clients > kMostClients || plan.clients.desk_phones > kMostClients) {
    return absl::InvalidArgumentError(absl::StrCat("clients, desk-phones: at most ", kMostClients));
  }
  if (plan.pair.alone_without_witness && plan.run_class == RunClass::kStrict) {
    return absl::InvalidArgumentError("alone-without-witness is no option of a strict run");
  }
  for (const Fault& fault : plan.faults) {
    if (absl::Status s = CheckFault(plan, fault); !s.ok()) return s;
  }
  const auto by_time = [](const Fault& a, const Fault& b) { return a.at < b.at; };
  if (!std::is_sorted(plan.faults.begin(), plan.faults.end(), by_time)) {
    return absl::InvalidArgumentError("the faults are not in the order of their times");
  }
  return absl::OkStatus();
}

int RoleChangesMeant(const Plan& plan) {
  return static_cast<int>(std::count_if(plan.faults.begin(), plan.faults.end(), [](const Fault& fault) {
    return TraitsOf(fault.kind).changes_roles && fault.target == Target::kPrimary && fault.when == Trigger::kReady;
  }));
}

}  // namespace understudy::sim
