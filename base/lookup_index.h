// A hash map that can be asked but not walked: its order differs from process to process, so nothing that
// the engine does may depend on it. What must be iterated lives in an ordered container.
#ifndef UNDERSTUDY_BASE_LOOKUP_INDEX_H_
#define UNDERSTUDY_BASE_LOOKUP_INDEX_H_

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace understudy {

template <class Key, class Value>
class LookupIndex {
 public:
  // The value at `key`, or nullptr. Valid until the next Insert or Erase.
  template <class K>
  Value* Find(const K& key) {
    auto it = map_.find(key);
    return it == map_.end() ? nullptr : &it->second;
  }
  template <class K>
  const Value* Find(const K& key) const {
    auto it = map_.find(key);
    return it == map_.end() ? nullptr : &it->second;
  }

  // False, and nothing changes, when the key is there already.
  bool Insert(Key key, Value value) { return map_.emplace(std::move(key), std::move(value)).second; }
  void Set(Key key, Value value) { map_.insert_or_assign(std::move(key), std::move(value)); }
  template <class K>
  bool Erase(const K& key) {
    auto it = map_.find(key);
    if (it == map_.end()) return false;
    map_.erase(it);
    return true;
  }

  size_t size() const { return map_.size(); }
  void Reserve(size_t n) { map_.reserve(n); }
  void Clear() { map_.clear(); }

 private:
  absl::flat_hash_map<Key, Value> map_;
};

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_LOOKUP_INDEX_H_
