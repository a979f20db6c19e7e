// What faults do to the witness: to what is asked of it, and to its machine.
#include <algorithm>
#include <utility>

#include "tests/sim/world/fault_hands.h"

namespace understudy::sim {
namespace {

// A change of the register is so many changes of its file; with as many, it dies before it answers.
constexpr uint64_t kChangesOfAnAnswer = 4;
// What does not find a change to strike at strikes all the same.
constexpr Duration kLongestWait = Duration::Seconds(1);
constexpr Duration kShortestDeath = Duration::Milliseconds(20);

}  // namespace

void FaultHands::ApplyWitnessTrouble() {
  WitnessTrouble trouble;
  trouble.lose_answer = Strongest(FaultKind::kWitnessAnswerLost);
  trouble.lose_request = Strongest(FaultKind::kWitnessRequestLost);
  trouble.late_copy = Strongest(FaultKind::kWitnessLateCopy);
  trouble.slowness = std::max<int64_t>(1, static_cast<int64_t>(Strongest(FaultKind::kWitnessSlow)));
  world_.reg->SetTrouble(trouble);
}

void FaultHands::OnWitness(const sim::Strike& strike) {
  const Fault* const fault = strike.fault;
  if (fault->kind == FaultKind::kWitnessDown) {
    return During(strike, [this](Machine& machine, bool on) { world_.reg->SetCut(machine.number(), on); });
  }
  Active(fault->kind).push_back(fault);
  ApplyWitnessTrouble();
  world_.events->After(fault->duration, [this, fault] {
    std::erase(Active(fault->kind), fault);
    ApplyWitnessTrouble();
  });
}

// Two damaged slots are the operator's case: a bit flips only where the other slot is whole, so not in the midst of a
// write.
void FaultHands::OnWitnessMachine(const Fault& fault) {
  at_witness_ = &fault;
  const WitnessDeath death{fault.kind == FaultKind::kWitnessPowerLoss, fault.draw};
  const uint64_t changes = fault.draw / 4 % (kChangesOfAnAnswer + 1);
  const bool flips = fault.kind == FaultKind::kWitnessBitFlip;
  const bool at_change = fault.when != Trigger::kAtTime && !flips;
  const bool again = !at_change && fault.draw % 2 == 0;
  if (again) witness_dies_again_ = changes;
  if (!at_change) {
    world_.reg->Die(death);
    if (flips) world_.reg->FlipBit(fault.draw);
    return;
  }
  world_.reg->DieAfter(changes, death);
  world_.events->After(kLongestWait, [this, &fault, death] {
    if (at_witness_ == &fault && world_.reg->machine().dies()) world_.reg->Die(death);
  });
}

void FaultHands::WitnessDied() {
  const Fault& fault = *at_witness_;
  sim::Strike strike{&fault, {true, true}};
  watch_->NoteStrike(strike);
  world_.events->After(std::max(fault.duration, kShortestDeath), [this] { StartWitness(); });
}

void FaultHands::StartWitness() {
  const Fault& fault = *at_witness_;
  if (const auto again = std::exchange(witness_dies_again_, absl::nullopt)) {
    world_.reg->DieAfter(*again, {fault.kind == FaultKind::kWitnessPowerLoss, fault.draw});
  }
  world_.reg->Start();
  if (!world_.reg->machine().up()) return;
  at_witness_ = nullptr;
  watch_->landmarks().OnWitnessStarted();
  watch_->NoteService();
}

}  // namespace understudy::sim
