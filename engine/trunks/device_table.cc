#include "engine/trunks/device_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace understudy::engine {

Device* DeviceTable::Find(DeviceId id) {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

Device* DeviceTable::FindByDn(absl::string_view number) {
  auto it = by_dn_.find(number);
  return it == by_dn_.end() ? nullptr : Find(it->second);
}

const Device* DeviceTable::FindByDn(absl::string_view number) const {
  return const_cast<DeviceTable*>(this)->FindByDn(number);
}

Device* DeviceTable::FindByQuestion(TransactionId options) {
  auto it = by_question_.find(options);
  return it == by_question_.end() ? nullptr : Find(it->second);
}

Device& DeviceTable::Add(absl::string_view number) {
  last_id_ = last_id_.Next();
  US_CHECK(by_dn_.emplace(std::string(number), last_id_).second);
  Device& row = rows_[last_id_];
  row.id = last_id_;
  row.number = std::string(number);
  return row;
}

void DeviceTable::Remove(DeviceId id) {
  Device* row = Find(id);
  US_CHECK(row != nullptr);
  EndQuestions(*row);
  by_dn_.erase(row->number);
  rows_.erase(id);
}

void DeviceTable::AddQuestion(Device& row, TransactionId options) {
  US_CHECK(by_question_.emplace(options, row.id).second);
  row.questions.push_back(options);
}

void DeviceTable::EndQuestion(Device& row, TransactionId options) {
  by_question_.erase(options);
  row.questions.erase(std::remove(row.questions.begin(), row.questions.end(), options), row.questions.end());
}

void DeviceTable::EndQuestions(Device& row) {
  for (const TransactionId options : row.questions) by_question_.erase(options);
  row.questions.clear();
}

void DeviceTable::Load(Device row) {
  by_dn_.emplace(row.number, row.id);
  for (const TransactionId options : row.questions) by_question_.emplace(options, row.id);
  const DeviceId id = row.id;
  rows_.emplace(id, std::move(row));
}

}  // namespace understudy::engine
