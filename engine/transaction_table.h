// All transactions, live and finished, and the ways to find them.
#ifndef UNDERSTUDY_ENGINE_TRANSACTION_TABLE_H_
#define UNDERSTUDY_ENGINE_TRANSACTION_TABLE_H_

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/types/optional.h"
#include "base/lookup_index.h"
#include "engine/box.h"
#include "engine/transaction.h"

namespace understudy::engine {

// Finished rows in the order in which they end. One lane for each fixed lifetime.
class FinishedLane {
 public:
  // Returns the row's sequence number in this lane.
  uint64_t Push(FinishedTransaction row);
  FinishedTransaction& back() { return rows_.back(); }
  FinishedTransaction* Find(uint64_t sequence);
  const FinishedTransaction* Find(uint64_t sequence) const;
  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }
  const FinishedTransaction& front() const { return rows_.front(); }
  void PopFront();
  const std::deque<FinishedTransaction>& rows() const { return rows_; }

  friend bool operator==(const FinishedLane& a, const FinishedLane& b) { return a.rows_ == b.rows_; }

 private:
  std::deque<FinishedTransaction> rows_;
  uint64_t first_ = 0;  // sequence number of the front row; not part of the value
};

class TransactionTable {
 public:
  enum class Lane : uint8_t { kShort = 0, kLong = 1 };  // T4 (timers I, K) and 64*T1 (timers D, J, L, M)

  // New rows. `id` is set, and a client's `hop`, which stays; the caller fills the rest, then calls IndexServer for a
  // server row.
  ServerTransaction& AddServer();
  ClientTransaction& AddClient(const Hop& hop);
  void IndexServer(const ServerTransaction& row);
  ClientTransaction& AddCancel(const ClientTransaction& invite);  // filled, but for its request

  // nullptr: no such live row. Valid until the row is removed.
  ServerTransaction* FindServer(TransactionId id);
  const ServerTransaction* FindServer(TransactionId id) const;
  ClientTransaction* FindClient(TransactionId id);
  const ClientTransaction* FindClient(TransactionId id) const;
  ClientTransaction* FindCancelOf(TransactionId invite);
  const ClientTransaction* FindCancelOf(TransactionId invite) const;
  const ServerTransaction* FindServer(const sip::TransactionKey& key) const;
  ServerTransaction* FindServer(const sip::TransactionKey& key);
  const FinishedTransaction* FindFinished(const sip::TransactionKey& key) const;
  const FinishedTransaction* FindFinishedClient(TransactionId id) const;
  FinishedTransaction* FindFinishedClient(TransactionId id);

  // The client rows whose hop is that flow, in order; and one that goes by address from now on.
  std::vector<TransactionId> ClientsOf(FlowId flow) const;
  void LeaveFlow(ClientTransaction& row);

  // 8.2.2.2: a request with that From tag, Call-ID and CSeq has been seen in another transaction.
  bool HasMerged(const sip::TransactionKey& merge_key) const { return merged_.Find(merge_key) != nullptr; }

  // Ends a live row: it stays as a finished one until `deadline` (transaction clock), or not at all.
  void FinishServer(TransactionId id, Lane lane, EngineTime deadline);
  FinishedTransaction& FinishClient(TransactionId id, Lane lane, EngineTime deadline, SharedBytes answer, Lsn lsn);
  void AddFinished(Lane lane, FinishedTransaction row) { PushFinished(lane, std::move(row)); }
  void RemoveServer(TransactionId id);
  void RemoveClient(TransactionId id);

  // Forgets the finished rows that are over at `now` (transaction clock).
  void Expire(EngineTime now);
  absl::optional<EngineTime> NextExpiry() const;

  size_t live() const { return servers_.size() + clients_.size(); }
  size_t finished() const { return lanes_[0].size() + lanes_[1].size(); }

  // For the snapshot, in order.
  const absl::btree_map<TransactionId, Box<ServerTransaction>>& servers() const { return servers_; }
  const absl::btree_map<TransactionId, Box<ClientTransaction>>& clients() const { return clients_; }
  const FinishedLane& lane(Lane lane) const { return lanes_[static_cast<size_t>(lane)]; }
  void Load(ServerTransaction row);
  void Load(ClientTransaction row);
  void Load(Lane lane, FinishedTransaction row);

  // Whether every lookup finds its row and none is left over. For tests.
  bool IndexesAgree() const;

  TransactionId last_id() const { return last_id_; }
  void set_last_id(TransactionId id) { last_id_ = id; }

  friend bool operator==(const TransactionTable& a, const TransactionTable& b) {
    return a.servers_ == b.servers_ && a.clients_ == b.clients_ && a.lanes_[0] == b.lanes_[0] &&
           a.lanes_[1] == b.lanes_[1] && a.last_id_ == b.last_id_;
  }

 private:
  struct FinishedPlace {
    Lane lane = Lane::kShort;
    uint64_t sequence = 0;
  };
  FinishedTransaction& PushFinished(Lane lane, FinishedTransaction row);
  void Forget(const FinishedTransaction& row);

  absl::btree_map<TransactionId, Box<ServerTransaction>> servers_;
  absl::btree_map<TransactionId, Box<ClientTransaction>> clients_;
  FinishedLane lanes_[2];
  TransactionId last_id_;

  LookupIndex<sip::TransactionKey, TransactionId> server_by_key_;
  LookupIndex<sip::TransactionKey, FinishedPlace> finished_by_key_;
  LookupIndex<TransactionId, FinishedPlace> finished_by_client_;
  LookupIndex<sip::TransactionKey, TransactionId> merged_;
  LookupIndex<TransactionId, TransactionId> cancel_by_invite_;
  absl::btree_set<std::pair<FlowId, TransactionId>> client_by_flow_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRANSACTION_TABLE_H_
