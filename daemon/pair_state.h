// The pair part of the file as the engine's configuration.
#ifndef UNDERSTUDY_DAEMON_PAIR_STATE_H_
#define UNDERSTUDY_DAEMON_PAIR_STATE_H_

#include <cstdint>
#include <vector>

#include "base/endpoint.h"
#include "daemon/config/pair_config.h"
#include "engine/configuration.h"
#include "engine/ids.h"
#include "engine/state.h"

namespace understudy::daemon {

engine::Configuration ToEngineConfiguration(const PairConfig& pair);

// Both nodes of a pair should have the same. `clients`: PairConfig::clients_digest, of what does not enter the state.
uint64_t ConfigurationDigest(const engine::Configuration& configuration, uint64_t clients);

// Where the Trunks are: those that are names, where DNS has said last. Of so many there are, however many other DNs.
std::vector<Endpoint> TrunkContacts(const engine::State& state);
// Whether an answer to that question can change them.
bool IsOfTrunk(const engine::State& state, engine::NameId name);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_STATE_H_
