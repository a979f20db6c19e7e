// Where to find a call by what clients call it: its ConnID, and the DNs that have a part in it. Derived from the rows
// of calls; never saved.
#ifndef UNDERSTUDY_ENGINE_CTI_PARTY_INDEX_H_
#define UNDERSTUDY_ENGINE_CTI_PARTY_INDEX_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "engine/cti/call_facts.h"
#include "engine/ids.h"

namespace understudy::engine {

class PartyIndex {
 public:
  // Empty: no such call.
  CallId FindCall(uint64_t conn_id) const;
  // In the order in which they began.
  std::vector<CallId> CallsOf(absl::string_view dn) const;

  void AddCall(CallId call, uint64_t conn_id) { by_conn_id_.emplace(conn_id, call); }
  void RemoveCall(uint64_t conn_id) { by_conn_id_.erase(conn_id); }
  void AddParty(CallId call, const Party& party);
  // After the party has left `facts`, where the same DN may have another part.
  void RemoveParty(CallId call, const CallFacts& facts, const Party& party);

  // All of a call that was loaded.
  void Load(CallId call, const CallFacts& facts);

  friend bool operator==(const PartyIndex&, const PartyIndex&) = default;

 private:
  absl::btree_map<uint64_t, CallId> by_conn_id_;
  absl::btree_set<std::pair<std::string, CallId>> by_dn_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_PARTY_INDEX_H_
