// What clients of a simulated pair have heard, against what is known otherwise: what the phones have lived through is
// in somebody's events; acknowledgements are few entries; in the end everybody is where the primary is. What one client
// hears by itself, and against the others, the book judges (tests/sim/clients/client_book.h).
//
//   ClientAudit audit(&machines, &workload, &clientele, &marks, violated);
//   audit.OnTurn(0);  audit.OnServing(0);          // as things happen
//   if (audit.IsQuiet()) audit.AtEnd(core.state());
//
// `violated` is told of each thing that must not be. All outlive it. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WORLD_CLIENT_AUDIT_H_
#define UNDERSTUDY_TESTS_SIM_WORLD_CLIENT_AUDIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"
#include "daemon/core/core.h"
#include "engine/state.h"
#include "tests/sim/agents/workload.h"
#include "tests/sim/clients/clientele.h"
#include "tests/sim/coverage.h"
#include "tests/sim/world/situation.h"

namespace understudy::sim {

class ClientAudit {
 public:
  using Violated = std::function<void(std::string)>;

  ClientAudit(const Machines* machines, const Workload* workload, Clientele* clientele, Marks* marks, Violated violated)
      : machines_(machines),
        workload_(workload),
        clientele_(clientele),
        marks_(marks),
        violated_(std::move(violated)) {}

  void OnTurn(size_t machine, Duration now);
  // Of whoever serves.
  void LookAt(const daemon::Core& core);
  void OnServing() { clientele_->book().NoteReign(); }
  bool IsQuiet() const { return clientele_->IsAtRest(); }
  void AtEnd(const engine::State& state);

  uint64_t acknowledgements() const { return acknowledgements_; }  // entries

 private:
  // Of one process.
  struct Life {
    uint64_t start = 0;
    uint64_t acknowledgements = 0;
    Duration last;
  };

  void CheckCalls(const SessionRecord& session);
  void CheckCallsOf(const SessionRecord& session, uint32_t phone, const std::string& number, Duration since);
  void CheckAttached();
  void HitMarks();

  const Machines* const machines_;
  const Workload* const workload_;
  Clientele* const clientele_;
  Marks* const marks_;
  const Violated violated_;
  std::array<Life, kNodes> lives_;
  uint64_t acknowledgements_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WORLD_CLIENT_AUDIT_H_
