#include "tests/sim/campaign/shrink.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace understudy::sim {
namespace {

constexpr Duration kNoShorter = Duration::Milliseconds(1);
constexpr int kHalvings = 4;

class Shrinker {
 public:
  Shrinker(const Plan& plan, const Violation& seen, const Trial& trial, int most_runs)
      : trial_(trial), most_runs_(most_runs), best_{plan, seen, 0} {}

  Shrunk Shrink() {
    CutFaults();
    DropFaults();
    FewerCalls();
    FewerClients();
    SimplerFaults();
    OrdinaryOptions();
    ShorterRun();
    DropFaults();
    return std::move(best_);
  }

 private:
  // Whether it still fails; if so it is the best one.
  bool Try(const Plan& plan) {
    if (plan == best_.plan || best_.runs >= most_runs_ || !CheckPlan(plan).ok()) return false;
    ++best_.runs;
    Violation violation = trial_(plan);
    if (!IsSame(violation)) return false;
    best_.plan = plan;
    best_.violation = std::move(violation);
    return true;
  }

  // Another failed CHECK is another mistake.
  bool IsSame(const Violation& violation) const {
    if (violation.check != best_.violation.check) return false;
    return violation.check != Check::kCrash || violation.text == best_.violation.text;
  }

  // The smallest number in [0, high] with which it fails, if failing is monotonic.
  template <class With>
  void Bisect(size_t high, With with) {
    size_t low = 0;
    while (low < high && best_.runs < most_runs_) {
      const size_t middle = low + (high - low) / 2;
      if (Try(with(middle))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
  }

  void CutFaults() {
    const Plan whole = best_.plan;
    Bisect(whole.faults.size(), [&whole](size_t n) {
      Plan plan = whole;
      plan.faults.resize(n);
      return plan;
    });
  }

  // Groups of ever smaller size, the last first: what comes late is more often beside the point.
  void DropFaults() {
    for (size_t size = std::max<size_t>(best_.plan.faults.size() / 2, 1); size > 0; size /= 2) {
      bool dropped = true;
      while (dropped) {
        dropped = false;
        for (size_t end = best_.plan.faults.size(); end > 0; end = end > size ? end - size : 0) {
          Plan plan = best_.plan;
          const auto last = plan.faults.begin() + static_cast<int64_t>(std::min(end, plan.faults.size()));
          const auto first = plan.faults.begin() + static_cast<int64_t>(end > size ? end - size : 0);
          plan.faults.erase(first, last);
          dropped |= Try(plan);
        }
      }
    }
  }

  void FewerCalls() {
    const Plan whole = best_.plan;
    Bisect(whole.workload.calls, [&whole](size_t n) {
      Plan plan = whole;
      plan.workload.calls = static_cast<uint32_t>(n);
      return plan;
    });
  }

  void FewerClients() {
    Change([](Plan* plan) { LeaveClientsOut(plan); });
    const Plan whole = best_.plan;
    if (whole.clients.clients == 0) return;
    Bisect(whole.clients.clients, [&whole](size_t n) {
      Plan plan = whole;
      plan.clients.clients = static_cast<uint32_t>(std::max<size_t>(n, 1));
      return plan;
    });
  }

  void SimplerFaults() {
    for (size_t i = 0; i < best_.plan.faults.size(); ++i) {
      Change([i](Plan* plan) { plan->faults[i].delay = Duration(); });
      for (int n = 0; n < kHalvings; ++n) {
        const Duration half = Duration::Microseconds(best_.plan.faults[i].duration.nanoseconds() / 2000);
        if (half < kNoShorter || !Change([i, half](Plan* plan) { plan->faults[i].duration = half; })) break;
      }
    }
  }

  void OrdinaryOptions() {
    const PairSettings usual;
    Change([&](Plan* plan) {
      const bool alone = plan->pair.alone_without_witness;
      plan->pair = usual;
      plan->pair.alone_without_witness = alone;
    });
    Change([&](Plan* plan) { plan->pair.mode = usual.mode; });
    Change([&](Plan* plan) { plan->pair.release_age = usual.release_age; });
    Change([&](Plan* plan) { plan->pair.suspect = usual.suspect; });
    Change([&](Plan* plan) { plan->pair.max_hold = usual.max_hold; });
    Change([&](Plan* plan) { plan->pair.reconnect = usual.reconnect; });
    Change([&](Plan* plan) { plan->pair.snapshot_interval = usual.snapshot_interval; });
    Change([&](Plan* plan) { plan->pair.retention_bytes = usual.retention_bytes; });
    Change([&](Plan* plan) { plan->pair.peer_retention = usual.peer_retention; });
    Change([&](Plan* plan) { plan->pair.calls_sync_at_once = usual.calls_sync_at_once; });
    Change([&](Plan* plan) { plan->pair.socket_holder = usual.socket_holder; });
    Change([](Plan* plan) { plan->workload.tcp_percent = 0; });
    Change([](Plan* plan) { plan->habits = HabitSettings(); });
    Change([](Plan* plan) { plan->habits.prack_percent = 0; });
    Change([](Plan* plan) { plan->habits.fork_percent = 0; });
    Change([](Plan* plan) { plan->habits.timer_percent = 0; });
    Change([](Plan* plan) { plan->habits.twins = 0; });
    Change([](Plan* plan) { plan->habits.lamp_phones = 0; });
    Change([](Plan* plan) { plan->habits.transfer_offices = 0; });
    Change([](Plan* plan) { plan->habits.timed_percent = 0; });
    Change([](Plan* plan) { plan->clients.session_timeout = ClientSettings().session_timeout; });
    Change([](Plan* plan) { plan->clients.queue_events = ClientSettings().queue_events; });
  }

  // The faults end with the last one, and everything after them comes earlier.
  void ShorterRun() {
    Plan plan = best_.plan;
    Duration last = Duration::Seconds(1);
    for (const Fault& fault : plan.faults) last = std::max(last, fault.at + fault.delay + fault.duration);
    const Duration earlier = plan.faults_end - last;
    if (earlier <= Duration()) return;
    plan.faults_end = plan.faults_end - earlier;
    plan.quiet_from = plan.quiet_from - earlier;
    plan.length = plan.length - earlier;
    Try(plan);
  }

  template <class Edit>
  bool Change(Edit edit) {
    Plan plan = best_.plan;
    edit(&plan);
    return Try(plan);
  }

  const Trial& trial_;
  const int most_runs_;
  Shrunk best_;
};

}  // namespace

Shrunk Shrink(const Plan& plan, const Violation& seen, const Trial& trial, int most_runs) {
  return Shrinker(plan, seen, trial, most_runs).Shrink();
}

}  // namespace understudy::sim
