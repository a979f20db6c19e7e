// The names that lead to servers, and what DNS has said of each: rows of the state, so that a successor has them, too.
//
// A row is there while it is wanted: a Trunk's for as long as it is configured, any other until its answer has run out
// without having been used.
#ifndef UNDERSTUDY_ENGINE_LOCATE_NAME_TABLE_H_
#define UNDERSTUDY_ENGINE_LOCATE_NAME_TABLE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "engine/ids.h"
#include "engine/locate/answer.h"
#include "engine/locate/query.h"
#include "engine/timer_table.h"

namespace understudy::engine {

struct LocatedName {
  NameId id;
  LocateQuery query;
  bool asked = false;                            // and not answered yet
  bool used = false;                             // since it was asked last
  LocateAnswer answer;                           // the last good one; without addresses: none
  LocateFailure failure = LocateFailure::kNone;  // of the last question, if it came to nothing
  EngineTime fresh_until;                        // of `answer`; later it is stale
  EngineTime quiet_until;                        // not asked again before
  std::vector<TransactionId> waiting;            // client transactions that go on when it is answered
  TimerHandle timer;                             // the wait for the answer, its refreshment, or its end

  bool known() const { return !answer.addresses.empty(); }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, query);
    a.Field(3, asked);
    a.Field(4, used);
    a.Field(5, answer);
    a.Field(6, failure);
    a.Field(7, fresh_until);
    a.Field(8, quiet_until);
    a.Field(9, waiting);
    a.Field(10, timer);
  }
  friend bool operator==(const LocatedName&, const LocatedName&) = default;
};

// Since the journal began; in the metrics.
struct LocateCounts {
  uint64_t asked = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;     // questions that came to nothing
  uint64_t stale = 0;      // requests sent by an answer that had run out, as DNS did not give another one
  uint64_t unlocated = 0;  // requests that failed for their name
  uint64_t refused = 0;    // names, waiting requests and answers beyond their limits
  uint64_t next = 0;       // requests that went on to the next server
  uint64_t avoided = 0;    // times that a server was put last

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, asked);
    a.Field(2, answered);
    a.Field(3, failed);
    a.Field(4, stale);
    a.Field(5, unlocated);
    a.Field(6, refused);
    a.Field(7, next);
    a.Field(8, avoided);
  }
  friend bool operator==(const LocateCounts&, const LocateCounts&) = default;
};

// Pointers to rows are good until the next Add or Remove.
class NameTable {
 public:
  LocatedName* Find(NameId id);
  const LocatedName* Find(NameId id) const;
  LocatedName* FindByQuery(const LocateQuery& query);
  const LocatedName* FindByQuery(const LocateQuery& query) const;
  // The names that lead to that address, by any transport.
  std::vector<NameId> LeadingTo(const Endpoint& remote) const;

  // There must be none of that query.
  LocatedName& Add(const LocateQuery& query);
  void Remove(NameId id);
  void SetAnswer(LocatedName& name, LocateAnswer answer);

  size_t size() const { return rows_.size(); }
  LocateCounts& counts() { return counts_; }
  const LocateCounts& counts() const { return counts_; }

  // For the snapshot.
  const absl::btree_map<NameId, LocatedName>& rows() const { return rows_; }
  void Load(LocatedName row);
  NameId last_id() const { return last_id_; }
  void set_last_id(NameId id) { last_id_ = id; }

  // Whether every lookup finds its row and none is left over. For tests.
  bool IndexesAgree() const;

  friend bool operator==(const NameTable&, const NameTable&) = default;

 private:
  using Places = absl::btree_set<std::pair<Endpoint, NameId>>;

  static void AddPlaces(const LocatedName& name, Places* places);

  absl::btree_map<NameId, LocatedName> rows_;
  NameId last_id_;
  LocateCounts counts_;

  // Derived.
  absl::btree_map<LocateQuery, NameId> by_query_;
  Places places_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_NAME_TABLE_H_
