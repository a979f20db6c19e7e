#include "engine/events/subscription_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace understudy::engine {
namespace {

template <class Map>
void Erase(Map* map, const std::string& key, SubscriptionId id) {
  auto it = map->find(key);
  US_CHECK(it != map->end());
  it->second.erase(id);
  if (it->second.empty()) map->erase(it);
}

}  // namespace

Subscription* SubscriptionTable::Find(SubscriptionId id) {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

const Subscription* SubscriptionTable::Find(SubscriptionId id) const {
  return const_cast<SubscriptionTable*>(this)->Find(id);
}

Subscription* SubscriptionTable::FindByTransaction(TransactionId notify) {
  auto it = by_notify_.find(notify);
  return it == by_notify_.end() ? nullptr : Find(it->second);
}

std::vector<SubscriptionId> SubscriptionTable::AboutDn(absl::string_view number) const {
  auto it = about_.find(number);
  if (it == about_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

std::vector<SubscriptionId> SubscriptionTable::OfSubscriber(absl::string_view subscriber) const {
  auto it = of_.find(subscriber);
  if (it == of_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

std::vector<SubscriptionId> SubscriptionTable::ToldOfCall(CallId call) const {
  std::vector<SubscriptionId> ids;
  auto it = by_call_.lower_bound({call, SubscriptionId()});
  for (; it != by_call_.end() && it->first == call; ++it) ids.push_back(it->second);
  return ids;
}

size_t SubscriptionTable::CountAboutDn(absl::string_view number) const {
  auto it = about_.find(number);
  return it == about_.end() ? 0 : it->second.size();
}

size_t SubscriptionTable::CountOfSubscriber(absl::string_view subscriber) const {
  auto it = of_.find(subscriber);
  return it == of_.end() ? 0 : it->second.size();
}

size_t SubscriptionTable::CountOf(absl::string_view subscriber, absl::string_view number) const {
  const std::vector<SubscriptionId> about = AboutDn(number);
  const auto is_of = [&](SubscriptionId id) { return Find(id)->subscriber == subscriber; };
  return static_cast<size_t>(std::count_if(about.begin(), about.end(), is_of));
}

Subscription& SubscriptionTable::Add(absl::string_view number, absl::string_view subscriber) {
  last_id_ = last_id_.Next();
  Subscription& row = rows_[last_id_];
  row.id = last_id_;
  row.number = std::string(number);
  row.subscriber = std::string(subscriber);
  Index(row);
  return row;
}

void SubscriptionTable::Remove(SubscriptionId id) {
  Subscription* row = Find(id);
  US_CHECK(row != nullptr);
  SetNotify(*row, TransactionId());
  SetTold(*row, {});
  Erase(&about_, row->number, id);
  Erase(&of_, row->subscriber, id);
  rows_.erase(id);
}

void SubscriptionTable::SetNotify(Subscription& row, TransactionId notify) {
  by_notify_.erase(row.notify);
  row.notify = notify;
  if (!notify.empty()) by_notify_.emplace(notify, row.id);
}

void SubscriptionTable::SetTold(Subscription& row, std::vector<ToldDialog> told) {
  for (const ToldDialog& dialog : row.told) by_call_.erase({dialog.call, row.id});
  row.told = std::move(told);
  for (const ToldDialog& dialog : row.told) by_call_.insert({dialog.call, row.id});
}

void SubscriptionTable::Load(Subscription row) {
  const SubscriptionId id = row.id;
  Index(row);
  rows_.emplace(id, std::move(row));
}

void SubscriptionTable::Index(const Subscription& row) {
  about_[row.number].insert(row.id);
  of_[row.subscriber].insert(row.id);
  if (!row.notify.empty()) by_notify_.emplace(row.notify, row.id);
  for (const ToldDialog& dialog : row.told) by_call_.insert({dialog.call, row.id});
}

}  // namespace understudy::engine
