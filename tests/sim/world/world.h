// A whole simulated world, built from a plan: two machines with the daemon's node, the witness, the link between them,
// and the phones and gateways that call through them; one thread, virtual time.
//
//   World world(plan, options);
//   RunResult result = world.Run();
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_WORLD_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_WORLD_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "tests/sim/agents/workload.h"
#include "tests/sim/clients/clientele.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/fault_schedule.h"
#include "tests/sim/network/service_network.h"
#include "tests/sim/network/sim_link.h"
#include "tests/sim/node/machine.h"
#include "tests/sim/run.h"
#include "tests/sim/sim_witness.h"
#include "tests/sim/virtual_time.h"
#include "tests/sim/world/fault_hands.h"
#include "tests/sim/world/situation.h"
#include "tests/sim/world/watch.h"

namespace understudy::sim {

class World : public MachineWatcher {
 public:
  World(const Plan& plan, const RunOptions& options);
  ~World() override;

  // Once. Without export_journals.
  RunResult Run();
  // What is on both disks, as a/ and b/, for the tools.
  absl::Status ExportJournals(const std::string& directory) const;

  // ---- MachineWatcher
  void OnJournal(size_t machine, const journal::LogStore& log) override { watch_.OnJournal(machine, log); }
  void OnBatch(size_t machine, const journal::EncodedBatch& batch) override { watch_.OnBatch(machine, batch); }
  void OnServing(size_t machine) override;
  void OnReleased(size_t machine, Lsn lsn, const engine::Effect& effect) override;
  void OnLeaving(size_t machine, const net::Outgoing& outgoing) override { watch_.OnLeaving(machine, outgoing); }
  void OnLog(size_t machine, const log::LogEvent& event, absl::string_view line) override;
  void OnChange(size_t machine, Trigger within, bool log) override;
  void OnTurn(size_t machine) override;
  void OnEnded(size_t machine, const absl::Status& why) override;

 private:
  MachineWorld Shared() {
    return {&events_, &register_, &phones_, &link_, clientele_.empty() ? nullptr : &clientele_.network()};
  }
  MachineOptions OptionsOf(size_t machine) const;
  void Begin();
  void Step();
  void TakeFaults();
  void NoteStrike(const Strike& strike);
  void Strikes(const Strike& strike);
  void Every(Duration interval, void (World::*what)());
  void Sample() { watch_.NoteService(); }
  void Tick();
  void SwitchOver();
  void EndCalls();
  void BeginClients();
  void Note(absl::string_view line);
  void AddToDigest(absl::string_view what, uint64_t a, uint64_t b);
  RunResult Result();

  const Plan plan_;
  const RunOptions options_;
  const Chance chance_;
  EventQueue events_;
  SimRegister register_;
  ServiceNetwork phones_;
  LinkNetwork link_;
  Workload workload_;
  Clientele clientele_;
  Machines machines_;
  Watch watch_;
  FaultSchedule schedule_;
  FaultHands hands_;
  SipHasher128 digest_;
  bool quiet_ = false;  // all is at its end, and in order
  Duration last_noise_;
  absl::optional<Duration> hung_up_at_;  // all at once: the quiet end
  absl::optional<Duration> wake_at_;     // for the next fault
  Duration no_fault_before_;             // none waits for a condition until then, and none begins
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_WORLD_H_
