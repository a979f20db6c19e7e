#include "tests/sim/release_book.h"

#include <algorithm>
#include <iterator>
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
uint64_t ReleaseBook::HashOf(const Endpoint& remote, absl::string_view bytes) {
  return (uint64_t{Crc32c(bytes)} << 32) | Crc32c(absl::StrCat(remote.ToText(), bytes.size()));
}

void ReleaseBook::Violated(Check check, std::string what) {
  if (!violation_.empty()) return;
  check_ = check;
  violation_ = std::move(what);
}

void ReleaseBook::Started(size_t machine, const journal::LogStore& log) {
  History& history = histories_[machine];
  history.clear();
  ++lives_[machine];
  const std::unique_ptr<journal::LogIterator> iterator = log.NewIterator();
  for (iterator->Seek(Lsn(1)); iterator->Valid() || !iterator->status().ok(); iterator->Next()) {
    if (!iterator->Valid()) continue;
    const absl::StatusOr<journal::BatchPrelude> batch = journal::BatchPrelude::Load(iterator->bytes());
    if (!batch.ok() || (!history.empty() && history.back().last >= batch->first_lsn)) continue;
    history.push_back(BookedBatch{batch->first_lsn, batch->last_lsn(), batch->previous_chain, batch->chain});
    known_.try_emplace(batch->chain.lo, history.back());
  }
}

void ReleaseBook::Submitted(size_t machine, const journal::EncodedBatch& batch, Duration now) {
  History& history = histories_[machine];
  while (!history.empty() && history.back().last >= batch.first_lsn()) history.pop_back();
  history.push_back(BookedBatch{batch.first_lsn(), batch.last_lsn(), batch.prelude().previous_chain, batch.chain()});
  known_.try_emplace(batch.chain().lo, history.back());
  formed_.try_emplace(batch.chain().lo, Formed{now, machine, lives_[machine]});
}

ReleaseBook::History::const_iterator ReleaseBook::LowerBound(const History& history, Lsn lsn) {
  return std::lower_bound(history.begin(), history.end(), lsn,
                          [](const Batch& batch, Lsn wanted) { return batch.last < wanted; });
}

const ReleaseBook::Batch* ReleaseBook::Find(size_t machine, Lsn lsn) const {
  const History& history = histories_[machine];
  const auto found = LowerBound(history, lsn);
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
  const bool fresh = left_.insert(hash).second;
  if (const auto early = left_alone_.find(hash); fresh && early != left_alone_.end()) {
    return Violated(Check::kReleasedSurvives, absl::StrCat("what machine ", machine, " releases for lsn ", lsn.value(),
                                 " left machine ", early->second, " before: ", send.remote.ToText(), "\n",
                                 send.bytes.view()));
  }
  const Batch* const batch = Find(machine, lsn);
  if (batch == nullptr) {
    return Violated(Check::kReleasedSurvives,
                    absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), ", of which it has no batch"));
  }
  CheckHistory(machine, epoch, lsn, *batch);
  CheckAge(machine, lsn, *batch, send, now);
}

// What overlaps with what was released is the very same batch, and the history of the primary of the highest epoch has
// it: that of another one may have ended.
void ReleaseBook::CheckHistory(size_t machine, Epoch epoch, Lsn lsn, const Batch& batch) {
  const auto [known, fresh] = released_.try_emplace(batch.first, batch);
  const auto after = std::next(known);
  const bool overlaps = (after != released_.end() && after->second.first <= batch.last) ||
                        (known != released_.begin() && std::prev(known)->second.last >= batch.first);
  if (known->second.chain != batch.chain || overlaps) {
    return Violated(Check::kReleasedSurvives,
                    absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), " of another history"));
  }
  if (served_.empty() || (epoch == served_ && machine == server_) || Has(server_, batch)) return;
  Violated(Check::kReleasedSurvives,
           absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), " in epoch ", epoch.value(), "; machine ",
                        server_, ", the primary of epoch ", served_.value(), ", does not have it"));
}

// Who formed the batch knows how old it is.
void ReleaseBook::CheckAge(size_t machine, Lsn lsn, const Batch& batch, const engine::SendSip& send, Duration now) {
  const auto found = formed_.find(batch.chain.lo);
  if (found == formed_.end()) return;
  const Formed& formed = found->second;
  const Duration age = now - formed.at;
  const bool own = formed.machine == machine && formed.life == lives_[machine];
  Duration oldest = own ? oldest_ : oldest_ + on_the_way_;
  if (IsReliable(send.transport)) oldest = std::max(oldest, kTransactionLife);
  if (age <= oldest) return;
  Violated(Check::kReleaseAge, absl::StrCat("machine ", machine, " releases lsn ", lsn.value(), " ", age.milliseconds(),
                                            " ms after ", own ? "it formed the batch" : "the batch was formed", "; ",
                                            oldest.milliseconds(), " ms are allowed"));
}

// One that learns late of an epoch which is over has nothing to show for it, and releases nothing.
void ReleaseBook::Served(size_t machine, Epoch epoch, Epoch granted) {
  if (epoch < granted) {
    Violated(Check::kOneReleaser, absl::StrCat("machine ", machine, " begins epoch ", epoch.value(), ", and epoch ",
                                               granted.value(), " has been granted"));
  }
  if (epoch < served_) return;
  served_ = epoch;
  server_ = machine;
  Examine(machine, "becomes primary");
}

// Answers that are kept, or of no entry, leave without being released.
void ReleaseBook::Left(size_t machine, Epoch epoch, const Endpoint& remote, absl::string_view bytes) {
  const auto what = [&] { return absl::StrCat(": ", remote.ToText(), "\n", bytes); };
  if (epoch < served_) {
    return Violated(Check::kOneReleaser, absl::StrCat("bytes leave machine ", machine, " in epoch ", epoch.value(),
                                                      ", and epoch ", served_.value(), " is served", what()));
  }
  const uint64_t hash = HashOf(remote, bytes);
  if (!dropped_ && !left_.contains(hash)) left_alone_.try_emplace(hash, machine);
}

Lsn ReleaseBook::end(size_t machine) const {
  return histories_[machine].empty() ? Lsn() : histories_[machine].back().last;
}

bool ReleaseBook::IsBefore(const Batch& batch, Hash128 chain) const {
  for (auto at = known_.find(chain.lo); at != known_.end(); at = known_.find(at->second.previous.lo)) {
    if (at->second.last <= batch.last) return at->second.chain == batch.chain;
  }
  return false;
}

// A history that begins later began with a state, or what was before was dropped; or a batch is damaged. The chain of
// the next one says of what history it is.
bool ReleaseBook::Has(size_t machine, const Batch& batch) const {
  const History& history = histories_[machine];
  const auto there = LowerBound(history, batch.last);
  if (there == history.end()) return false;
  if (there->first > batch.last) return IsBefore(batch, there->previous);
  return there->chain == batch.chain;
}

// From the newest to the oldest along one chain.
bool ReleaseBook::HasEvery(size_t machine) const {
  const History& history = histories_[machine];
  if (released_.empty() || history.empty()) return released_.empty();
  auto at = known_.find(history.back().chain.lo);
  for (auto wanted = released_.rbegin(); wanted != released_.rend(); ++wanted) {
    while (at != known_.end() && at->second.last > wanted->second.last) at = known_.find(at->second.previous.lo);
    if (at == known_.end() || at->second.chain != wanted->second.chain) return false;
  }
  return true;
}

void ReleaseBook::Examine(size_t machine, absl::string_view why) {
  if (HasEvery(machine)) return;
  if (HasAll(machine)) {
    return Violated(Check::kReleasedSurvives,
                    absl::StrCat("machine ", machine, " ", why, ": of two histories something was released"));
  }
  const Lsn wanted = last();
  Violated(Check::kReleasedSurvives, absl::StrCat("machine ", machine, " ", why, ": lsn ", wanted.value(),
                        Find(machine, wanted) == nullptr ? " was released, and its history ends with lsn "
                                         : " was released, and is another entry in its history, which ends with lsn ",
                        end(machine).value()));
}

void ReleaseBook::AcceptLoss(size_t machine) {
  for (auto released = released_.begin(); released != released_.end();) {
    const Batch batch = released->second;
    if (Has(machine, batch)) {
      ++released;
      continue;
    }
    messages_.erase(messages_.lower_bound({batch.first, "", 0}), messages_.lower_bound({batch.last.Next(), "", 0}));
    released = released_.erase(released);
  }
}

}  // namespace understudy::sim
