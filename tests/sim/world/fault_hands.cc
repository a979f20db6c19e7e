#include "tests/sim/world/fault_hands.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replication/register.h"

namespace understudy::sim {

FaultHands::FaultHands(const Plan* plan, const MachineWorld& world, const Machines* machines, Workload* workload,
                       Clientele* clientele, Watch* watch)
    : plan_(plan),
      world_(world),
      machines_(machines),
      workload_(workload),
      clientele_(clientele),
      watch_(watch),
      configured_((*machines)[0]->configuration()) {}

bool FaultHands::Concerns(const Fault& fault, const Machine& machine) const {
  switch (fault.kind) {
    case FaultKind::kKill:
    case FaultKind::kDoubleKill:
      return machine.up();
    case FaultKind::kOrderlyStop:
      return machine.up() && asked_to_end_[machine.number()] == nullptr;
    case FaultKind::kTornWrite:
      return machine.up() && torn_[machine.number()] == nullptr;
    case FaultKind::kStop:
      return machine.up() && !machine.stopped();
    case FaultKind::kBitFlip:
      return !machine.disk().blank();
    case FaultKind::kMisdirectedWrite:
      return !machine.disk().blank() && machine.disk().log()->Places().size() >= 2;
    case FaultKind::kSwitchover:
      return machine.serving() && machine.pair() != nullptr && !machine.stopped();
    case FaultKind::kResync:
    case FaultKind::kForcePromote:
      return machine.pair() != nullptr && !machine.serving() && !machine.stopped();
    case FaultKind::kWitnessKill:
    case FaultKind::kWitnessPowerLoss:
    case FaultKind::kWitnessBitFlip:
      return at_witness_ == nullptr;
    default:
      return true;
  }
}

// Whom it does not concern is not struck.
bool FaultHands::Begins(const sim::Strike& strike) {
  bool concerned = false;
  Each(strike, [&](Machine& machine) { concerned = concerned || Concerns(*strike.fault, machine); });
  if (!concerned) return false;
  if (IsSpared(strike)) {
    ++spared_;
    return false;
  }
  ++begun_[static_cast<size_t>(strike.fault->kind)];
  return true;
}

void FaultHands::StrikeWithin(const sim::Strike& strike, Machine& machine) {
  if (!EndsAtOnce(strike.fault->kind)) return Strike(strike);
  if (torn_[machine.number()] != nullptr || !Begins(strike)) return;
  torn_[machine.number()] = strike.fault;
  machine.CrashNow();
}

void FaultHands::Strike(const sim::Strike& struck) {
  if (!Begins(struck)) return;
  const Fault& fault = *struck.fault;
  sim::Strike strike{&fault, {}};
  Each(struck, [&](Machine& machine) { strike.struck[machine.number()] = Concerns(fault, machine); });
  const bool later = fault.kind == FaultKind::kTornWrite || IsOfTheWitnessMachine(fault.kind);
  if (!later) watch_->NoteStrike(strike);
  if (!TraitsOf(fault.kind).ends_process) {
    Each(strike, [&](Machine& machine) { watch_->landmarks().BeforeFault(fault, machine); });
  }
  Do(strike);
  watch_->landmarks().AfterFault(fault);
  watch_->NoteService();
}

void FaultHands::Do(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  switch (fault.kind) {
    case FaultKind::kPhoneDelay:
    case FaultKind::kPhoneLoss:
    case FaultKind::kPhoneDuplicate:
    case FaultKind::kPhoneReorder:
    case FaultKind::kPhoneCut:
      OnPhones(strike);
      break;
    case FaultKind::kLinkCut:
    case FaultKind::kLinkCutOneWay:
    case FaultKind::kLinkSlow:
    case FaultKind::kLinkBreak:
    case FaultKind::kLinkSwizzle:
    case FaultKind::kHostCut:
      OnLink(strike);
      break;
    case FaultKind::kPowerLoss:
    case FaultKind::kTornWrite:
    case FaultKind::kBitFlip:
    case FaultKind::kMisdirectedWrite:
    case FaultKind::kDiskFull:
    case FaultKind::kDiskSlow:
    case FaultKind::kFsyncFails:
    case FaultKind::kDiskFreeze:
      OnDisk(strike);
      break;
    case FaultKind::kKill:
    case FaultKind::kBlank:
    case FaultKind::kOrderlyStop:
    case FaultKind::kStop:
    case FaultKind::kClockForward:
    case FaultKind::kClockBack:
    case FaultKind::kDoubleKill:
    case FaultKind::kDoublePowerLoss:
      OnProcess(strike);
      break;
    case FaultKind::kWitnessDown:
    case FaultKind::kWitnessSlow:
    case FaultKind::kWitnessAnswerLost:
    case FaultKind::kWitnessRequestLost:
    case FaultKind::kWitnessLateCopy:
      OnWitness(strike);
      break;
    case FaultKind::kSwitchover:
    case FaultKind::kResync:
    case FaultKind::kReconfigure:
    case FaultKind::kReadinessPolled:
    case FaultKind::kForcePromote:
      OnOperator(strike);
      break;
    case FaultKind::kWitnessKill:
    case FaultKind::kWitnessPowerLoss:
    case FaultKind::kWitnessBitFlip:
      OnWitnessMachine(fault);
      break;
    case FaultKind::kClientCut:
    case FaultKind::kClientStall:
    case FaultKind::kClientRestart:
      OnClients(strike);
      break;
  }
}

// Of all the registers that there may be in a moment, the least that can be said.
Copy FaultHands::CopyOf(size_t machine) const {
  const Machine& here = *(*machines_)[machine];
  Copy copy;
  copy.ending = asked_to_end_[machine] != nullptr;
  copy.running = here.up() && !WillEnd(machine) && !copy.ending;
  copy.whole = !watch_->harmed(machine);
  copy.member = copy.only = true;
  for (const replication::Register& reg : world_.reg->Possible()) {
    const bool named = std::any_of(reg.in_sync.begin(), reg.in_sync.end(),
                                   [&](const auto& node) { return node.store_id == here.store_id(); });
    const bool only = named && reg.in_sync.size() == 1;
    const bool other_life =
        here.pair() != nullptr && !only && !replication::IsMember(reg, here.pair()->pair().me());
    copy.member = copy.member && named && !other_life;
    copy.only = copy.only && only;
  }
  return copy;
}

bool FaultHands::WillEnd(size_t machine) const {
  const auto& at_work = at_work_[machine];
  return torn_[machine] != nullptr || at_work[static_cast<size_t>(FaultKind::kFsyncFails)] > 0 ||
         at_work[static_cast<size_t>(FaultKind::kDiskFull)] > 0;
}

bool FaultHands::IsSpared(const sim::Strike& strike) const {
  if (plan_->run_class == RunClass::kLastCopyMayBeLost) return false;
  const FaultTraits& traits = TraitsOf(strike.fault->kind);
  if (!traits.ends_process && !traits.harms_disk) return false;
  const Copy copies[kNodes] = {CopyOf(0), CopyOf(1)};
  return !LeavesACopy(plan_->pair.mode, copies, strike);
}

void FaultHands::Each(const sim::Strike& strike, const OnEach& what) {
  for (size_t i = 0; i < kNodes; ++i) {
    if (strike.struck[i]) what(*(*machines_)[i]);
  }
}

void FaultHands::During(const sim::Strike& strike, const std::function<void(Machine& machine, bool on)>& set) {
  const auto kind = static_cast<size_t>(strike.fault->kind);
  Each(strike, [&](Machine& machine) {
    const size_t number = machine.number();
    if (at_work_[number][kind]++ == 0) set(machine, true);
    world_.events->After(strike.fault->duration, [this, &machine, number, kind, set] {
      if (at_work_[number][kind] == 0) return;  // withdrawn
      if (--at_work_[number][kind] == 0) set(machine, false);
      watch_->NoteService();
    });
  });
}

uint64_t FaultHands::Strongest(FaultKind kind) const {
  uint64_t strongest = 0;
  for (const Fault* fault : active_[static_cast<size_t>(kind)]) {
    strongest = std::max<uint64_t>(strongest, fault->strength);
  }
  return strongest;
}

void FaultHands::ApplyPhoneTrouble() {
  PhoneTrouble trouble;
  trouble.delay = Duration::Milliseconds(static_cast<int64_t>(Strongest(FaultKind::kPhoneDelay)));
  trouble.loss = Strongest(FaultKind::kPhoneLoss);
  trouble.duplicate = Strongest(FaultKind::kPhoneDuplicate);
  trouble.reorder = Strongest(FaultKind::kPhoneReorder);
  world_.phones->SetTrouble(trouble);
}

void FaultHands::OnPhones(const sim::Strike& strike) {
  const Fault* const fault = strike.fault;
  if (fault->kind == FaultKind::kPhoneCut) {
    return During(strike, [this](Machine& machine, bool on) {
      world_.phones->SetCut(machine.number(), on);
      if (world_.clients != nullptr) world_.clients->SetCut(machine.number(), on);
    });
  }
  Active(fault->kind).push_back(fault);
  ApplyPhoneTrouble();
  world_.events->After(fault->duration, [this, fault] {
    std::erase(Active(fault->kind), fault);
    ApplyPhoneTrouble();
  });
}

void FaultHands::OnOperator(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  switch (fault.kind) {
    case FaultKind::kSwitchover:
      return Each(strike, [](Machine& machine) { machine.pair()->Switchover([](const absl::Status&) {}); });
    case FaultKind::kResync:
      return Each(strike, [](Machine& machine) { machine.pair()->Resync().IgnoreError(); });
    case FaultKind::kReconfigure:
      return Reconfigure();
    case FaultKind::kReadinessPolled:
      return Poll(fault, world_.events->now() + fault.duration);
    case FaultKind::kForcePromote:
      return Each(strike, [this](Machine& machine) {
        watch_->NoteForce();
        machine.pair()->ForcePromote();
      });
    default:
      return;
  }
}

void FaultHands::OnClients(const sim::Strike& strike) {
  const Fault& fault = *strike.fault;
  switch (fault.kind) {
    case FaultKind::kClientCut:
      return Each(strike, [&](Machine& machine) {
        clientele_->CutLinks(machine.number(), fault.strength, fault.draw, fault.duration);
      });
    case FaultKind::kClientStall:
      return clientele_->Stall(fault.strength, fault.draw, fault.duration);
    case FaultKind::kClientRestart:
      return clientele_->Restart(fault.strength, fault.draw, fault.duration);
    default:
      return;
  }
}

// A number that nobody calls comes, and goes again.
void FaultHands::Reconfigure() {
  extra_dn_ = !extra_dn_;
  engine::Configuration wanted = configured_;
  if (extra_dn_) {
    engine::Dn dn;
    dn.number = "4999";
    dn.type = engine::DnType::kExtension;
    wanted.PutDn(dn);
  }
  for (const auto& machine : *machines_) machine->Configure(wanted);
}

// What an operator's page shows, as often as he likes: it must not change anything.
void FaultHands::Poll(const Fault& fault, Duration until) {
  for (const auto& machine : *machines_) {
    if (machine->node() != nullptr && machine->core() != nullptr) (void)machine->node()->HealthNow();
  }
  const Duration every = Duration::Milliseconds(std::max<int64_t>(1, fault.strength));
  if (world_.events->now() + every > until) return;
  world_.events->After(every, [this, &fault, until] { Poll(fault, until); });
}

}  // namespace understudy::sim
