#include "engine/cti/party_index.h"

namespace understudy::engine {

CallId PartyIndex::FindCall(uint64_t conn_id) const {
  auto it = by_conn_id_.find(conn_id);
  return it == by_conn_id_.end() ? CallId() : it->second;
}

std::vector<CallId> PartyIndex::CallsOf(absl::string_view dn) const {
  std::vector<CallId> calls;
  for (auto it = by_dn_.lower_bound({std::string(dn), CallId()}); it != by_dn_.end() && it->first == dn; ++it) {
    calls.push_back(it->second);
  }
  return calls;
}

void PartyIndex::AddParty(CallId call, const Party& party) {
  if (!party.external()) by_dn_.emplace(party.number, call);
}

void PartyIndex::RemoveParty(CallId call, const CallFacts& facts, const Party& party) {
  if (party.external() || facts.FindParty(party.number) != nullptr) return;
  by_dn_.erase({party.number, call});
}

void PartyIndex::Load(CallId call, const CallFacts& facts) {
  if (!facts.known()) return;
  AddCall(call, facts.conn_id);
  for (const Party& party : facts.parties) AddParty(call, party);
}

}  // namespace understudy::engine
