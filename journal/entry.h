// An entry as the journal sees it: numbers for the tools, and bytes that only the engine understands.
//
// On the way in the views belong to the caller and are copied by BatchBuilder::Add. On the way out they point
// into the batch that was read, and live as long as it does.
#ifndef UNDERSTUDY_JOURNAL_ENTRY_H_
#define UNDERSTUDY_JOURNAL_ENTRY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "base/time.h"

namespace understudy::journal {

struct EntryRecord {
  Lsn lsn;
  EngineTime engine_time;
  WallTime wall_time;
  // Of everything the engine said about this entry, in order; compared by replay and by the backup.
  uint64_t effects_hash = 0;
  // The family of the input. The journal only stores it; the engine's numbers are never reused.
  uint16_t kind = 0;
  // The engine's encoded input. Read back it starts on an 8-byte boundary.
  absl::string_view payload;
  // Ids of the calls that this entry touched, for the tools' filters.
  absl::Span<const uint64_t> calls;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_ENTRY_H_
