#include "journal/retention.h"

#include <algorithm>
#include <memory>

#include "journal/batch_view.h"

namespace understudy::journal {
namespace {

// The first lsn that must stay whatever the limits say; 0: everything.
Lsn Floor(const RetentionInput& input) {
  if (input.second_newest_snapshot.empty()) return Lsn();
  Lsn floor = input.second_newest_snapshot.Next();
  if (!input.peer_needs_after.empty()) floor = std::min(floor, input.peer_needs_after.Next());
  return floor;
}

bool TooOld(const BatchHeader& header, const RetentionInput& input) {
  const Duration limit = input.limits.max_age;
  return limit > Duration() && input.now - header.wall_time > limit;
}

}  // namespace

absl::StatusOr<Lsn> Retain(LogStore* store, const RetentionInput& input, int max_batches) {
  const LogRange range = store->Range();
  const Lsn floor = std::min(Floor(input), range.last);
  if (floor <= range.first) return range.first;
  const uint64_t total = input.limits.max_bytes == 0 ? 0 : store->ApproximateBytes(range.first, range.last.Next());
  uint64_t excess = total > input.limits.max_bytes ? total - input.limits.max_bytes : 0;
  if (input.limits.max_bytes == 0) excess = 0;
  Lsn keep = range.first;
  {
    std::unique_ptr<LogIterator> it = store->NewIterator();
    BatchView view;
    for (it->Seek(range.first); it->Valid() && max_batches > 0; it->Next(), --max_batches) {
      // A batch in doubt is for the scrubber and the operator, never for the broom.
      if (!view.Parse(it->bytes()).ok() || view.prelude().last_lsn() >= floor) break;
      if (!TooOld(view.header(), input) && excess == 0) break;
      excess -= std::min<uint64_t>(excess, it->bytes().size());
      keep = view.prelude().last_lsn().Next();
    }
  }
  if (keep > range.first) {
    if (absl::Status s = store->DropBefore(keep); !s.ok()) return s;
  }
  return store->Range().first;
}

}  // namespace understudy::journal
