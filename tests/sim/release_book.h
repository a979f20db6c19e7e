// What the nodes of a simulated pair have let out, and what must therefore be true of them.
//
//   book.Started(0, core.log());                  // a process on machine 0 has opened its journal
//   book.Submitted(0, batch, now);                // it forms a batch, or takes the primary's
//   book.Served(0, epoch, granted);               // it serves: every released entry must be in its history
//   book.Released(0, epoch, lsn, send, now);      // an effect leaves
//   book.Left(0, epoch, remote, bytes);           // bytes leave, an effect's or others
//   book.Examine(1, "ends");                      // as with Served
//   if (!book.violation().empty()) ...
//
// The rules: in one epoch one node alone releases, and nothing leaves a node when a later epoch is served; nobody
// begins an epoch when a later one has been granted; what leaves for one entry is the same bytes whenever it leaves,
// and none of it before the entry's effects do; an entry of which something has left is in the history of every later
// primary, and of both nodes at the end, and whoever releases later than another began to serve releases nothing that
// this one lacks; nothing leaves later than `oldest` after its batch was formed, over a connection than 32 s, and of
// another node's batch, or before a restart, a little later. Batches are told apart by their chain, which covers
// everything before them. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_RELEASE_BOOK_H_
#define UNDERSTUDY_TESTS_SIM_RELEASE_BOOK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "engine/effect.h"
#include "journal/batch.h"
#include "journal/log_store.h"
#include "tests/sim/fault.h"

namespace understudy::sim {

// A batch as far as histories go.
struct BookedBatch {
  Lsn first;
  Lsn last;
  Hash128 previous;  // chain before it
  Hash128 chain;
};

class ReleaseBook {
 public:
  static constexpr size_t kMachines = 2;

  // `oldest`: release-age; `on_the_way`: what the way to the peer or a restart may add to it.
  ReleaseBook(Duration oldest, Duration on_the_way) : oldest_(oldest), on_the_way_(on_the_way) {}

  // Tells messages apart: what it says, and to whom.
  static uint64_t HashOf(const Endpoint& remote, absl::string_view bytes);
  static uint64_t HashOf(const engine::SendSip& send) { return HashOf(send.remote, send.bytes.view()); }

  void Started(size_t machine, const journal::LogStore& log);
  void Submitted(size_t machine, const journal::EncodedBatch& batch, Duration now);
  void Released(size_t machine, Epoch epoch, Lsn lsn, const engine::SendSip& send, Duration now);
  // `granted`: the witness has granted that one last. Whoever begins an earlier one takes the service address away.
  void Served(size_t machine, Epoch epoch, Epoch granted);
  void Left(size_t machine, Epoch epoch, const Endpoint& remote, absl::string_view bytes);
  // An effect was dropped for its age: from now on the kept answer to a repeated request may be the first that leaves.
  void Dropped() { dropped_ = true; }
  void Examine(size_t machine, absl::string_view why);
  // The operator gave up what `machine` does not have: from now on its history is the one that counts.
  void AcceptLoss(size_t machine);

  const std::string& violation() const { return violation_; }
  Check check() const { return check_; }  // that the violation is of
  // It is dealt with: the next one counts.
  void ClearViolation() { violation_.clear(); }
  Lsn last() const { return released_.empty() ? Lsn() : released_.rbegin()->second.last; }
  uint64_t released() const { return count_; }      // messages, repeated ones too
  uint64_t repeated() const { return repeated_; }   // that had left before, byte for byte the same
  // The newest batch of which something was released; null: none is.
  const BookedBatch* newest() const { return released_.empty() ? nullptr : &released_.rbegin()->second; }
  // Whether the machine's history has it, or began after it with a state that covers it.
  bool Has(size_t machine, const BookedBatch& batch) const;
  // Whether a history that goes on after `chain` has it.
  bool IsBefore(const BookedBatch& batch, Hash128 chain) const;
  // Whether it has the newest, and so all.
  bool HasAll(size_t machine) const { return released_.empty() || Has(machine, *newest()); }
  // The last lsn of the machine's history; 0: none.
  Lsn end(size_t machine) const;

 private:
  using Batch = BookedBatch;
  using History = std::vector<Batch>;

  struct Formed {
    Duration at;
    size_t machine = 0;
    uint64_t life = 0;  // of its journal
  };

  // The first batch that ends with `lsn` or later.
  static History::const_iterator LowerBound(const History& history, Lsn lsn);
  // null: none of the machine's batches holds it.
  const Batch* Find(size_t machine, Lsn lsn) const;
  bool HasEvery(size_t machine) const;
  void CheckHistory(size_t machine, Epoch epoch, Lsn lsn, const Batch& batch);
  void CheckAge(size_t machine, Lsn lsn, const Batch& batch, const engine::SendSip& send, Duration now);
  void Violated(Check check, std::string what);

  const Duration oldest_;
  const Duration on_the_way_;
  std::array<History, kMachines> histories_;
  std::unordered_map<uint64_t, Batch> known_;           // every batch there ever was, by chain
  std::map<Lsn, Batch> released_;                       // by the first lsn of the batch
  std::unordered_set<uint64_t> left_;                   // messages of released effects, by hash
  std::unordered_map<uint64_t, size_t> left_alone_;     // others, and the machine that they left
  bool dropped_ = false;
  Epoch served_;                                        // the highest that was
  size_t server_ = 0;                                   // in it
  std::unordered_map<uint64_t, Formed> formed_;         // by chain
  std::array<uint64_t, kMachines> lives_{};             // how often its journal was opened
  // Hash of the n-th message of an entry to one receiver: of those to another some may have been too old.
  std::map<std::tuple<Lsn, std::string, int>, uint64_t> messages_;
  std::map<Epoch, size_t> reigns_;                      // who released in it
  std::array<Lsn, kMachines> releasing_;
  std::array<Epoch, kMachines> releasing_in_;
  std::array<std::map<std::string, int>, kMachines> ordinals_;
  uint64_t count_ = 0;
  uint64_t repeated_ = 0;
  std::string violation_;
  Check check_ = Check::kNone;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_RELEASE_BOOK_H_
