#include "engine/transaction_table.h"

#include <utility>

#include "base/check.h"

namespace understudy::engine {
namespace {

bool IsZero(const sip::TransactionKey& key) {
  return key.hi == 0 && key.lo == 0;
}

}  // namespace

uint64_t FinishedLane::Push(FinishedTransaction row) {
  rows_.push_back(std::move(row));
  return first_ + rows_.size() - 1;
}

FinishedTransaction* FinishedLane::Find(uint64_t sequence) {
  if (sequence < first_ || sequence - first_ >= rows_.size()) return nullptr;
  return &rows_[sequence - first_];
}

const FinishedTransaction* FinishedLane::Find(uint64_t sequence) const {
  return const_cast<FinishedLane*>(this)->Find(sequence);
}

void FinishedLane::PopFront() {
  rows_.pop_front();
  ++first_;
}

ServerTransaction& TransactionTable::AddServer() {
  last_id_ = last_id_.Next();
  ServerTransaction& row = *servers_[last_id_];
  row.id = last_id_;
  return row;
}

ClientTransaction& TransactionTable::AddClient(const Hop& hop) {
  last_id_ = last_id_.Next();
  ClientTransaction& row = *clients_[last_id_];
  row.id = last_id_;
  row.hop = hop;
  if (!hop.flow.empty()) client_by_flow_.emplace(hop.flow, row.id);
  return row;
}

ClientTransaction& TransactionTable::AddCancel(const ClientTransaction& invite) {
  ClientTransaction& row = AddClient(invite.hop);
  row.method = sip::Method::kCancel;
  row.cancels = invite.id;
  row.branch_mac = invite.branch_mac;
  row.cseq = invite.cseq;
  row.call = invite.call;
  row.leg = invite.leg;
  cancel_by_invite_.Set(invite.id, row.id);
  return row;
}

void TransactionTable::IndexServer(const ServerTransaction& row) {
  server_by_key_.Set(row.key, row.id);
  if (!IsZero(row.merge_key)) merged_.Insert(row.merge_key, row.id);
}

ServerTransaction* TransactionTable::FindServer(TransactionId id) {
  auto it = servers_.find(id);
  return it == servers_.end() ? nullptr : &*it->second;
}

const ServerTransaction* TransactionTable::FindServer(TransactionId id) const {
  return const_cast<TransactionTable*>(this)->FindServer(id);
}

ClientTransaction* TransactionTable::FindClient(TransactionId id) {
  auto it = clients_.find(id);
  return it == clients_.end() ? nullptr : &*it->second;
}

const ClientTransaction* TransactionTable::FindClient(TransactionId id) const {
  return const_cast<TransactionTable*>(this)->FindClient(id);
}

ClientTransaction* TransactionTable::FindCancelOf(TransactionId invite) {
  const TransactionId* id = cancel_by_invite_.Find(invite);
  return id == nullptr ? nullptr : FindClient(*id);
}

const ClientTransaction* TransactionTable::FindCancelOf(TransactionId invite) const {
  return const_cast<TransactionTable*>(this)->FindCancelOf(invite);
}

ServerTransaction* TransactionTable::FindServer(const sip::TransactionKey& key) {
  const TransactionId* id = server_by_key_.Find(key);
  return id == nullptr ? nullptr : FindServer(*id);
}

const ServerTransaction* TransactionTable::FindServer(const sip::TransactionKey& key) const {
  return const_cast<TransactionTable*>(this)->FindServer(key);
}

const FinishedTransaction* TransactionTable::FindFinished(const sip::TransactionKey& key) const {
  const FinishedPlace* place = finished_by_key_.Find(key);
  return place == nullptr ? nullptr : lane(place->lane).Find(place->sequence);
}

FinishedTransaction* TransactionTable::FindFinishedClient(TransactionId id) {
  const FinishedPlace* place = finished_by_client_.Find(id);
  return place == nullptr ? nullptr : lanes_[static_cast<size_t>(place->lane)].Find(place->sequence);
}

const FinishedTransaction* TransactionTable::FindFinishedClient(TransactionId id) const {
  return const_cast<TransactionTable*>(this)->FindFinishedClient(id);
}

std::vector<TransactionId> TransactionTable::ClientsOf(FlowId flow) const {
  std::vector<TransactionId> ids;
  for (auto it = client_by_flow_.lower_bound({flow, TransactionId()}); it != client_by_flow_.end(); ++it) {
    if (it->first != flow) break;
    ids.push_back(it->second);
  }
  return ids;
}

void TransactionTable::LeaveFlow(ClientTransaction& row) {
  client_by_flow_.erase({row.hop.flow, row.id});
  row.hop.flow = FlowId();
}

FinishedTransaction& TransactionTable::PushFinished(Lane lane, FinishedTransaction row) {
  const sip::TransactionKey key = row.key;
  const TransactionId client = row.client;
  const FinishedPlace place{lane, lanes_[static_cast<size_t>(lane)].Push(std::move(row))};
  if (client.empty()) {
    finished_by_key_.Set(key, place);
  } else {
    finished_by_client_.Set(client, place);
  }
  return lanes_[static_cast<size_t>(lane)].back();
}

void TransactionTable::FinishServer(TransactionId id, Lane lane, EngineTime deadline) {
  auto it = servers_.find(id);
  US_CHECK(it != servers_.end());
  ServerTransaction& live = *it->second;
  FinishedTransaction row;
  row.key = live.key;
  row.merge_key = live.merge_key;
  row.deadline = deadline;
  row.answer = std::move(live.response);
  row.answer_lsn = live.response_lsn;
  if (live.method == sip::Method::kInvite) row.leg = live.leg;
  server_by_key_.Erase(live.key);
  servers_.erase(it);
  PushFinished(lane, std::move(row));
}

FinishedTransaction& TransactionTable::FinishClient(TransactionId id, Lane lane, EngineTime deadline,
                                                    SharedBytes answer, Lsn lsn) {
  auto it = clients_.find(id);
  US_CHECK(it != clients_.end());
  FinishedTransaction row;
  row.client = id;
  row.branch_mac = it->second->branch_mac;
  row.deadline = deadline;
  row.answer = std::move(answer);
  row.answer_lsn = lsn;
  row.hop = it->second->hop;
  row.cseq = it->second->cseq;
  RemoveClient(id);
  return PushFinished(lane, std::move(row));
}

void TransactionTable::RemoveServer(TransactionId id) {
  auto it = servers_.find(id);
  if (it == servers_.end()) return;
  server_by_key_.Erase(it->second->key);
  if (!IsZero(it->second->merge_key)) merged_.Erase(it->second->merge_key);
  servers_.erase(it);
}

void TransactionTable::RemoveClient(TransactionId id) {
  auto it = clients_.find(id);
  if (it == clients_.end()) return;
  if (!it->second->cancels.empty()) cancel_by_invite_.Erase(it->second->cancels);
  client_by_flow_.erase({it->second->hop.flow, id});
  clients_.erase(it);
}

void TransactionTable::Forget(const FinishedTransaction& row) {
  if (!row.client.empty()) {
    finished_by_client_.Erase(row.client);
    return;
  }
  finished_by_key_.Erase(row.key);
  if (!IsZero(row.merge_key)) merged_.Erase(row.merge_key);
}

void TransactionTable::Expire(EngineTime now) {
  for (FinishedLane& lane : lanes_) {
    while (!lane.empty() && lane.front().deadline <= now) {
      Forget(lane.front());
      lane.PopFront();
    }
  }
}

absl::optional<EngineTime> TransactionTable::NextExpiry() const {
  absl::optional<EngineTime> next;
  for (const FinishedLane& lane : lanes_) {
    if (!lane.empty() && (!next || lane.front().deadline < *next)) next = lane.front().deadline;
  }
  return next;
}

void TransactionTable::Load(ServerTransaction row) {
  IndexServer(row);
  const TransactionId id = row.id;
  servers_.emplace(id, Box<ServerTransaction>(std::move(row)));
}

void TransactionTable::Load(ClientTransaction row) {
  const TransactionId id = row.id;
  if (!row.cancels.empty()) cancel_by_invite_.Set(row.cancels, id);
  if (!row.hop.flow.empty()) client_by_flow_.emplace(row.hop.flow, id);
  clients_.emplace(id, Box<ClientTransaction>(std::move(row)));
}

void TransactionTable::Load(Lane lane, FinishedTransaction row) {
  if (row.client.empty() && !IsZero(row.merge_key)) merged_.Insert(row.merge_key, TransactionId());
  PushFinished(lane, std::move(row));
}

bool TransactionTable::IndexesAgree() const {
  size_t merged = 0;
  size_t cancels = 0;
  size_t over_flows = 0;
  size_t finished = 0;
  for (const auto& [id, row] : servers_) {
    const TransactionId* found = server_by_key_.Find(row->key);
    if (found == nullptr || *found != id) return false;
    if (!IsZero(row->merge_key)) merged += merged_.Find(row->merge_key) != nullptr ? 1 : servers_.size() + 1;
  }
  for (const auto& [id, row] : clients_) {
    if (!row->hop.flow.empty()) ++over_flows;
    if (!row->hop.flow.empty() && !client_by_flow_.contains({row->hop.flow, id})) return false;
    if (row->cancels.empty()) continue;
    ++cancels;
    if (FindCancelOf(row->cancels) != &*row) return false;
  }
  for (const FinishedLane& lane : lanes_) {
    for (const FinishedTransaction& row : lane.rows()) {
      const FinishedTransaction* found = row.client.empty() ? FindFinished(row.key) : FindFinishedClient(row.client);
      if (found != &row) return false;
      if (!row.client.empty()) continue;
      ++finished;
      if (!IsZero(row.merge_key)) ++merged;
    }
  }
  return server_by_key_.size() == servers_.size() && finished_by_key_.size() == finished &&
         finished_by_client_.size() == this->finished() - finished && merged_.size() == merged &&
         cancel_by_invite_.size() == cancels && client_by_flow_.size() == over_flows;
}

}  // namespace understudy::engine
