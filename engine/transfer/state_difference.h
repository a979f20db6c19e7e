// A state sent to a node that has an older one: what differs travels, for the rest its digest does. The result is
// exactly what SaveState gives at the sender.
//
//   backup:   ObjectPool pool;  pool.AddSaved(saved_bytes);          // and what came before an interruption
//             send EncodeDigests(pool.Digests())
//   primary:  WriteDifference(state, DecodeDigests(bytes).value(), send_chunk)
//   backup:   DifferenceReader reader(std::move(pool));
//             reader.Add(chunk) ...; LoadState(reader.TakeState().value(), &state)
//   after an interruption: the next pool is reader.TakePool()
//
// The difference is a sequence of records, in the order of VisitObjects:
//   [1][an object as SaveState writes it]      that the receiver does not have
//   [2][digest: 16 bytes]                      that it has
//   [3][objects: 8][bytes: 8][digest: 16]      the end: of the whole state, as saved
// all little endian. A record begins at the start of a chunk when it does not fit in the one before it.
//
// Pure; thread-compatible. Bytes that come in are hostile: every size and count has a limit, named in the error.
#ifndef UNDERSTUDY_ENGINE_TRANSFER_STATE_DIFFERENCE_H_
#define UNDERSTUDY_ENGINE_TRANSFER_STATE_DIFFERENCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/lookup_index.h"
#include "base/siphash.h"
#include "engine/snapshot.h"
#include "engine/state.h"

namespace understudy::engine {

inline constexpr size_t kMaxDifferenceChunk = size_t{256} << 10;
// That are sent: whoever sends at a pace of calls can keep it.
inline constexpr uint32_t kMostCallsInChunk = 20;
inline constexpr size_t kMaxKnownDigests = size_t{8} << 20;
inline constexpr size_t kMaxObjectBytes = size_t{64} << 20;

// 16 bytes a digest. Decode wants them sorted, each once, and at most kMaxKnownDigests (InvalidArgument otherwise).
std::string EncodeDigests(absl::Span<const Hash128> digests);
absl::StatusOr<std::vector<Hash128>> DecodeDigests(absl::string_view bytes);

// Saved objects by their digest. Neither copies nor moves its bytes once it has them.
class ObjectPool {
 public:
  // Takes what SaveState gave, or a part of it that ends with an object. InvalidArgument: cut off; nothing was taken.
  absl::Status AddSaved(std::string saved);

  // The object as saved; empty: not here. Valid as long as the pool, moved or not.
  absl::string_view Find(const Hash128& digest) const;
  // Sorted, of the objects that are worth asking for: small ones cost less than their digest.
  std::vector<Hash128> Digests() const;

  size_t objects() const { return objects_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<const std::string>> saved_;
  LookupIndex<Hash128, absl::string_view> index_;
  std::vector<Hash128> objects_;  // the keys of index_
  size_t bytes_ = 0;
};

// What the primary shows of its progress. Calls are whole in the chunk in which they are counted.
struct DifferenceChunk {
  absl::string_view bytes;  // at most kMaxDifferenceChunk; valid during the call only
  uint32_t calls_sent = 0;
  uint32_t calls_skipped = 0;
};

struct DifferenceTotals {
  uint64_t objects = 0;        // of the state
  uint64_t state_bytes = 0;    // as saved
  Hash128 digest;              // DigestState
  uint64_t calls_sent = 0;     // with their bytes
  uint64_t calls_skipped = 0;  // that the receiver has
  uint64_t bytes_sent = 0;

  friend bool operator==(const DifferenceTotals&, const DifferenceTotals&) = default;
};

// `known` is sorted. Ends with the first error of `sink`, or with ResourceExhausted: an object above kMaxObjectBytes.
absl::StatusOr<DifferenceTotals> WriteDifference(const State& state, absl::Span<const Hash128> known,
                                                 absl::FunctionRef<absl::Status(const DifferenceChunk&)> sink);

class DifferenceReader {
 public:
  struct Limits {
    uint64_t max_state_bytes = uint64_t{16} << 30;
    size_t max_object_bytes = kMaxObjectBytes;
  };

  explicit DifferenceReader(ObjectPool pool) : DifferenceReader(std::move(pool), Limits()) {}
  DifferenceReader(ObjectPool pool, const Limits& limits);

  // The next bytes, in pieces of any size. InvalidArgument or ResourceExhausted: what was wrong, and at which object;
  // final, and the pool may still be taken.
  absl::Status Add(absl::string_view bytes);

  bool complete() const { return complete_; }
  // Whether all objects are in, and their number, size and digest are what the end said.
  absl::StatusOr<std::string> TakeState();
  // So far; `bytes_sent` are those that came in.
  const DifferenceTotals& totals() const { return totals_; }

  // What the pool had, and every object that came in: what this node has when the transfer begins anew. Where that
  // would be more than the state may be, only what came in now. Once, and not after TakeState.
  ObjectPool TakePool();

 private:
  absl::Status Take(absl::string_view* bytes, bool* took);
  absl::Status TakeSent(absl::string_view* bytes, bool* took);
  absl::Status TakeKnown(absl::string_view* bytes, bool* took);
  absl::Status TakeEnd(absl::string_view* bytes, bool* took);
  absl::Status Append(absl::string_view saved);
  absl::Status Fail(absl::Status status);
  absl::Status Wrong(absl::string_view what) const;

  const Limits limits_;
  ObjectPool pool_;
  std::string state_;    // as far as it is rebuilt
  std::string pending_;  // the record that is not whole yet
  DifferenceTotals totals_;
  bool complete_ = false;
  absl::Status failure_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRANSFER_STATE_DIFFERENCE_H_
