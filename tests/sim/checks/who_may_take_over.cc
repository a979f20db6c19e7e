#include "tests/sim/checks/who_may_take_over.h"

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

using replication::CommitMode;
using replication::Incarnation;
using replication::Register;

bool Lacks(const Register& reg, const Incarnation& member, const CopyOfEntry& copy) {
  if (copy.store_id != member.store_id || member.empty()) return false;
  const bool on_disk = copy.synced || copy.damaged;
  if (reg.mode == CommitMode::kDurable || reg.in_sync.size() == 1) return !on_disk;
  return copy.life == member && !copy.appended && !on_disk;
}

}  // namespace

std::string WhoLacks(absl::Span<const Register> possible, absl::Span<const CopyOfEntry> copies) {
  for (const Register& reg : possible) {
    for (const Incarnation& member : reg.in_sync) {
      for (const CopyOfEntry& copy : copies) {
        if (!Lacks(reg, member, copy)) continue;
        return absl::StrCat(copy.machine, ", a member by ", replication::ToText(reg), ", ",
                            copy.appended ? "has it in memory only" : "does not have it");
      }
    }
  }
  return "";
}

}  // namespace understudy::sim
