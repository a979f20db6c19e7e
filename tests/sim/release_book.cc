#include "tests/sim/release_book.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/transport.h"

namespace understudy::sim {
namespace {

// What a message over a connection may wait: nobody repeats it.
constexpr Duration kTransactionLife = Duration::Seconds(32);

}  // namespace

// No keyed hash: nobody forges here, and it is taken of every message.
uint64_t ReleaseBook::HashOf(const engine::SendSip& send) {
  const std::string to = send.remote.ToText();
  return (uint64_t{Crc32c(send.bytes.view())} << 32) | Crc32c(absl::StrCat(to, send.bytes.size()));
}

void ReleaseBook::Violated(Check check, std::string what) {
  if (!violation_.empty()) return;
  check_ = check;
  violation_ = std::move(what);
}

void ReleaseBook::Started(size_t machine, const journal::LogStore& log) {
  History& history = histories_[machine];
  history.clear();
  const std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  for (iterator->Seek(Lsn(1)); iterator->Valid() || !iterator->status().ok(); iterator->Next()) {
    if (!iterator->Valid()) continue;
    const absl::StatusOr<journal::BatchPrelude> batch = journal::BatchPrelude::Load(iterator->bytes());
    if (!batch.ok() || (!history.empty() && history.back().last >= batch->first_lsn)) continue;
    history.push_back({batch->first_lsn, batch->last_lsn(), batch->chain});
  }
}

void ReleaseBook::Submitted(size_t machine, const journal::EncodedBatch& batch, Duration now) {
  History& history = histories_[machine];
  while (!history.empty() && history.back().last >= batch.first_lsn()) history.pop_back();
  history.push_back({batch.first_lsn(), batch.last_lsn(), batch.chain()});
  formed_.try_emplace(batch.chain().lo, now);
}

const ReleaseBook::Batch* ReleaseBook::Find(size_t machine, Lsn lsn) const {
  const History& history = histories_[machine];
  const auto found = std::lower_bound(history.begin(), history.end(), lsn,
                                      [](const Batch& batch, Lsn wanted) { return batch.last < wanted; });
  return found == history.end() || found->first > lsn ? nullptr : &*found;
}

void ReleaseBook::Released(size_t machine, Epoch epoch, Lsn lsn, const engine::SendSip& send, Duration now) {
  ++count_;
  if (releasing_[machine] != lsn || releasing_in_[machine] != epoch) ordinals_[machine].clear();
  releasing_[machine] = lsn;
  releasing_in_[machine] = epoch;
  const std::string way = absl::StrCat(TransportName(send.transport), " ", send.remote.ToText());
  const auto [reign, first] = reigns_.try_emplace(epoch, machine);
  if (reign->second != machine) {
    return Violated(Check::kOneReleaser, absl::StrCat("two nodes release in epoch ", epoch.value(), ": now machine ",
                                                      machine, " lsn ", lsn.value()));
  }
  const uint64_t hash = HashOf(send);
  const auto [message, is_new] = messages_.try_emplace({lsn, way, ordinals_[machine][way]++}, hash);
  if (!is_new) ++repeated_;
  if (message->second != hash) {
    return Violated(Check::kReleasedSurvives, absl::StrCat("machine ", machine, " releases for lsn ", lsn.value(),
                                 " other bytes than left before: ", send.remote.ToText(), "\n", send.bytes.view()));
  }
  const Batch* const batch = Find(machine, lsn);
  if (batch == nullptr) {
    return Violated(Check::kReleasedSurvives,
                    absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), ", of which it has no batch"));
  }
  const auto [known, fresh] = released_.try_emplace(batch->first, *batch);
  if (known->second.chain != batch->chain) {
    return Violated(Check::kReleasedSurvives,
                    absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), " of another history"));
  }
  const auto formed = formed_.find(batch->chain.lo);
  if (formed == formed_.end()) return;
  longest_ = std::max(longest_, now - formed->second);
  const Duration oldest = IsReliable(send.transport) ? std::max(oldest_, kTransactionLife) : oldest_;
  if (now - formed->second <= oldest) return;
  Violated(Check::kReleaseAge,
           absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), " ", (now - formed->second).milliseconds(),
                        " ms after its batch was formed; ", oldest.milliseconds(), " ms are allowed"));
}

Lsn ReleaseBook::end(size_t machine) const {
  return histories_[machine].empty() ? Lsn() : histories_[machine].back().last;
}

// Of what was released the last batch is enough: its chain covers the others. A history that begins after it began with
// a state, whose digest was compared.
bool ReleaseBook::HasAll(size_t machine) const {
  if (released_.empty()) return true;
  const Batch& wanted = released_.rbegin()->second;
  const History& history = histories_[machine];
  if (!history.empty() && history.front().first > wanted.last) return true;
  const Batch* const there = Find(machine, wanted.last);
  return there != nullptr && there->chain == wanted.chain;
}

void ReleaseBook::Examine(size_t machine, absl::string_view why) {
  if (HasAll(machine)) return;
  const Lsn wanted = last();
  Violated(Check::kReleasedSurvives, absl::StrCat("machine ", machine, " ", why, ": lsn ", wanted.value(),
                        Find(machine, wanted) == nullptr ? " was released, and its history ends with lsn "
                                         : " was released, and is another entry in its history, which ends with lsn ",
                        end(machine).value()));
}

void ReleaseBook::AcceptLoss(size_t machine) {
  for (auto released = released_.begin(); released != released_.end();) {
    const Batch batch = released->second;
    const Batch* const there = Find(machine, batch.last);
    if (there != nullptr && there->chain == batch.chain) {
      ++released;
      continue;
    }
    messages_.erase(messages_.lower_bound({batch.first, "", 0}), messages_.lower_bound({batch.last.Next(), "", 0}));
    released = released_.erase(released);
  }
}

}  // namespace understudy::sim
