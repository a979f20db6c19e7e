// The REFERs that we have sent: one a DN at most, so that no phone that never ends a subscription fills the state.
#ifndef UNDERSTUDY_ENGINE_CTI_SENT_REFER_TABLE_H_
#define UNDERSTUDY_ENGINE_CTI_SENT_REFER_TABLE_H_

#include <cstddef>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "engine/cti/sent_refer.h"
#include "engine/ids.h"

namespace understudy::engine {

// Pointers to rows are good until the next Add or Remove. What has an index changes by a method of the table only.
class SentReferTable {
 public:
  SentRefer* Find(ReferId id);
  const SentRefer* Find(ReferId id) const;
  // nullptr: none.
  SentRefer* FindByDn(absl::string_view number);
  const SentRefer* FindByDn(absl::string_view number) const;
  SentRefer* FindByTransaction(TransactionId refer);

  // The DN must have none.
  SentRefer& Add(absl::string_view number);
  void Remove(ReferId id);
  // No transaction: it is answered.
  void SetTransaction(SentRefer& row, TransactionId refer);

  size_t size() const { return rows_.size(); }

  // For the snapshot.
  const absl::btree_map<ReferId, SentRefer>& rows() const { return rows_; }
  void Load(SentRefer row);
  ReferId last_id() const { return last_id_; }
  void set_last_id(ReferId id) { last_id_ = id; }

  friend bool operator==(const SentReferTable&, const SentReferTable&) = default;

 private:
  absl::btree_map<ReferId, SentRefer> rows_;
  ReferId last_id_;

  // Derived.
  absl::btree_map<std::string, ReferId> by_dn_;
  absl::btree_map<TransactionId, ReferId> by_transaction_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SENT_REFER_TABLE_H_
