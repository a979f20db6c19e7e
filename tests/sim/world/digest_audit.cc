#include "tests/sim/world/digest_audit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/snapshot.h"

namespace understudy::sim {
namespace {

// The digest of a state is as dear as a hundred entries: a primary's is taken so often, a backup's whenever there is
// one to compare it with.
constexpr uint64_t kEntriesASample = 60;
constexpr size_t kMostSamples = 64;

}  // namespace

void DigestAudit::Look(size_t machine) {
  const Machine& here = *(*machines_)[machine];
  const daemon::Core& core = *here.core();
  const Lsn lsn = core.end();
  if (lsn == looked_[machine] || core.has_batch() || core.state().lsn != lsn) return;
  looked_[machine] = lsn;
  const bool due = here.serving() && lsn.value() - std::min(lsn, sampled_).value() >= kEntriesASample;
  if (!due && !samples_.contains(lsn)) return;
  if (due) sampled_ = lsn;
  Compare(here, due);
}

void DigestAudit::Compare(const Machine& machine, bool record) {
  const daemon::Core& core = *machine.core();
  const Sample mine{core.chain(), engine::DigestState(core.state())};
  const auto found = samples_.find(core.end());
  if (found != samples_.end() && found->second.chain == mine.chain) {
    if (found->second.digest == mine.digest) return;
    return violated_(Check::kDigestsEqual,
                     absl::StrCat(machine.name(), " has another state at lsn ", core.end().value(), ": digest ",
                                  mine.digest.ToHex(), ", not ", found->second.digest.ToHex()));
  }
  if (!record) return;
  samples_[core.end()] = mine;
  while (samples_.size() > kMostSamples) samples_.erase(samples_.begin());
}

// Neither may run: then that is what is wrong, and another check says it.
void DigestAudit::AtEnd() {
  const daemon::Core* const a = (*machines_)[0]->core();
  const daemon::Core* const b = (*machines_)[1]->core();
  if (a == nullptr || b == nullptr || a->has_batch() || b->has_batch()) return;
  samples_.clear();
  Compare(*(*machines_)[0], true);
  if (a->end() == b->end()) Compare(*(*machines_)[1], false);
}

}  // namespace understudy::sim
