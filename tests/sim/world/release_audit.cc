#include "tests/sim/world/release_audit.h"

#include <utility>

namespace understudy::sim {
namespace {

// A backup tells how late a batch came by those that came sooner (daemon/core/peer_clock.h); where all were late, by a
// silence on the link that is no death yet, that comes on top.
constexpr Duration kOnTheLink = Duration::Milliseconds(500);

}  // namespace

ReleaseAudit::ReleaseAudit(const Plan& plan, const MachineWorld& world, const Machines* machines, Violated violated)
    : world_(world),
      machines_(machines),
      violated_(std::move(violated)),
      book_(plan.pair.release_age + plan.pair.suspect + kOnTheLink) {}

void ReleaseAudit::TakeFromBook() {
  if (!book_.violation().empty()) violated_(book_.check(), book_.violation());
}

// One that learns late of an epoch which is over has nothing to show for it, and releases nothing.
void ReleaseAudit::OnServing(size_t machine) {
  if (std::exchange(forced_, false)) book_.AcceptLoss(machine);
  const Epoch epoch = (*machines_)[machine]->core()->epoch();
  if (epoch < highest_epoch_) return;
  highest_epoch_ = epoch;
  book_.Examine(machine, "becomes primary");
  TakeFromBook();
}

void ReleaseAudit::OnReleased(size_t machine, Lsn lsn, const engine::SendSip& send) {
  book_.Released(machine, (*machines_)[machine]->core()->epoch(), lsn, send, world_.events->now());
  TakeFromBook();
}

void ReleaseAudit::AtEnd() {
  for (const auto& machine : *machines_) {
    book_.Examine(machine->number(), "ends");
    TakeFromBook();
  }
}

}  // namespace understudy::sim
