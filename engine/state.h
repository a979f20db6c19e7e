// Everything the engine knows. A value: it copies, compares, saves and loads (engine/snapshot.h). What is not in
// it dies with the node.
//
// Thread-compatible. Changed by Apply only.
#ifndef UNDERSTUDY_ENGINE_STATE_H_
#define UNDERSTUDY_ENGINE_STATE_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "base/transport.h"
#include "engine/call_table.h"
#include "engine/configuration.h"
#include "engine/cti/dn_feature_table.h"
#include "engine/cti/party_index.h"
#include "engine/cti/sent_refer_table.h"
#include "engine/cti/session_table.h"
#include "engine/events/subscription_table.h"
#include "engine/ids.h"
#include "engine/leg_table.h"
#include "engine/locate/avoided_targets.h"
#include "engine/locate/name_table.h"
#include "engine/registrar.h"
#include "engine/timer_table.h"
#include "engine/transaction_table.h"
#include "engine/trunks/device_table.h"

namespace understudy::engine {

// A connection of the present epoch.
struct Flow {
  FlowId id;
  Transport transport = Transport::kTcp;
  Endpoint remote;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, transport);
    a.Field(3, remote);
  }
  friend bool operator==(const Flow&, const Flow&) = default;
};

struct State {
  Lsn lsn;      // of the entry applied last
  Epoch epoch;  // 0 before the first EpochStart
  EngineTime engine_time;
  WallTime wall_time;
  uint64_t id_key_0 = 0;
  uint64_t id_key_1 = 0;
  uint64_t lookup_key_0 = 0;
  uint64_t lookup_key_1 = 0;
  std::vector<uint64_t> ingress_counts;  // sums of IngressSummary, by reason
  uint32_t feature_level = 0;            // the highest FeatureLevelRaised
  uint64_t event_sequence = 0;           // EventSequenceNumber of the last T-Library event

  Configuration configuration;
  Registrar registrar;
  absl::btree_map<FlowId, Flow> flows;
  TimerTable timers;
  TransactionTable transactions;
  CallTable calls;
  LegTable legs;
  SessionTable sessions;
  PartyIndex parties;  // of calls
  DnFeatureTable dn_features;
  SentReferTable refers;
  SubscriptionTable subscriptions;
  DeviceTable devices;
  NameTable names;
  AvoidedTargets avoided_targets;

  // The key of identifiers that leave the system; redrawn at a forced promotion.
  HashKey id_key() const { return HashKey{id_key_0, id_key_1}; }
  // The key of transaction keys: as old as the journal.
  HashKey lookup_key() const { return HashKey{lookup_key_0, lookup_key_1}; }

  // A leg is of a call that is there, and its peer, if it has one, too.
  Call& CallOf(const Leg& leg);
  Leg* PeerOf(const Leg& leg) { return legs.Find(leg.peer); }
  const Leg* PeerOf(const Leg& leg) const { return legs.Find(leg.peer); }
  // The call's leg number `place`, the originator's is 0; nullptr: it has fewer.
  const Leg* LegAt(const Call& call, size_t place) const;

  // When the next ClockAdvanced is due if nothing else arrives; nullopt: never. Engine time.
  absl::optional<EngineTime> NextDeadline() const;

  friend bool operator==(const State&, const State&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_STATE_H_
