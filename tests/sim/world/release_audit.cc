#include "tests/sim/world/release_audit.h"

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "journal/memory_log_store.h"
#include "journal/recovery.h"

namespace understudy::sim {
namespace {

// A backup tells how late a batch came by those that came sooner (daemon/core/peer_clock.h); where all were late, by a
// silence on the link that is no death yet, that comes on top.
constexpr Duration kOnTheLink = Duration::Milliseconds(500);

}  // namespace

ReleaseAudit::ReleaseAudit(const Plan& plan, const MachineWorld& world, const Machines* machines, IsHarmed harmed,
                           Violated violated)
    : world_(world),
      machines_(machines),
      harmed_(std::move(harmed)),
      violated_(std::move(violated)),
      book_(plan.pair.release_age, plan.pair.suspect + kOnTheLink) {}

void ReleaseAudit::TakeFromBook() {
  if (book_.violation().empty()) return;
  const std::string what = book_.violation();
  book_.ClearViolation();
  violated_(book_.check(), what);
}

void ReleaseAudit::OnJournal(size_t machine, const journal::LogStore& log) {
  book_.Started(machine, log);
  CheckCopies("a journal is opened");
}

void ReleaseAudit::OnServing(size_t machine) {
  if (std::exchange(forced_, false)) book_.AcceptLoss(machine);
  const Epoch epoch = (*machines_)[machine]->core()->epoch();
  const absl::optional<replication::Register>& present = world_.reg->value();
  book_.Served(machine, epoch, present && !force_was_used_ ? present->epoch : epoch);
  TakeFromBook();
}

void ReleaseAudit::OnReleased(size_t machine, Lsn lsn, const engine::SendSip& send) {
  book_.Released(machine, (*machines_)[machine]->core()->epoch(), lsn, send, world_.events->now());
  TakeFromBook();
  if (book_.last() != copied_) CheckCopies("it leaves");
}

// Who goes on unguarded, and who was forced out, may not know that another one serves: the operator wanted that.
void ReleaseAudit::OnLeaving(size_t machine, const net::Outgoing& outgoing) {
  const Machine& here = *(*machines_)[machine];
  if (here.core() == nullptr || here.pair() == nullptr || force_was_used_) return;
  if (here.pair()->pair().standing() == replication::Standing::kUnguarded) return;
  NoteDropped(*here.core());
  book_.Left(machine, here.core()->epoch(), outgoing.remote, outgoing.bytes.view());
  TakeFromBook();
}

bool ReleaseAudit::IsSynced(const Machine& machine, const BookedBatch& batch) const {
  const std::shared_ptr<journal::MemoryDisk> log = machine.disk().log();
  if (log == nullptr) return false;
  const absl::optional<Hash128> chain = log->SyncedChain(batch.last);
  if (chain) return *chain == batch.chain;
  const absl::optional<journal::BatchPrelude> first = log->SyncedFirst();
  return first && first->first_lsn > batch.last && book_.IsBefore(batch, first->previous_chain);
}

CopyOfEntry ReleaseAudit::CopyOn(const Machine& machine, const BookedBatch& batch) const {
  CopyOfEntry copy;
  copy.machine = machine.name();
  const std::shared_ptr<journal::MemoryDisk> log = machine.disk().log();
  if (log != nullptr && !absl::SimpleAtoi(log->Meta(journal::kStoreIdFact), &copy.store_id)) copy.store_id = 0;
  if (machine.pair() != nullptr) copy.life = machine.pair()->pair().me();
  copy.appended = machine.up() && book_.Has(machine.number(), batch);
  copy.synced = IsSynced(machine, batch);
  copy.damaged = harmed_(machine.number());
  return copy;
}

// The newest is enough: whoever has it has all before it.
void ReleaseAudit::CheckCopies(absl::string_view when) {
  const BookedBatch* const batch = book_.newest();
  if (batch == nullptr || force_was_used_) return;
  copied_ = batch->last;
  const CopyOfEntry copies[kNodes] = {CopyOn(*(*machines_)[0], *batch), CopyOn(*(*machines_)[1], *batch)};
  const std::string lacks = WhoLacks(world_.reg->Possible(), copies);
  if (lacks.empty()) return;
  violated_(Check::kReleasedSurvives,
            absl::StrCat("lsn ", batch->last.value(), " was released, and when ", when, " ", lacks));
}

void ReleaseAudit::AtEnd() {
  CheckCopies("all is over");
  for (const auto& machine : *machines_) {
    book_.Examine(machine->number(), "ends");
    TakeFromBook();
  }
}

}  // namespace understudy::sim
