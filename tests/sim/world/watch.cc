#include "tests/sim/world/watch.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "daemon/events.h"
#include "daemon/pair/pair_events.h"
#include "tests/sim/checks/party_audit.h"
#include "tests/sim/checks/state_audit.h"
#include "tests/sim/world/habit_marks.h"

namespace understudy::sim {
namespace {

// An alarm that is due is at most so late where somebody serves.
constexpr Duration kLateAlarm = Duration::Seconds(2);

bool Is(const log::LogEvent& event, const log::LogEvent& wanted) {
  return absl::string_view(event.id) == absl::string_view(wanted.id);
}

}  // namespace

Watch::Watch(const Plan* plan, const MachineWorld& world, const Machines* machines, Workload* workload,
             Clientele* clientele)
    : plan_(plan),
      world_(world),
      machines_(machines),
      workload_(workload),
      clientele_(clientele),
      releases_(
          *plan, world, machines, [this](size_t machine) { return harm_.harmed(machine); },
          [this](Check check, std::string what) { Violated(check, std::move(what)); }),
      digests_([this](Check check, std::string what) { Violated(check, std::move(what)); }),
      memory_(plan->clients.clients),
      landmarks_(world, machines, &marks_),
      clients_(machines, workload, clientele, &marks_,
               [this](std::string what) { Violated(Check::kClients, std::move(what)); }),
      outages_(&plan->pair, world, machines, &workload->book()),
      readiness_(plan->pair, world, machines),
      engine_clock_(machines) {}

void Watch::Violated(Check check, std::string text) {
  if (violation_.found() || IsRelaxed(plan_->run_class, check)) return;
  if (check == Check::kReleaseAge && releasing_by_clock_) return;
  violation_ = {check, std::move(text), now()};
}

void Watch::OnJournal(size_t machine, const journal::LogStore& log) {
  const Machine& here = *(*machines_)[machine];
  // What a process opens after its crash is not there.
  if (!here.crashed()) harm_.OnJournal(machine, here.starts(), here.store_id());
  releases_.OnJournal(machine, log);
}

void Watch::OnServing(size_t machine) {
  ++epochs_;
  const Epoch epoch = (*machines_)[machine]->core()->epoch();
  if (epoch > highest_served_) {
    highest_served_ = epoch;
    if (last_serving_ && *last_serving_ != machine) ++role_changes_;
    last_serving_ = machine;
  }
  landmarks_.OnServing(machine);
  clients_.OnServing();
  workload_->book().NoteServing();
  releases_.OnServing(machine);
  std::string wrong = engine_clock_.OnServing(machine, now());
  if (!wrong.empty()) Violated(Check::kTimers, std::move(wrong));
  if (!engine_clock_.HasLostTime(machine)) return;
  workload_->book().NoteLostTime();
  clientele_->book().NoteLostTime();
}

void Watch::OnReleased(size_t machine, Lsn lsn, const engine::Effect& effect) {
  const auto* const send = std::get_if<engine::SendSip>(&effect);
  if (send == nullptr) return;
  const uint64_t repeated = book().repeated();
  releasing_by_clock_ = engine_clock_.IsAgeByWallClock(machine, lsn);
  releases_.OnReleased(machine, lsn, *send);
  if (book().repeated() > repeated) marks_.Hit(Mark::kReleasedAgain);
}

// Nothing that is done to a disk makes states diverge. A journal that cannot be read is a mistake of the code where
// nothing has harmed that disk.
void Watch::OnLog(size_t machine, const log::LogEvent& event, absl::string_view line) {
  if (const absl::optional<Mark> mark = MarkOfLogEvent(event.id)) marks_.Hit(*mark);
  landmarks_.OnLog(machine, event);
  const uint64_t starts = (*machines_)[machine]->starts();
  const auto must_not = [&](Check check) { Violated(check, absl::StrCat("machine ", machine, " says: ", line)); };
  if (Is(event, daemon::kResyncBegun)) digests_.OnStateSent(States()[machine]);
  if (Is(event, daemon::kStateTaken) || Is(event, daemon::kDiverged)) harm_.NoteRefill(machine, starts);
  if (Is(event, daemon::kResyncDiffers) || Is(event, daemon::kDiverged)) must_not(Check::kDigestsEqual);
  if (harm_.Excuses(machine, starts)) return;
  if (Is(event, daemon::kSnapshotSkipped)) must_not(Check::kTimers);
  if (Is(event, daemon::kJournalSetAside) || Is(event, daemon::kLogUnreadable)) must_not(Check::kReleasedSurvives);
}

void Watch::OnEnded(size_t machine, const absl::Status& why) {
  if (!absl::IsDataLoss(why) || harm_.Excuses(machine, (*machines_)[machine]->starts())) return;
  Violated(Check::kReleasedSurvives, absl::StrCat("machine ", machine, " ended: ", why.message()));
}

// A journal that a process has filled after its crash is not there either: the next one has the old store again.
void Watch::OnTurn(size_t machine) {
  const Machine& here = *(*machines_)[machine];
  if (here.core() == nullptr) return;
  landmarks_.OnTurn(machine);
  clients_.OnTurn(machine, now());
  if (std::string wrong = readiness_.Look(machine, book()); !wrong.empty()) {
    Violated(Check::kReadiness, std::move(wrong));
  }
  if (here.serving() && here.core()->disk_low()) workload_->book().NoteLowDisk();
  const daemon::Core& core = *here.core();
  const bool is_news = digests_.IsNews(machine, core.identity().store_id, core.end());
  if (is_news && !here.crashed()) digests_.Look(machine, States());
  releases_.OnTurn(machine);
  harm_.OnTurn(machine);
}

void Watch::NoteService() {
  std::string wrong = outages_.Look();
  if (!wrong.empty()) Violated(Check::kService, std::move(wrong));
}

void Watch::Tick() {
  NoteService();
  CheckStates();
  for (const auto& machine : *machines_) {
    std::string wrong = readiness_.LookAtPeer(machine->number());
    if (!wrong.empty()) Violated(Check::kReadiness, std::move(wrong));
  }
  const Machine* const serving = outages_.serving();
  if (serving == nullptr) return;
  CheckDeadline(*serving);
  clients_.LookAt(*serving->core());
  std::string wrong = calls_.Run(serving->core()->state(), *workload_, now(), outages_.since());
  if (!wrong.empty()) Violated(Check::kCallsAgree, std::move(wrong));
}

void Watch::CheckStates() {
  for (const auto& machine : *machines_) {
    if (machine->core() == nullptr) continue;
    std::string wrong = AuditState(machine->core()->state());
    if (!wrong.empty()) Violated(Check::kTimers, absl::StrCat(machine->name(), ": ", wrong));
    wrong = AuditParties(machine->core()->state());
    if (!wrong.empty()) Violated(Check::kClients, absl::StrCat(machine->name(), ": ", wrong));
    if (std::string grows = memory_.Look(*machine, now()); !grows.empty()) Violated(Check::kMemory, std::move(grows));
  }
}

void Watch::CheckDeadline(const Machine& machine) {
  const absl::optional<Duration> alarm = machine.core()->NextAlarm();
  const Duration boot = (*machines_)[machine.number()]->clock().SinceBoot();
  if (!alarm || outages_.since() < kLateAlarm || boot - *alarm < kLateAlarm) return;
  Violated(Check::kTimers,
           absl::StrCat(machine.name(), " serves, and a timer is due since ", (boot - *alarm).milliseconds(), " ms"));
}

void Watch::CheckPairAgain() {
  int serving = 0;
  std::string text;
  for (const auto& machine : *machines_) {
    if (machine->pair() == nullptr) return Violated(Check::kPairAgain, absl::StrCat(machine->name(), " does not run"));
    const replication::Pair& pair = machine->pair()->pair();
    serving += pair.role() == replication::Role::kPrimary ? 1 : 0;
    absl::StrAppend(&text, text.empty() ? "" : ", ", machine->name(), " is ", RoleName(pair.role()),
                    pair.ready() ? " and ready" : " and not ready", ", promise ", pair.promise().value(), " epoch ",
                    pair.epoch().value());
    if (!pair.ready()) serving = kNodes + 1;
  }
  if (serving == 1) return;
  if (world_.reg->value()) absl::StrAppend(&text, "; the register: ", replication::ToText(*world_.reg->value()));
  Violated(Check::kPairAgain, absl::StrCat("long after the last fault there is no pair: ", text));
}

DigestAudit::Nodes Watch::States() const {
  DigestAudit::Nodes nodes;
  for (const auto& machine : *machines_) {
    const daemon::Core* const core = machine->core();
    if (core == nullptr) continue;
    nodes[machine->number()] = {&core->state(), core->identity().store_id, core->end(),
                                core->chain(),  core->has_batch(),         core->serving()};
  }
  return nodes;
}

bool Watch::IsPair() const {
  return std::all_of(machines_->begin(), machines_->end(), [](const auto& machine) {
    return machine->core() != nullptr && machine->pair() != nullptr && machine->pair()->pair().ready();
  });
}

bool Watch::IsQuiet() const {
  const Machine* const serving = outages_.serving();
  if (serving == nullptr || serving->core()->state().calls.size() > 0) return false;
  return IsPair() && clients_.IsQuiet() && workload_->Unfinished().empty() && workload_->LitLamps().empty() &&
         DigestAudit::AreTogether(States());
}

void Watch::AtEnd() {
  Tick();
  CheckPairAgain();
  const Machine* const serving = outages_.serving();
  if (serving == nullptr) return Violated(Check::kPairAgain, "long after the last fault nobody serves");
  std::string wrong = CallAudit::AtEnd(serving->core()->state(), *workload_, now());
  if (!wrong.empty()) Violated(Check::kCallsAgree, std::move(wrong));
  if (!serving->core()->state().configuration.DifferenceTo(serving->configuration()).empty()) {
    Violated(Check::kPairAgain, absl::StrCat(serving->name(), " serves with another configuration than its file's"));
  }
  for (const auto& machine : *machines_) {
    if (machine->core() == nullptr) continue;
    if (std::string grown = MemoryAudit::AtEnd(*machine); !grown.empty()) Violated(Check::kMemory, std::move(grown));
  }
  releases_.AtEnd();
  HitHabitMarks(*workload_, &marks_);
  clients_.AtEnd(serving->core()->state());
  if (IsPair()) digests_.AtEnd(States());
}

}  // namespace understudy::sim
