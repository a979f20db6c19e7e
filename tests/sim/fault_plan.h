// All that decides a run: the seed, the pair's options, the workload, and what goes wrong. A plan is drawn from a seed
// (swarm.h) or read from its text; either way the same plan gives the same run, byte for byte.
//
//   Plan plan = DrawPlan(17);
//   WriteFile(path, ToText(plan));
//   absl::StatusOr<Plan> again = ParsePlan(ReadFile(path));   // again == plan
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_FAULT_PLAN_H_
#define UNDERSTUDY_TESTS_SIM_FAULT_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "replication/register.h"
#include "tests/sim/fault.h"

namespace understudy::sim {

// Of both nodes, as in their configuration files.
struct PairSettings {
  replication::CommitMode mode = replication::CommitMode::kDurable;
  Duration release_age = Duration::Seconds(2);
  Duration suspect = Duration::Seconds(1);  // addp-timeout
  Duration max_hold = Duration::Milliseconds(250);
  Duration reconnect = Duration::Milliseconds(100);
  bool alone_without_witness = false;  // on-witness-loss: alone
  Duration witness_loss = Duration::Seconds(3);
  Duration snapshot_interval = Duration::Seconds(10);
  uint64_t retention_bytes = 0;  // of the log; 0: no limit
  Duration peer_retention = Duration::Seconds(86400);
  uint32_t calls_sync_at_once = 0;  // ha-max-calls-sync-at-once
  bool socket_holder = true;        // false: the service address moves, and what waits there is lost

  friend bool operator==(const PairSettings&, const PairSettings&) = default;
};

// What the phones do, apart from what they draw.
struct WorkloadSettings {
  uint32_t calls = 100;  // at least so many begin
  uint32_t phones = 10;
  uint32_t gateways = 2;
  uint32_t tcp_percent = 20;  // of the phones

  friend bool operator==(const WorkloadSettings&, const WorkloadSettings&) = default;
};

// What phones and gateways do beyond plain calls, in percent of the calls that it fits. 0: never.
struct HabitSettings {
  uint32_t prack_percent = 0;     // several reliable answers, or one that the caller misses at first (RFC 3262)
  uint32_t fork_percent = 0;      // two phones behind a gateway ring for one INVITE, and perhaps both answer
  uint32_t timer_percent = 0;     // calls whose session has an interval (RFC 4028)
  uint32_t lamp_phones = 0;       // that subscribe to the calls of some phones
  uint32_t twins = 0;             // numbers with a second phone, which rings beside the first
  uint32_t transfer_offices = 0;  // three desk phones each, which hand calls over to each other by REFER
  uint32_t timed_percent = 0;     // of the phones and gateways: the server has a session with each by itself

  friend bool operator==(const HabitSettings&, const HabitSettings&) = default;
};

// Who controls and watches the phones' calls over the T-Library.
struct ClientSettings {
  uint32_t clients = 0;      // 0: nobody, and no desk phone either
  uint32_t desk_phones = 4;  // phones that clients call with: nobody else does
  Duration session_timeout = Duration::Seconds(60);
  uint64_t queue_events = 10000;  // client-queue-events

  friend bool operator==(const ClientSettings&, const ClientSettings&) = default;
};

struct Plan {
  uint64_t seed = 0;
  RunClass run_class = RunClass::kStrict;
  Duration length = Duration::Seconds(140);
  Duration faults_end = Duration::Seconds(42);  // nothing begins later, but switchovers; what lasts ends
  Duration quiet_from = Duration::Seconds(50);  // nothing happens any more: the bounds of the checkers run from here
  PairSettings pair;
  WorkloadSettings workload;
  HabitSettings habits;
  ClientSettings clients;
  std::vector<Fault> faults;  // by time

  friend bool operator==(const Plan&, const Plan&) = default;
};

// Readable; a fault a line.
std::string ToText(const Plan& plan);
// InvalidArgument names the line and what is wrong with it; what Check says is said, too.
absl::StatusOr<Plan> ParsePlan(absl::string_view text);
// Nobody links to the pair.
void LeaveClientsOut(Plan* plan);
// Times in order, targets that fit their kinds, nothing beyond what the run can be.
absl::Status CheckPlan(const Plan& plan);

// How many of its faults change roles, whatever else happens.
int RoleChangesMeant(const Plan& plan);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_FAULT_PLAN_H_
