#include "tests/sim/world/habit_marks.h"

namespace understudy::sim {

void HitHabitMarks(const Workload& workload, Marks* marks) {
  const CallCounts& calls = workload.book().counts();
  marks->Add(Mark::kReliableTwice, calls.reliable_twice);
  marks->Add(Mark::kReliableMissed, calls.reliable_missed);
  marks->Add(Mark::kForkRang, calls.forks_rung);
  marks->Add(Mark::kForkEnded, calls.forks_ended);
}

}  // namespace understudy::sim
