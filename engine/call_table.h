// All calls, in the order in which they began.
#ifndef UNDERSTUDY_ENGINE_CALL_TABLE_H_
#define UNDERSTUDY_ENGINE_CALL_TABLE_H_

#include <utility>

#include "absl/container/btree_map.h"
#include "engine/box.h"
#include "engine/call.h"

namespace understudy::engine {

class CallTable {
 public:
  Call& Add() {
    last_id_ = last_id_.Next();
    Call& call = *calls_[last_id_];
    call.id = last_id_;
    return call;
  }

  // nullptr: no such call. Valid until it is removed.
  Call* Find(CallId id) {
    auto it = calls_.find(id);
    return it == calls_.end() ? nullptr : &*it->second;
  }
  const Call* Find(CallId id) const { return const_cast<CallTable*>(this)->Find(id); }

  void Remove(CallId id) { calls_.erase(id); }
  size_t size() const { return calls_.size(); }

  // For the snapshot and the tools.
  const absl::btree_map<CallId, Box<Call>>& rows() const { return calls_; }
  void Load(Call call) {
    const CallId id = call.id;
    calls_.emplace(id, Box<Call>(std::move(call)));
  }
  CallId last_id() const { return last_id_; }
  void set_last_id(CallId id) { last_id_ = id; }

  friend bool operator==(const CallTable&, const CallTable&) = default;

 private:
  absl::btree_map<CallId, Box<Call>> calls_;
  CallId last_id_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CALL_TABLE_H_
