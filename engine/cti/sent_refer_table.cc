#include "engine/cti/sent_refer_table.h"

#include <utility>

#include "base/check.h"

namespace understudy::engine {

SentRefer* SentReferTable::Find(ReferId id) {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

const SentRefer* SentReferTable::Find(ReferId id) const {
  return const_cast<SentReferTable*>(this)->Find(id);
}

SentRefer* SentReferTable::FindByDn(absl::string_view number) {
  auto it = by_dn_.find(number);
  return it == by_dn_.end() ? nullptr : Find(it->second);
}

const SentRefer* SentReferTable::FindByDn(absl::string_view number) const {
  return const_cast<SentReferTable*>(this)->FindByDn(number);
}

SentRefer* SentReferTable::FindByTransaction(TransactionId refer) {
  auto it = by_transaction_.find(refer);
  return it == by_transaction_.end() ? nullptr : Find(it->second);
}

SentRefer& SentReferTable::Add(absl::string_view number) {
  last_id_ = last_id_.Next();
  US_CHECK(by_dn_.emplace(std::string(number), last_id_).second);
  SentRefer& row = rows_[last_id_];
  row.id = last_id_;
  row.number = std::string(number);
  return row;
}

void SentReferTable::Remove(ReferId id) {
  SentRefer* row = Find(id);
  US_CHECK(row != nullptr);
  SetTransaction(*row, TransactionId());
  by_dn_.erase(row->number);
  rows_.erase(id);
}

void SentReferTable::SetTransaction(SentRefer& row, TransactionId refer) {
  by_transaction_.erase(row.refer);
  row.refer = refer;
  if (!refer.empty()) by_transaction_.emplace(refer, row.id);
}

void SentReferTable::Load(SentRefer row) {
  by_dn_.emplace(row.number, row.id);
  if (!row.refer.empty()) by_transaction_.emplace(row.refer, row.id);
  const ReferId id = row.id;
  rows_.emplace(id, std::move(row));
}

}  // namespace understudy::engine
