// The devices that are checked or rest, by DN.
#ifndef UNDERSTUDY_ENGINE_TRUNKS_DEVICE_TABLE_H_
#define UNDERSTUDY_ENGINE_TRUNKS_DEVICE_TABLE_H_

#include <cstddef>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "engine/ids.h"
#include "engine/trunks/device.h"

namespace understudy::engine {

// Pointers to rows are good until the next Add or Remove. What has an index changes by a method of the table only.
class DeviceTable {
 public:
  Device* Find(DeviceId id);
  // nullptr: nothing is known of that DN's device.
  Device* FindByDn(absl::string_view number);
  const Device* FindByDn(absl::string_view number) const;
  Device* FindByQuestion(TransactionId options);

  // The DN must have none.
  Device& Add(absl::string_view number);
  void Remove(DeviceId id);
  // An OPTIONS that waits for its answer, and does no more.
  void AddQuestion(Device& row, TransactionId options);
  void EndQuestion(Device& row, TransactionId options);
  void EndQuestions(Device& row);

  size_t size() const { return rows_.size(); }

  // For the snapshot.
  const absl::btree_map<DeviceId, Device>& rows() const { return rows_; }
  void Load(Device row);
  DeviceId last_id() const { return last_id_; }
  void set_last_id(DeviceId id) { last_id_ = id; }

  friend bool operator==(const DeviceTable&, const DeviceTable&) = default;

 private:
  absl::btree_map<DeviceId, Device> rows_;
  DeviceId last_id_;

  // Derived.
  absl::btree_map<std::string, DeviceId> by_dn_;
  absl::btree_map<TransactionId, DeviceId> by_question_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_DEVICE_TABLE_H_
