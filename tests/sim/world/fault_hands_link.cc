// What faults do to the link between the nodes.
#include <algorithm>

#include "tests/sim/world/fault_hands.h"

namespace understudy::sim {

void FaultHands::OnLink(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  LinkNetwork* const link = world_.link;
  switch (fault.kind) {
    case FaultKind::kLinkCut:
    case FaultKind::kLinkCutOneWay:
      return During(strike, [link](Machine& machine, bool on) { link->SetCut(machine.number(), on); });
    case FaultKind::kLinkSlow: {
      const Duration more = Duration::Milliseconds(static_cast<int64_t>(fault.strength));
      return During(strike, [link, more](Machine& machine, bool on) {
        link->SetDelay(machine.number(), on ? more : Duration());
      });
    }
    case FaultKind::kLinkBreak:
      return link->Break();
    case FaultKind::kLinkSwizzle: {
      const auto times = std::max<int64_t>(1, fault.strength);
      for (int64_t i = 0; i < times; ++i) {
        world_.events->After(Duration::Nanoseconds(fault.duration.nanoseconds() / times * i),
                             [link] { link->Swizzle(); });
      }
      return;
    }
    case FaultKind::kHostCut:
      return During(strike, [this, link](Machine& machine, bool on) {
        world_.phones->SetCut(machine.number(), on);
        if (world_.clients != nullptr) world_.clients->SetCut(machine.number(), on);
        world_.reg->SetCut(machine.number(), on);
        for (size_t sender = 0; sender < kNodes; ++sender) link->SetCut(sender, on);
      });
    default:
      return;
  }
}

}  // namespace understudy::sim
