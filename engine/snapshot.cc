#include "engine/snapshot.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/archive.h"

namespace understudy::engine {
namespace {

using Lane = TransactionTable::Lane;

constexpr HashKey kDigestKey{0x756e646572737475, 0x6479206469676573};

// What the state holds beside its rows.
struct Header {
  Lsn lsn;
  Epoch epoch;
  EngineTime engine_time;
  WallTime wall_time;
  uint64_t id_key_0 = 0;
  uint64_t id_key_1 = 0;
  uint64_t lookup_key_0 = 0;
  uint64_t lookup_key_1 = 0;
  std::vector<uint64_t> ingress_counts;
  Duration unserved;
  TimerId last_timer;
  TransactionId last_transaction;
  CallId last_call;
  BindingId last_binding;
  uint32_t feature_level = 0;
  uint64_t event_sequence = 0;
  SessionId last_session;
  LegId last_leg;
  ReferId last_refer;
  SubscriptionId last_subscription;
  DeviceId last_device;
  NameId last_name;
  LocateCounts locate_counts;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, lsn);
    a.Field(2, epoch);
    a.Field(3, engine_time);
    a.Field(4, wall_time);
    a.Field(5, id_key_0);
    a.Field(6, id_key_1);
    a.Field(7, lookup_key_0);
    a.Field(8, lookup_key_1);
    a.Field(9, ingress_counts);
    a.Field(10, unserved);
    a.Field(11, last_timer);
    a.Field(12, last_transaction);
    a.Field(13, last_call);
    a.Field(14, last_binding);
    a.LaterField(15, feature_level);
    a.LaterField(16, event_sequence);
    a.LaterField(17, last_session);
    a.LaterField(18, last_leg);
    a.LaterField(19, last_refer);
    a.LaterField(20, last_subscription);
    a.LaterField(21, last_name);
    a.LaterField(22, locate_counts);
    a.LaterField(26, last_device);
  }
};

struct TimerRow {
  TimerHandle handle;
  Timer timer;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, handle);
    a.Field(2, timer);
  }
};

Header HeaderOf(const State& state) {
  Header header;
  header.lsn = state.lsn;
  header.epoch = state.epoch;
  header.engine_time = state.engine_time;
  header.wall_time = state.wall_time;
  header.id_key_0 = state.id_key_0;
  header.id_key_1 = state.id_key_1;
  header.lookup_key_0 = state.lookup_key_0;
  header.lookup_key_1 = state.lookup_key_1;
  header.ingress_counts = state.ingress_counts;
  header.unserved = state.timers.unserved();
  header.last_timer = state.timers.last_id();
  header.last_transaction = state.transactions.last_id();
  header.last_call = state.calls.last_id();
  header.last_binding = state.registrar.last_id();
  header.feature_level = state.feature_level;
  header.event_sequence = state.event_sequence;
  header.last_session = state.sessions.last_id();
  header.last_leg = state.legs.last_id();
  header.last_refer = state.refers.last_id();
  header.last_subscription = state.subscriptions.last_id();
  header.last_device = state.devices.last_id();
  header.last_name = state.names.last_id();
  header.locate_counts = state.names.counts();
  return header;
}

void TakeHeader(const Header& header, State* state) {
  state->lsn = header.lsn;
  state->epoch = header.epoch;
  state->engine_time = header.engine_time;
  state->wall_time = header.wall_time;
  state->id_key_0 = header.id_key_0;
  state->id_key_1 = header.id_key_1;
  state->lookup_key_0 = header.lookup_key_0;
  state->lookup_key_1 = header.lookup_key_1;
  state->ingress_counts = header.ingress_counts;
  state->timers.SetCounters(header.unserved, header.last_timer);
  state->transactions.set_last_id(header.last_transaction);
  state->calls.set_last_id(header.last_call);
  state->registrar.set_last_id(header.last_binding);
  state->feature_level = header.feature_level;
  state->event_sequence = header.event_sequence;
  state->sessions.set_last_id(header.last_session);
  state->legs.set_last_id(header.last_leg);
  state->refers.set_last_id(header.last_refer);
  state->subscriptions.set_last_id(header.last_subscription);
  state->devices.set_last_id(header.last_device);
  state->names.set_last_id(header.last_name);
  state->names.counts() = header.locate_counts;
}

class Visitor {
 public:
  explicit Visitor(absl::FunctionRef<void(const StateObject&)> visit) : visit_(visit) {}

  template <class Row>
  void Visit(ObjectKind kind, uint64_t id, const Row& row) {
    writer_.Clear();
    writer_.WriteRow(row);
    visit_(StateObject{kind, id, writer_.bytes()});
  }

 private:
  absl::FunctionRef<void(const StateObject&)> visit_;
  std::string scratch_;
  FieldWriter writer_{&scratch_};
};

void VisitFinished(Lane lane, const FinishedTransaction& row, Visitor* visitor) {
  const ObjectKind kind = lane == Lane::kShort ? ObjectKind::kFinishedShort : ObjectKind::kFinishedLong;
  visitor->Visit(kind, row.client.empty() ? row.key.lo : row.client.value(), row);
}

void VisitFinished(const State& state, Visitor* visitor) {
  for (const Lane lane : {Lane::kShort, Lane::kLong}) {
    for (const FinishedTransaction& row : state.transactions.lane(lane).rows()) VisitFinished(lane, row, visitor);
  }
}

void VisitBeforeFinished(const State& state, Visitor* visitor) {
  visitor->Visit(ObjectKind::kHeader, 0, HeaderOf(state));
  visitor->Visit(ObjectKind::kConfiguration, 0, state.configuration);
  for (const auto& [number, dn] : state.configuration.dns()) {
    visitor->Visit(ObjectKind::kDn, SipHash64(kDigestKey, number), dn);
  }
  for (const auto& [id, binding] : state.registrar.bindings()) {
    visitor->Visit(ObjectKind::kBinding, id.value(), binding);
  }
  for (const auto& [id, flow] : state.flows) visitor->Visit(ObjectKind::kFlow, id.value(), flow);
  for (const auto& [handle, timer] : state.timers.transaction_timers()) {
    visitor->Visit(ObjectKind::kTransactionTimer, handle.id.value(), TimerRow{handle, timer});
  }
  for (const auto& [handle, timer] : state.timers.engine_timers()) {
    visitor->Visit(ObjectKind::kEngineTimer, handle.id.value(), TimerRow{handle, timer});
  }
  for (const auto& [id, row] : state.transactions.servers()) {
    visitor->Visit(ObjectKind::kServerTransaction, id.value(), *row);
  }
  for (const auto& [id, row] : state.transactions.clients()) {
    visitor->Visit(ObjectKind::kClientTransaction, id.value(), *row);
  }
}

// A call's legs come right before it: who counts calls has them whole.
void VisitAfterFinished(const State& state, Visitor* visitor) {
  for (const auto& [id, call] : state.calls.rows()) {
    for (const LegId leg_id : call->legs) {
      const Leg* leg = state.legs.Find(leg_id);
      US_CHECK(leg != nullptr);
      visitor->Visit(ObjectKind::kLeg, leg_id.value(), *leg);
    }
    visitor->Visit(ObjectKind::kCall, id.value(), *call);
  }
  for (const auto& [id, session] : state.sessions.rows()) visitor->Visit(ObjectKind::kSession, id.value(), session);
  for (const auto& [number, features] : state.dn_features.rows()) {
    visitor->Visit(ObjectKind::kDnFeatures, SipHash64(kDigestKey, number), features);
  }
  for (const auto& [id, refer] : state.refers.rows()) visitor->Visit(ObjectKind::kSentRefer, id.value(), refer);
  for (const auto& [id, row] : state.subscriptions.rows()) visitor->Visit(ObjectKind::kSubscription, id.value(), row);
  for (const auto& [id, row] : state.devices.rows()) visitor->Visit(ObjectKind::kDevice, id.value(), row);
  for (const auto& [id, row] : state.names.rows()) visitor->Visit(ObjectKind::kName, id.value(), row);
  for (const auto& [target, until] : state.avoided_targets.rows()) {
    visitor->Visit(ObjectKind::kAvoidedTarget, SipHash64(kDigestKey, SaveRow(target)), AvoidedTarget{target, until});
  }
}

// `take` gets the row that `bytes` are.
template <class Row, class Take>
bool Load(absl::string_view bytes, Take take) {
  Row row;
  if (!LoadRow(bytes, row)) return false;
  take(std::move(row));
  return true;
}

bool TakeObject(const StateObject& object, State* state) {
  const absl::string_view bytes = object.bytes;
  TransactionTable& transactions = state->transactions;
  switch (object.kind) {
    case ObjectKind::kHeader:
      return Load<Header>(bytes, [&](Header row) { TakeHeader(row, state); });
    case ObjectKind::kConfiguration:
      return LoadRow(bytes, state->configuration);
    case ObjectKind::kDn:
      return Load<Dn>(bytes, [&](Dn row) { state->configuration.PutDn(std::move(row)); });
    case ObjectKind::kBinding:
      return Load<Binding>(bytes, [&](Binding row) { state->registrar.Load(std::move(row)); });
    case ObjectKind::kFlow:
      return Load<Flow>(bytes, [&](const Flow& row) { state->flows[row.id] = row; });
    case ObjectKind::kTransactionTimer:
    case ObjectKind::kEngineTimer:
      return Load<TimerRow>(bytes, [&](const TimerRow& row) { state->timers.Load(row.handle, row.timer); });
    case ObjectKind::kServerTransaction:
      return Load<ServerTransaction>(bytes, [&](ServerTransaction row) { transactions.Load(std::move(row)); });
    case ObjectKind::kClientTransaction:
      return Load<ClientTransaction>(bytes, [&](ClientTransaction row) { transactions.Load(std::move(row)); });
    case ObjectKind::kFinishedShort:
      return Load<FinishedTransaction>(
          bytes, [&](FinishedTransaction row) { transactions.Load(Lane::kShort, std::move(row)); });
    case ObjectKind::kFinishedLong:
      return Load<FinishedTransaction>(
          bytes, [&](FinishedTransaction row) { transactions.Load(Lane::kLong, std::move(row)); });
    case ObjectKind::kCall:
      return Load<Call>(bytes, [&](Call row) {
        state->parties.Load(row.id, row.facts);
        state->calls.Load(std::move(row));
      });
    case ObjectKind::kDnFeatures:
      return Load<DnFeatures>(bytes, [&](DnFeatures row) { state->dn_features.Put(std::move(row)); });
    case ObjectKind::kSentRefer:
      return Load<SentRefer>(bytes, [&](SentRefer row) { state->refers.Load(std::move(row)); });
    case ObjectKind::kSubscription:
      return Load<Subscription>(bytes, [&](Subscription row) { state->subscriptions.Load(std::move(row)); });
    case ObjectKind::kDevice:
      return Load<Device>(bytes, [&](Device row) { state->devices.Load(std::move(row)); });
    case ObjectKind::kName:
      return Load<LocatedName>(bytes, [&](LocatedName row) { state->names.Load(std::move(row)); });
    case ObjectKind::kAvoidedTarget:
      return Load<AvoidedTarget>(bytes, [&](const AvoidedTarget& row) { state->avoided_targets.Load(row); });
    case ObjectKind::kSession:
      return Load<Session>(bytes, [&](Session row) { state->sessions.Load(std::move(row)); });
    case ObjectKind::kLeg:
      return Load<Leg>(bytes, [&](Leg row) { state->legs.Load(std::move(row)); });
  }
  return false;
}

template <class Number>
void AppendLittleEndian(Number value, std::string* out) {
  for (size_t i = 0; i < sizeof(value); ++i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

template <class Number>
Number TakeLittleEndian(absl::string_view* bytes) {
  Number value = 0;
  for (size_t i = 0; i < sizeof(value); ++i) {
    value |= static_cast<Number>(static_cast<Number>(static_cast<uint8_t>((*bytes)[i])) << (8 * i));
  }
  bytes->remove_prefix(sizeof(value));
  return value;
}

void AppendPrefix(const StateObject& object, std::string* out) {
  out->push_back(static_cast<char>(object.kind));
  AppendLittleEndian(object.id, out);
  AppendLittleEndian(static_cast<uint32_t>(object.bytes.size()), out);
}

}  // namespace

void VisitObjects(const State& state, absl::FunctionRef<void(const StateObject&)> visit) {
  Visitor visitor(visit);
  VisitBeforeFinished(state, &visitor);
  VisitFinished(state, &visitor);
  VisitAfterFinished(state, &visitor);
}

Hash128 SaveState(const State& state, absl::FunctionRef<void(absl::string_view)> sink) {
  std::string prefix;
  Hash128 digest;
  VisitObjects(state, [&](const StateObject& object) {
    prefix.clear();
    AppendPrefix(object, &prefix);
    sink(prefix);
    sink(object.bytes);
    AddDigest(DigestObject(object), &digest);
  });
  return digest;
}

void SaveState(const State& state, std::string* out) {
  VisitObjects(state, [out](const StateObject& object) { AppendSaved(object, out); });
}

void AppendSaved(const StateObject& object, std::string* out) {
  AppendPrefix(object, out);
  out->append(object.bytes.data(), object.bytes.size());
}

bool TakeSaved(absl::string_view* bytes, StateObject* object) {
  if (bytes->size() < kSavedPrefixBytes) return false;
  absl::string_view rest = *bytes;
  object->kind = static_cast<ObjectKind>(TakeLittleEndian<uint8_t>(&rest));
  object->id = TakeLittleEndian<uint64_t>(&rest);
  const uint32_t size = TakeLittleEndian<uint32_t>(&rest);
  if (size > rest.size()) return false;
  object->bytes = rest.substr(0, size);
  rest.remove_prefix(size);
  *bytes = rest;
  return true;
}

absl::Status LoadState(absl::string_view bytes, State* state) {
  *state = State();
  StateObject object;
  while (!bytes.empty()) {
    if (!TakeSaved(&bytes, &object)) return absl::InvalidArgumentError("snapshot: cut off");
    if (!TakeObject(object, state)) {
      return absl::InvalidArgumentError(absl::StrCat("snapshot: object of kind ", static_cast<int>(object.kind), " id ",
                                                     object.id, " is damaged or of a later version"));
    }
  }
  state->configuration.Derive();
  return absl::OkStatus();
}

Hash128 DigestObject(const StateObject& object) {
  SipHasher128 hasher(kDigestKey);
  hasher.AddU64(static_cast<uint64_t>(object.kind));
  hasher.AddU64(object.id);
  hasher.Update(object.bytes);
  return hasher.Finish();
}

void AddDigest(const Hash128& of_object, Hash128* sum) {
  sum->lo += of_object.lo;
  sum->hi += of_object.hi + (sum->lo < of_object.lo ? 1 : 0);
}

Hash128 DigestState(const State& state) {
  Hash128 sum;
  VisitObjects(state, [&sum](const StateObject& object) { AddDigest(DigestObject(object), &sum); });
  return sum;
}

Hash128 DigestFinished(Lane lane, const FinishedTransaction& row) {
  Hash128 sum;
  const auto add = [&sum](const StateObject& object) { AddDigest(DigestObject(object), &sum); };
  Visitor visitor(add);
  VisitFinished(lane, row, &visitor);
  return sum;
}

Hash128 DigestUnfinished(const State& state) {
  Hash128 sum;
  const auto add = [&sum](const StateObject& object) { AddDigest(DigestObject(object), &sum); };
  Visitor visitor(add);
  VisitBeforeFinished(state, &visitor);
  VisitAfterFinished(state, &visitor);
  return sum;
}

}  // namespace understudy::engine
