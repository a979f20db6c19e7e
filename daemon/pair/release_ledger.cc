#include "daemon/pair/release_ledger.h"

#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "journal/batch_view.h"

namespace understudy::daemon {
namespace {

// With the batch's chain, and so with everything before it.
Hash128 IdentityOf(const journal::BatchView& batch, const journal::EntryRecord& entry) {
  const journal::BatchPrelude& prelude = batch.prelude();
  const std::string place = absl::StrCat(prelude.chain.lo, " ", prelude.chain.hi, " ", prelude.epoch.value(), " ");
  const std::string times = absl::StrCat(entry.engine_time.nanoseconds(), " ", entry.wall_time.nanoseconds(), " ");
  return SipHash128(HashKey{}, absl::StrCat(place, entry.lsn.value(), " ", times, entry.effects_hash, " ", entry.kind,
                                            " ", entry.payload));
}

// Entries of the log from `first` on, until `see` says false.
absl::Status Walk(const journal::LogStore& log, Lsn first,
                  const std::function<bool(const journal::EntryRecord&, const Hash128&)>& see) {
  const std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  for (iterator->Seek(first); iterator->Valid(); iterator->Next()) {
    journal::BatchView batch;
    if (absl::Status s = batch.Parse(iterator->bytes()); !s.ok()) return s;
    for (size_t i = 0; i < batch.size(); ++i) {
      const journal::EntryRecord entry = batch[i];
      if (entry.lsn >= first && !see(entry, IdentityOf(batch, entry))) return absl::OkStatus();
    }
  }
  return iterator->status();
}

}  // namespace

void ReleaseLedger::Violated(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

void ReleaseLedger::Released(const std::string& node, const Core& core, Lsn lsn, int ordinal,
                             const engine::SendSip& send) {
  const std::string told = absl::StrCat(send.remote.ToText(), " ", send.bytes.view());
  const auto [message, is_new] = messages_.try_emplace({lsn, ordinal}, told);
  if (!is_new) ++repeated_;
  if (message->second != told) {
    return Violated(absl::StrCat("node ", node, " releases for lsn ", lsn.value(), " other bytes than before:\n", told,
                                 "\nbefore:\n", message->second));
  }
  last_ = std::max(last_, lsn);
  if (entries_.contains(lsn)) return;
  Hash128 identity;
  const absl::Status walked = Walk(core.log(), lsn, [&](const journal::EntryRecord& entry, const Hash128& hash) {
    if (entry.lsn == lsn) identity = hash;
    return false;
  });
  if (!walked.ok() || identity == Hash128()) {
    return Violated(absl::StrCat("node ", node, " released lsn ", lsn.value(), ", which its log does not have: ",
                                 walked.message()));
  }
  entries_[lsn] = identity;
}

absl::Status ReleaseLedger::Compare(const Core& core, Lsn first) const {
  auto due = entries_.lower_bound(first);
  const absl::Status walked =
      Walk(core.log(), first, [&](const journal::EntryRecord& entry, const Hash128& identity) {
        if (due == entries_.end()) return false;
        if (entry.lsn < due->first) return true;
        if (entry.lsn != due->first || identity != due->second) return false;
        ++due;
        return true;
      });
  if (!walked.ok()) return walked;
  if (due == entries_.end()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("lsn ", due->first.value(), " was released, and is not what the log has "
                                          "there; it ends with lsn ", core.log().Range().last.value()));
}

// What a snapshot that verified covers is not read at a start, and need not be readable: the chain speaks for it.
void ReleaseLedger::Examine(const std::string& node, const Core& core) {
  const Lsn first = std::max(core.log().Range().first, Lsn(1));
  const Lsn snapshot = core.restored().snapshot_lsn;
  absl::Status compared = Compare(core, first);
  if (absl::IsDataLoss(compared) && snapshot >= first) compared = Compare(core, snapshot.Next());
  if (!compared.ok()) Violated(absl::StrCat("node ", node, ": ", compared.message()));
}

}  // namespace understudy::daemon
