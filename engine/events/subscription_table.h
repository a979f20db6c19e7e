// The subscriptions that are in force, found by all that may concern them.
#ifndef UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_TABLE_H_
#define UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_TABLE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "engine/events/subscription.h"
#include "engine/ids.h"

namespace understudy::engine {

// Pointers to rows are good until the next Add or Remove. What has an index changes by a method of the table only.
class SubscriptionTable {
 public:
  Subscription* Find(SubscriptionId id);
  const Subscription* Find(SubscriptionId id) const;
  Subscription* FindByTransaction(TransactionId notify);

  // In the order in which they were made.
  std::vector<SubscriptionId> AboutDn(absl::string_view number) const;
  // Those who have been told of a dialog in that call.
  std::vector<SubscriptionId> ToldOfCall(CallId call) const;
  std::vector<SubscriptionId> OfSubscriber(absl::string_view subscriber) const;
  size_t CountAboutDn(absl::string_view number) const;
  size_t CountOfSubscriber(absl::string_view subscriber) const;
  size_t CountOf(absl::string_view subscriber, absl::string_view number) const;

  Subscription& Add(absl::string_view number, absl::string_view subscriber);
  void Remove(SubscriptionId id);
  // No transaction: it is answered.
  void SetNotify(Subscription& row, TransactionId notify);
  void SetTold(Subscription& row, std::vector<ToldDialog> told);

  size_t size() const { return rows_.size(); }

  // For the snapshot.
  const absl::btree_map<SubscriptionId, Subscription>& rows() const { return rows_; }
  void Load(Subscription row);
  SubscriptionId last_id() const { return last_id_; }
  void set_last_id(SubscriptionId id) { last_id_ = id; }

  friend bool operator==(const SubscriptionTable&, const SubscriptionTable&) = default;

 private:
  using ByText = absl::btree_map<std::string, absl::btree_set<SubscriptionId>, std::less<>>;

  void Index(const Subscription& row);

  absl::btree_map<SubscriptionId, Subscription> rows_;
  SubscriptionId last_id_;

  // Derived.
  ByText about_;
  ByText of_;
  absl::btree_map<TransactionId, SubscriptionId> by_notify_;
  absl::btree_set<std::pair<CallId, SubscriptionId>> by_call_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_TABLE_H_
