#include "tests/sim/world/habit_marks.h"

namespace understudy::sim {

void HitHabitMarks(const Workload& workload, Marks* marks) {
  const CallCounts& calls = workload.book().counts();
  marks->Add(Mark::kReliableTwice, calls.reliable_twice);
  marks->Add(Mark::kReliableMissed, calls.reliable_missed);
  marks->Add(Mark::kForkRang, calls.forks_rung);
  marks->Add(Mark::kForkEnded, calls.forks_ended);
  marks->Add(Mark::kSessionRefreshed, calls.refreshes);
  marks->Add(Mark::kServerRefreshed, calls.server_refreshes);
  marks->Add(Mark::kSessionLapsed, calls.lapsed);
  marks->Add(Mark::kTooBrief, calls.too_brief);
  for (const TwinPhone* twin : workload.twins()) {
    marks->Add(Mark::kTwinCancelled, twin->cancelled());
    marks->Add(Mark::kTwinRefused, twin->refused());
  }
  for (const LampPhone* phone : workload.lamp_phones()) {
    marks->Add(Mark::kLampLit, phone->lit());
    marks->Add(Mark::kSubscriptionRenewed, phone->renewed());
  }
  for (const auto& office : workload.offices()) {
    marks->Add(Mark::kBlindTransfer, office->counts().blind);
    marks->Add(Mark::kAttendedTransfer, office->counts().attended);
    marks->Add(Mark::kTransferFailed, office->counts().failed);
  }
}

}  // namespace understudy::sim
