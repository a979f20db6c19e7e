// What clients have switched on at a DN: it takes no calls, or another takes them.
#ifndef UNDERSTUDY_ENGINE_CTI_DN_FEATURE_TABLE_H_
#define UNDERSTUDY_ENGINE_CTI_DN_FEATURE_TABLE_H_

#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"

namespace understudy::engine {

struct DnFeatures {
  std::string number;  // DN
  bool do_not_disturb = false;
  std::string forward_to;  // every call goes there; "": none does

  bool message_waiting = false;  // its phones show it (RFC 3842)
  std::string message_counts;    // lines of its summary that say how many, as its mailbox has said them; "": unknown

  bool empty() const { return !do_not_disturb && forward_to.empty() && !message_waiting && message_counts.empty(); }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, number);
    a.Field(2, do_not_disturb);
    a.Field(3, forward_to);
    a.LaterField(4, message_waiting);
    a.LaterField(5, message_counts);
  }
  friend bool operator==(const DnFeatures&, const DnFeatures&) = default;
};

// A row for each DN that has something switched on.
class DnFeatureTable {
 public:
  // nullptr: nothing is switched on.
  const DnFeatures* Find(absl::string_view number) const {
    auto it = rows_.find(number);
    return it == rows_.end() ? nullptr : &it->second;
  }
  // The same, to be changed and put back.
  DnFeatures Of(absl::string_view number) const {
    if (const DnFeatures* row = Find(number)) return *row;
    DnFeatures none;
    none.number = std::string(number);
    return none;
  }
  void Put(DnFeatures row) {
    if (row.empty()) {
      rows_.erase(row.number);
    } else {
      rows_.insert_or_assign(row.number, row);
    }
  }

  // For the snapshot.
  const absl::btree_map<std::string, DnFeatures>& rows() const { return rows_; }

  friend bool operator==(const DnFeatureTable&, const DnFeatureTable&) = default;

 private:
  absl::btree_map<std::string, DnFeatures> rows_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_DN_FEATURE_TABLE_H_
