#include "daemon/pair_state.h"

#include <utility>

#include "base/siphash.h"
#include "engine/snapshot.h"
#include "engine/state.h"

namespace understudy::daemon {
namespace {

engine::DnType EngineType(DnType type) {
  if (type == DnType::kExtension) return engine::DnType::kExtension;
  if (type == DnType::kTrunk) return engine::DnType::kTrunk;
  return engine::DnType::kOther;
}

}  // namespace

engine::Configuration ToEngineConfiguration(const PairConfig& pair) {
  engine::ConfigurationChange everything;
  everything.switch_name = pair.switch_name;
  everything.options = pair.options;
  for (const DnConfig& dn : pair.dns) {
    engine::Dn row;
    row.number = dn.number;
    row.type = EngineType(dn.type);
    row.options = dn.options;
    everything.upserts.push_back(std::move(row));
  }
  engine::Configuration configuration;
  configuration.Apply(everything);
  return configuration;
}

uint64_t ConfigurationDigest(const engine::Configuration& configuration, uint64_t clients) {
  engine::State state;
  state.configuration = configuration;
  return SipHash64(HashKey{engine::DigestState(state).lo, clients}, "");
}

std::vector<Endpoint> TrunkContacts(const engine::State& state) {
  std::vector<Endpoint> contacts;
  for (const auto& [contact, number] : state.configuration.trunks_by_contact()) contacts.push_back(contact);
  for (const auto& [query, number] : state.configuration.trunks_by_name()) {
    const engine::LocatedName* name = state.names.FindByQuery(query);
    if (name == nullptr) continue;
    for (const engine::AddressRecord& record : name->answer.addresses) contacts.push_back(record.address);
  }
  return contacts;
}

bool IsOfTrunk(const engine::State& state, engine::NameId name) {
  const engine::LocatedName* row = state.names.Find(name);
  return row != nullptr && state.configuration.FindTrunkByName(row->query) != nullptr;
}

}  // namespace understudy::daemon
