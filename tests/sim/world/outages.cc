#include "tests/sim/world/outages.h"

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "replication/pair.h"

namespace understudy::sim {
namespace {

// Effects that wait for longer than this: to a phone nobody serves.
constexpr Duration kNoAnswer = Duration::Milliseconds(300);

}  // namespace

void Outages::OnStrike(const Strike& strike) {
  const FaultKind kind = strike.fault->kind;
  const bool both = strike.struck[0] && strike.struck[1] && !IsOfTheLink(kind) && !IsOfTheWitness(kind);
  causes_.Strike(*strike.fault, both, Pair(), now());
}

std::string Outages::Look() {
  const bool up = serving() != nullptr;
  if (up != up_) {
    up_ = up;
    since_ = now();
    up ? book_->ServiceUp() : book_->ServiceDown();
  }
  if (up || now() <= causes_.MayLastUntil()) return "";
  return absl::StrCat("nobody has served since ", since_.milliseconds(), " ms, and the last fault that can stop the "
                      "service was over at ", causes_.at_work_until().milliseconds(), " ms");
}

bool Outages::Serves(const Machine& machine) const {
  if (!machine.serving() || machine.stopped() || machine.pair() == nullptr) return false;
  if (world_.phones->cut(machine.number()) || !machine.transport()->reads()) return false;
  const replication::Standing standing = machine.pair()->pair().standing();
  if (standing == replication::Standing::kNotServing || standing == replication::Standing::kUnsure) return false;
  const absl::optional<Duration> held = machine.core()->outbox().held_since();
  return !held || (*machines_)[machine.number()]->clock().SinceBoot() - *held < kNoAnswer;
}

const Machine* Outages::serving() const {
  for (const auto& machine : *machines_) {
    if (Serves(*machine)) return machine.get();
  }
  return nullptr;
}

PairWas Outages::Pair() const {
  for (const auto& machine : *machines_) {
    if (machine->ready()) return machine->pair()->pair().handing_over() ? PairWas::kHandingOver : PairWas::kReady;
  }
  return PairWas::kNotReady;
}

}  // namespace understudy::sim
