#include "tests/sim/world/landmarks.h"

#include <utility>

#include "daemon/pair/pair_events.h"
#include "journal/recovery.h"

namespace understudy::sim {
namespace {

using replication::RegisterOperation;

bool Is(const log::LogEvent& event, const log::LogEvent& wanted) {
  return absl::string_view(event.id) == absl::string_view(wanted.id);
}

}  // namespace

void Landmarks::OnServing(size_t machine) {
  served_.insert((*machines_)[machine]->core()->epoch());
  const size_t other = 1 - machine;
  if (std::exchange(ready_killed_[other], false)) marks_->Hit(Mark::kReadyWasKilled);
  ready_killed_[machine] = false;
  if (std::exchange(primary_asked_[other], false)) marks_->Hit(Mark::kEndedInOrder);
  primary_asked_[machine] = false;
  stopped_serving_[other] = (*machines_)[other]->stopped() && (*machines_)[other]->serving();
}

void Landmarks::OnLog(size_t machine, const log::LogEvent& event) {
  Life& life = lives_[machine];
  if (Is(event, daemon::kStateTaken)) {
    life.filled = true;
    if (++refilled_[machine] == 2) marks_->Hit(Mark::kRefilledTwice);
  }
  const Machine& peer = *(*machines_)[1 - machine];
  const bool in_sync = Is(event, daemon::LogEventOf(replication::PairEvent::kInSync));
  if (in_sync && peer.starts() > 1 && !lives_[1 - machine].filled) marks_->Hit(Mark::kTailCaughtUp);
  if (Is(event, daemon::kResyncBegun)) {
    if (std::exchange(life.transfer_broken, false)) marks_->Hit(Mark::kTransferContinued);
    const daemon::Core& core = *(*machines_)[machine]->core();
    const bool has_tail = peer.core() != nullptr && !peer.core()->end().empty();
    if (core.serving() && has_tail && peer.core()->end().Next() < core.first_lsn()) {
      marks_->Hit(Mark::kLogDroppedForPeer);
    }
  }
  const log::LogEvent& disconnected = daemon::LogEventOf(replication::PairEvent::kPeerDisconnected);
  const daemon::PairDriver* const driver = (*machines_)[machine]->pair();
  if (!Is(event, disconnected) || driver == nullptr || !driver->sender().active()) return;
  life.transfer_broken = true;
  marks_->Hit(Mark::kTransferInterrupted);
}

void Landmarks::OnTurn(size_t number) {
  LookAtLink();
  const Machine& machine = *(*machines_)[number];
  if (machine.core() == nullptr) return;
  Life& life = lives_[number];
  if (life.start != machine.starts()) life = {machine.starts(), false, 0, life.transfer_broken, false};
  if (!std::exchange(life.looked, true)) LookAtStart(machine);
  const uint64_t too_old = machine.core()->outbox().too_old();
  if (too_old > life.too_old) marks_->Hit(Mark::kTooOldNotSent);
  life.too_old = too_old;
  if (stopped_serving_[number] && !machine.serving()) {
    stopped_serving_[number] = false;
    marks_->Hit(Mark::kWokeSuperseded);
  }
}

void Landmarks::LookAtLink() {
  const PeerCounts& link = world_.link->counts();
  marks_->Add(Mark::kHalfOpenLink, link.half_open - std::exchange(half_open_, link.half_open));
  marks_->Add(Mark::kSwizzled, link.swizzled - std::exchange(swizzled_, link.swizzled));
}

void Landmarks::LookAtStart(const Machine& machine) {
  const daemon::Core& core = *machine.core();
  if (core.recovery().verdict.outcome == journal::Outcome::kTornTailCut) marks_->Hit(Mark::kTornTail);
  if (core.was_set_aside() && core.end().empty()) marks_->Hit(Mark::kCorruptLog);
  const Lsn snapshot = core.restored().snapshot_lsn;
  if (!snapshot.empty() && snapshot < core.end()) marks_->Hit(Mark::kStartedFromSnapshot);
  const absl::optional<replication::Register>& reg = world_.reg->value();
  if (reg && core.promise() > reg->epoch) marks_->Hit(Mark::kPromisedAboveAtStart);
}

void Landmarks::OnQuestion(const replication::RegisterRequest* request, WitnessFate fate, bool granted) {
  if (request == nullptr) return;
  const auto& history = world_.reg->history();
  if (history.size() > histories_seen_) {
    histories_seen_ = history.size();
    const bool moved = history.size() >= 2 && history.back().epoch > history[history.size() - 2].epoch;
    if (moved && !served_.contains(history[history.size() - 2].epoch)) marks_->Hit(Mark::kEpochNeverServed);
  }
  if (!granted && fate == WitnessFate::kCopyCame) marks_->Hit(Mark::kLateCopyRefused);
  if (granted && request->operation == RegisterOperation::kTouch) marks_->Hit(Mark::kTouchVoids);
  if (granted && fate == WitnessFate::kDied) marks_->Hit(Mark::kWitnessDiedUnheard);
  if (!granted || (fate != WitnessFate::kAnswerLost && fate != WitnessFate::kDied)) return;
  switch (request->operation) {
    case RegisterOperation::kAcquire:
      return marks_->Hit(Mark::kAcquireAnswerLost);
    case RegisterOperation::kShrink:
      return marks_->Hit(Mark::kShrinkAnswerLost);
    case RegisterOperation::kGrow:
      return marks_->Hit(Mark::kGrowAnswerLost);
    case RegisterOperation::kHandover:
      return marks_->Hit(Mark::kHandoverAnswerLost);
    default:
      return;
  }
}

void Landmarks::OnWitnessStarted() {
  if (world_.reg->machine().slot_was_lost()) marks_->Hit(Mark::kWitnessSlotLost);
}

void Landmarks::Died(const Machine& machine) {
  if (!machine.up()) return;
  primary_asked_[machine.number()] = false;
  const Situation now = Look(*machines_, *world_.reg, Triggers::All());
  const Triggers here = now.at[machine.number()];
  constexpr struct {
    Trigger trigger;
    Mark mark;
  } kMoments[] = {{Trigger::kCommit, Mark::kKilledInCommit},
                {Trigger::kPromise, Mark::kKilledWhileKeepingPromise},
                {Trigger::kGrow, Mark::kDiedDuringGrow},
                {Trigger::kTransfer, Mark::kTransferInterrupted},
                {Trigger::kSnapshot, Mark::kSnapshotInterrupted},
                {Trigger::kRefill, Mark::kRefillInterrupted},
                {Trigger::kPromotion, Mark::kDoubleFailover}};
  for (const auto& [trigger, mark] : kMoments) {
    if (here.Has(trigger)) marks_->Hit(mark);
  }
  ready_killed_[machine.number()] = here.Has(Trigger::kReady);
}

void Landmarks::BeforeFault(const Fault& fault, const Machine& machine) {
  const bool asked = fault.kind == FaultKind::kOrderlyStop;
  if (asked) primary_asked_[machine.number()] = machine.serving();
  if (TraitsOf(fault.kind).ends_process && !asked) Died(machine);
  const bool by_power = fault.kind == FaultKind::kPowerLoss || fault.kind == FaultKind::kTornWrite ||
                        fault.kind == FaultKind::kDoublePowerLoss;
  if (by_power) {
    lost_power_[machine.number()] = world_.events->now();
    const Duration apart = world_.events->now() - lost_power_[1 - machine.number()];
    if (apart < Duration::Seconds(1)) marks_->Hit(Mark::kBothLostPower);
  }
  const daemon::PairDriver* const driver = machine.pair();
  if (fault.kind == FaultKind::kStop && driver != nullptr && driver->pair().handing_over()) {
    marks_->Hit(Mark::kStoppedDuringHandover);
  }
  const bool jumps = fault.kind == FaultKind::kClockForward || fault.kind == FaultKind::kClockBack;
  if (jumps && machine.serving()) marks_->Hit(Mark::kClockJumped);
}

void Landmarks::OnEnded(size_t machine, bool asked, const absl::Status& why) {
  if (!asked || !why.ok()) primary_asked_[machine] = false;
}

void Landmarks::AfterFault(const Fault& fault) {
  if (fault.kind == FaultKind::kReconfigure) marks_->Hit(Mark::kReconfigured);
  if (!(*machines_)[0]->up() && !(*machines_)[1]->up()) marks_->Hit(Mark::kBothDead);
}

}  // namespace understudy::sim
