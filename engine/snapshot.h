// The state as a sequence of objects, and back: for snapshots, for the digest, and to compare two nodes object by
// object.
#ifndef UNDERSTUDY_ENGINE_SNAPSHOT_H_
#define UNDERSTUDY_ENGINE_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "engine/state.h"

namespace understudy::engine {

// The numbers are stored: they never change their meaning. A state whose calls hold
// their legs is refused: it is of before legs were rows of their own.
enum class ObjectKind : uint8_t {
  kHeader = 1,  // lsn, times, keys, counters
  kConfiguration = 2,
  kDn = 3,
  kBinding = 4,
  kFlow = 5,
  kTransactionTimer = 6,
  kEngineTimer = 7,
  kServerTransaction = 8,
  kClientTransaction = 9,
  kFinishedShort = 10,
  kFinishedLong = 11,
  kCall = 12,
  kLeg = 13,
  kSession = 14,
  kDnFeatures = 15,
  kSentRefer = 16,
  kSubscription = 17,
  kName = 18,
  kAvoidedTarget = 19,
  kDevice = 24,
};

struct StateObject {
  ObjectKind kind = ObjectKind::kHeader;
  uint64_t id = 0;          // within its kind: of the row, or a hash of its key
  absl::string_view bytes;  // a row, engine/archive.h; valid during the call only
};

// Calls `visit` for every object, in a fixed order: equal states give equal sequences.
void VisitObjects(const State& state, absl::FunctionRef<void(const StateObject&)> visit);

// Every object as [kind: 1 byte][id: 8][length: 4][bytes], little endian, in pieces or in one. In
// pieces: returns DigestState of what it saved.
Hash128 SaveState(const State& state, absl::FunctionRef<void(absl::string_view)> sink);
void SaveState(const State& state, std::string* out);

// The same of one object: what SaveState writes for it, and back. TakeSaved moves `*bytes` past the object, whose bytes
// are a part of them; false, and nothing is moved, when they are cut off.
inline constexpr size_t kSavedPrefixBytes = 1 + 8 + 4;
void AppendSaved(const StateObject& object, std::string* out);
bool TakeSaved(absl::string_view* bytes, StateObject* object);

// InvalidArgument, and `state` is undefined: damaged, or of a later version.
absl::Status LoadState(absl::string_view bytes, State* state);

// Sum modulo 2^128 of a hash of each object: it does not depend on the order, and a change of one object changes it
// by the difference of two hashes.
Hash128 DigestState(const State& state);
Hash128 DigestObject(const StateObject& object);
// The sum in two parts: of finished transactions, which are most of a state and hardly change, one row; all the rest.
Hash128 DigestFinished(TransactionTable::Lane lane, const FinishedTransaction& row);
Hash128 DigestUnfinished(const State& state);
void AddDigest(const Hash128& of_object, Hash128* sum);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SNAPSHOT_H_
