#include "tests/sim/world/digest_audit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/snapshot.h"

namespace understudy::sim {
namespace {

// The digest of a state is as dear as a hundred entries: a primary's is taken so often, a backup's whenever there is
// one to compare it with. Two states are compared as rarely.
constexpr uint64_t kEntriesASample = 60;
constexpr uint64_t kEntriesAComparison = 120;
constexpr size_t kMostSamples = 64;
// Where there is a pair most of the time one comparison in so many entries is the least, and one at the end.
constexpr uint64_t kEntriesAComparisonAtLeast = 400;

}  // namespace

// Its state is that of the end of its log.
bool DigestAudit::IsSettled(const daemon::Core* core) {
  return core != nullptr && !core->has_batch() && core->state().lsn == core->end();
}

void DigestAudit::Look(size_t machine) {
  const Machine& here = *(*machines_)[machine];
  const daemon::Core& core = *here.core();
  LookForFilling(here);
  const Lsn lsn = core.end();
  if (lsn == looked_[machine] || !IsSettled(&core)) return;
  looked_[machine] = lsn;
  if (samples_.contains(lsn)) CompareWithSample(here);
  if (here.serving() && lsn.value() - std::min(lsn, sampled_).value() >= kEntriesASample) Sample(here);
  if (lsn.value() - std::min(lsn, states_compared_).value() >= kEntriesAComparison && AreTogether()) CompareStates();
}

// A new journal with something in it was filled with a state that the other node has sent.
void DigestAudit::LookForFilling(const Machine& machine) {
  const daemon::Core& core = *machine.core();
  const uint64_t store = core.identity().store_id;
  if (std::exchange(stores_[machine.number()], store) == store || core.end().empty()) return;
  const auto sent = samples_.find(core.end());
  if (sent != samples_.end() && sent->second.chain == core.chain()) return CompareWithSample(machine);
  violated_(Check::kDigestsEqual, absl::StrCat(machine.name(), " was filled with a state of lsn ", core.end().value(),
                                               " that nobody has sent"));
}

void DigestAudit::Sample(const Machine& machine) {
  const daemon::Core& core = *machine.core();
  if (!IsSettled(&core)) return;
  sampled_ = core.end();
  samples_[sampled_] = Known{core.chain(), engine::DigestState(core.state())};
  while (samples_.size() > kMostSamples) samples_.erase(samples_.begin());
}

void DigestAudit::CompareWithSample(const Machine& machine) {
  const daemon::Core& core = *machine.core();
  const Known& known = samples_.at(core.end());
  if (known.chain != core.chain()) return;
  const Hash128 digest = engine::DigestState(core.state());
  ++compared_;
  if (digest == known.digest) return;
  violated_(Check::kDigestsEqual,
            absl::StrCat(machine.name(), " has another state at lsn ", core.end().value(), ": digest ", digest.ToHex(),
                         ", not ", known.digest.ToHex()));
}

bool DigestAudit::AreTogether() const {
  const daemon::Core* const a = (*machines_)[0]->core();
  const daemon::Core* const b = (*machines_)[1]->core();
  return IsSettled(a) && IsSettled(b) && a->end() == b->end() && a->chain() == b->chain();
}

// The digest is made of the fields that are saved; a field that is forgotten there is not.
void DigestAudit::CompareStates() {
  const daemon::Core& a = *(*machines_)[0]->core();
  const daemon::Core& b = *(*machines_)[1]->core();
  states_compared_ = a.end();
  ++compared_;
  if (a.state() == b.state()) return;
  violated_(Check::kDigestsEqual, absl::StrCat("the nodes have different states at lsn ", a.end().value()));
}

// Where one does not run, or follows nobody, another check says so, unless it is relaxed.
void DigestAudit::AtEnd() {
  for (const auto& machine : *machines_) {
    if (machine->core() == nullptr || machine->pair() == nullptr || !machine->pair()->pair().ready()) return;
  }
  if (!AreTogether()) {
    return violated_(Check::kDigestsEqual, absl::StrCat("the nodes do not come to stand at one lsn: ",
                                                        (*machines_)[0]->core()->end().value(), " and ",
                                                        (*machines_)[1]->core()->end().value()));
  }
  CompareStates();
  const uint64_t entries = (*machines_)[0]->core()->end().value();
  if (compared_ > entries / kEntriesAComparisonAtLeast) return;
  violated_(Check::kDigestsEqual, absl::StrCat("only ", compared_, " states were compared in ", entries, " entries"));
}

}  // namespace understudy::sim
