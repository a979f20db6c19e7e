#include "daemon/core/state_child.h"

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/snapshot.h"
#include "engine/transfer/state_counts.h"
#include "engine/transfer/state_difference.h"

namespace understudy::daemon {
namespace {

constexpr uint8_t kChunk = 1;
constexpr uint8_t kReport = 2;

struct ChunkHead {
  uint32_t calls_sent;
  uint32_t calls_skipped;
};

struct Report {
  engine::StateCounts counts;
  engine::DifferenceTotals totals;
};

// The child is this very program, so memory is the format.
template <class T>
absl::string_view AsBytes(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
bool FromBytes(absl::string_view bytes, T* value) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() < sizeof *value) return false;
  std::memcpy(static_cast<void*>(value), bytes.data(), sizeof *value);
  return true;
}

absl::Status SendState(const engine::State& state, absl::Span<const Hash128> known, PipedChild::FrameSink send) {
  const absl::StatusOr<engine::DifferenceTotals> totals =
      engine::WriteDifference(state, known, [&](const engine::DifferenceChunk& chunk) {
        const ChunkHead head{chunk.calls_sent, chunk.calls_skipped};
        return send(kChunk, absl::StrCat(AsBytes(head), chunk.bytes));
      });
  if (!totals.ok()) return totals.status();
  return send(kReport, AsBytes(Report{engine::CountState(state), *totals}));
}

absl::Status NotUnderstood() { return absl::InternalError("the child said what nobody understands"); }

}  // namespace

absl::Status StateChild::Start(absl::Span<const Hash128> known, const journal::SnapshotInfo& info,
                               const engine::State& state) {
  const absl::Status started =
      child_.Start([&](PipedChild::FrameSink send) { return SendState(state, known, send); });
  if (started.ok()) info_ = info;
  return started;
}

absl::StatusOr<absl::optional<StateItem>> StateChild::Read() {
  absl::StatusOr<absl::optional<PipedChild::Frame>> frame = child_.Read();
  if (!frame.ok()) return frame.status();
  if (!frame->has_value()) return absl::nullopt;
  const absl::string_view bytes = (*frame)->bytes;
  ChunkHead head;
  Report report;
  if ((*frame)->kind == kChunk && FromBytes(bytes, &head)) {
    return StateItem(StateChunk{std::string(bytes.substr(sizeof head)), head.calls_sent, head.calls_skipped});
  }
  if ((*frame)->kind != kReport || !FromBytes(bytes, &report)) return NotUnderstood();
  info_.digest = report.totals.digest;
  info_.bytes = report.totals.state_bytes;
  return StateItem(StateTrailer{info_, report.counts, report.totals});
}

absl::Status DigestChild::Start(const engine::State& state) {
  return child_.Start([&state](PipedChild::FrameSink send) {
    return send(kReport, AsBytes(StateProof{state.lsn, engine::DigestState(state), engine::CountState(state)}));
  });
}

absl::StatusOr<absl::optional<StateProof>> DigestChild::Read() {
  const absl::StatusOr<absl::optional<PipedChild::Frame>> frame = child_.Read();
  if (!frame.ok()) return frame.status();
  if (!frame->has_value()) return absl::nullopt;
  StateProof proof;
  if ((*frame)->kind != kReport || !FromBytes((*frame)->bytes, &proof)) return NotUnderstood();
  return proof;
}

}  // namespace understudy::daemon
