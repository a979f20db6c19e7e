// Whether engine time goes on as time does when another node begins to serve: nothing may end too early. After a power
// loss the wall clocks alone say how long nobody served; where one was stepped, and only there, engine time may jump,
// and what was there before that may end too early (CallBook::NoteLostTime) or be sent though it is old.
//
//   EngineClockAudit audit(&machines);
//   audit.NoteClockStep();  audit.NotePowerLoss(0);          // as things happen
//   const std::string wrong = audit.OnServing(0, now);      // "": nothing is
//   if (audit.HasLostTime(0)) ...                            // it has jumped just now, for a reason
//   if (audit.IsAgeByWallClock(0, lsn)) ...                  // nobody can tell how old that entry is
//
// Outlived by the machines. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_ENGINE_CLOCK_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_ENGINE_CLOCK_AUDIT_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "tests/sim/checks/call_audit.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

// The rule alone. Of `ahead`: how much more engine time has passed than time.
class EngineClockRule {
 public:
  static constexpr Duration kSlack = CallAudit::kClockSlack;
  // A jump that something may end too early by.
  static constexpr Duration kNoticed = Duration::Milliseconds(1);

  void NoteClockStep() { clocks_differ_ = true; }
  void NotePowerLoss(size_t machine) { lost_power_[machine] = true; }

  bool MayJump(size_t machine) const { return clocks_differ_ && lost_power_[machine]; }
  bool IsWrong(size_t machine, Duration ahead) const { return ahead > kSlack && !MayJump(machine); }
  bool LosesTime(size_t machine, Duration ahead) const { return ahead > kNoticed && MayJump(machine); }

 private:
  bool clocks_differ_ = false;
  std::array<bool, kNodes> lost_power_{};
};

class EngineClockAudit {
 public:
  explicit EngineClockAudit(const Machines* machines) : machines_(machines) {}

  void NoteClockStep() { rule_.NoteClockStep(); }
  void NotePowerLoss(size_t machine) { rule_.NotePowerLoss(machine); }
  std::string OnServing(size_t machine, Duration now);

  bool HasLostTime(size_t machine) const { return rule_.LosesTime(machine, ahead_); }
  bool IsAgeByWallClock(size_t machine, Lsn lsn) const {
    return rule_.MayJump(machine) && lsn < first_of_reign_[machine];
  }

 private:
  const Machines* const machines_;
  EngineClockRule rule_;
  absl::optional<Duration> furthest_;  // that engine time has been from time
  Duration ahead_;                     // of that, when a node began to serve last
  std::array<Lsn, kNodes> first_of_reign_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_ENGINE_CLOCK_AUDIT_H_
