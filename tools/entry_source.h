// Walks the entries that a filter lets through, in order, over a journal that lies still or one that grows.
#ifndef UNDERSTUDY_TOOLS_ENTRY_SOURCE_H_
#define UNDERSTUDY_TOOLS_ENTRY_SOURCE_H_

#include "absl/status/status.h"
#include "tools/decoded_entry.h"
#include "tools/entry_filter.h"
#include "tools/journal_files.h"

namespace understudy::tools {

// Hears of every entry that matches, and of every damage; Waiting once everything there is was given out.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  virtual void Entry(const DecodedEntry& entry) = 0;
  virtual void Damaged(const journal::Damage& damage) = 0;
  // False: end.
  virtual bool Waiting() = 0;
};

// With `follow`, goes on until the sink has had enough. Errors are those of the disk.
absl::Status WalkEntries(JournalFiles* files, const EntryFilter& filter, bool follow, EntrySink* sink);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_ENTRY_SOURCE_H_
