#include "tests/sim/world/memory_audit.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace understudy::sim {
namespace {

// A run has some 1,200 entries and as many effects in all, three calls a second, each of half a minute at most; a
// node may wait some seconds for its disk or its peer.
constexpr uint64_t kMostHeld = 500;
// A client may have asked for so much while nothing is committed, and another one has as many outcomes to hear of it.
constexpr uint64_t kMostHeldOfAClient = 600;
constexpr uint64_t kMostLive = 500;
constexpr uint64_t kMostWaitingBytes = uint64_t{1} << 20;
// A finished transaction is kept for 64*T1 (RFC 3261 17) of service, and there is one to two entries. Where nobody has
// served for long there may be as many as before that.
constexpr Duration kFinished = Duration::Seconds(40);
constexpr uint64_t kMoreFinished = 400;
// Two that are whole, one that is being written, and what a flipped bit has damaged, which stays until two are younger.
constexpr uint64_t kMostSnapshots = 5;
// At the end phones register still, and no more.
constexpr uint64_t kFewHeld = 10;
constexpr uint64_t kFewLive = 20;

struct Bound {
  absl::string_view what;
  uint64_t now;
  uint64_t most;
};

std::string Beyond(const Machine& machine, std::initializer_list<Bound> bounds) {
  for (const Bound& bound : bounds) {
    if (bound.now > bound.most) {
      return absl::StrCat(machine.name(), " has ", bound.now, " ", bound.what, ", more than ", bound.most);
    }
  }
  return "";
}

}  // namespace

std::string MemoryAudit::Look(const Machine& machine, Duration now) {
  const daemon::Core& core = *machine.core();
  uint64_t finished = UINT64_MAX;
  if (machine.serving()) {
    const uint64_t end = core.end().value();
    samples_.push_back({now, end});
    while (samples_.size() > 1 && samples_[1].at + kFinished < now) samples_.pop_front();
    // No more than entries since: hardly any ends two transactions.
    if (samples_.front().at + kFinished < now) finished = end - std::min(end, samples_.front().end) + kMoreFinished;
  }
  return Beyond(machine, {{"effects held", core.outbox().held(), kMostHeld + clients_ * kMostHeldOfAClient},
                          {"live transactions", core.state().transactions.live(), kMostLive},
                          {"finished transactions", core.state().transactions.finished(), finished},
                          {"snapshots", machine.disk().snapshots(), kMostSnapshots},
                          {"bytes that wait for the disk", core.waiting_bytes(), kMostWaitingBytes}});
}

std::string MemoryAudit::AtEnd(const Machine& machine) {
  const daemon::Core& core = *machine.core();
  return Beyond(machine, {{"effects held, and nobody has a call", core.outbox().held(), kFewHeld},
                          {"live transactions, and nobody has a call", core.state().transactions.live(), kFewLive}});
}

}  // namespace understudy::sim
