#include "tests/sim/world/readiness_audit.h"

#include "absl/strings/str_cat.h"
#include "replication/pair.h"

namespace understudy::sim {
namespace {

// Heartbeats are looked for so often, and the witness is asked.
constexpr Duration kMargin = Duration::Seconds(1);

}  // namespace

Duration ReadyAlone::Bound(const PairSettings& pair) { return pair.suspect + pair.max_hold + kMargin; }

absl::optional<Duration> ReadyAlone::Look(bool ready, bool gone, Duration now) {
  if (!ready || !gone) since_.reset();
  if (ready && gone && !since_) since_ = now;
  if (!since_ || now - *since_ <= bound_) return absl::nullopt;
  return since_;
}

bool ReadinessAudit::IsGone(size_t machine) const {
  const Machine& there = *(*machines_)[machine];
  return there.pair() == nullptr || there.stopped() || world_.link->cut(machine);
}

std::string ReadinessAudit::Look(size_t machine, const ReleaseBook& book) const {
  const Machine& here = *(*machines_)[machine];
  if (!here.ready()) return "";
  const size_t other = 1 - machine;
  const Machine& there = *(*machines_)[other];
  if (there.core() == nullptr || there.pair() == nullptr) return "";  // not heard of yet: LookAtPeer
  const absl::optional<replication::Register>& view = here.pair()->pair().view();
  if (!view || !replication::IsMember(*view, there.pair()->pair().me())) return "";  // another life, not heard of yet
  if (!book.HasAll(machine)) return "";  // lost before, which is released-survives' matter
  if (!book.HasAll(other)) {
    return absl::StrCat(here.name(), " says that it is ready, and the other node's history ends with lsn ",
                        book.end(other).value(), "; lsn ", book.last().value(), " was released");
  }
  if (mode_ != replication::CommitMode::kDurable || there.core()->durable() >= book.last()) return "";
  return absl::StrCat(here.name(), " says that it is ready, and the other node's disk has lsn ",
                      there.core()->durable().value(), "; lsn ", book.last().value(), " was released");
}

std::string ReadinessAudit::LookAtPeer(size_t machine) {
  const Machine& here = *(*machines_)[machine];
  const absl::optional<Duration> since = alone_[machine].Look(here.ready(), IsGone(1 - machine), world_.events->now());
  if (!since) return "";
  return absl::StrCat(here.name(), " says that it is ready, and the other node has been gone since ",
                      since->milliseconds(), " ms");
}

}  // namespace understudy::sim
