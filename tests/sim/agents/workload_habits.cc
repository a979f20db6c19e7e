// What calls have beyond ringing, talking and hanging up.
#include "tests/sim/agents/workload.h"

namespace understudy::sim {
namespace {

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

void DrawPracks(Chance& chance, CallPlan* plan) {
  plan->rings = plan->reliable = true;
  plan->misses_reliable = chance.OneIn(2);
  plan->reliable_twice = !plan->misses_reliable || chance.OneIn(2);
}

// One session a call, and no reliable answer: whose it is of two that are said before the answer, nobody can tell.
void DrawFork(Chance& chance, CallPlan* plan) {
  plan->reliable = plan->reliable_twice = plan->misses_reliable = false;
  plan->fork.rings = true;
  plan->fork.early_media = !plan->early_media && chance.Percent(30);
  plan->fork.rings_after = chance.Skewed(Ms(1), Ms(1500));
  plan->fork.answers = chance.Percent(60);
  plan->fork.answers_after = chance.OneIn(2) ? chance.Between(Ms(0), Ms(10)) : chance.Skewed(Ms(1), Ms(3000));
}

}  // namespace

void Workload::DrawHabits(const Chance& chance) {
  Chance pracks = chance.Fork("pracks");
  Chance forks = chance.Fork("forks");
  for (uint32_t call = 1; call <= book_.size(); ++call) {
    CallPlan& plan = book_.Find(call)->plan;
    if (plan.kind != CallPlan::Kind::kCall || plan.callee == CallPlan::kNobody) continue;
    if (pracks.Percent(options_.prack_percent)) DrawPracks(pracks, &plan);
    const bool to_gateway = plan.callee >= options_.phones;
    if (to_gateway && forks.Percent(options_.fork_percent)) DrawFork(forks, &plan);
  }
}

}  // namespace understudy::sim
