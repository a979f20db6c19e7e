// Which entries a reader wants to see.
#ifndef UNDERSTUDY_TOOLS_ENTRY_FILTER_H_
#define UNDERSTUDY_TOOLS_ENTRY_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "engine/configuration.h"
#include "tools/decoded_entry.h"
#include "tools/utc_time.h"

namespace understudy::tools {

struct LsnRange {
  Lsn first{1};
  Lsn last{UINT64_MAX};
};

// "5", "5..9", "5..", "..9". InvalidArgument, with what is allowed.
absl::StatusOr<LsnRange> ParseLsnRange(absl::string_view text);
// A number from 1. InvalidArgument, naming `what`.
absl::StatusOr<uint64_t> ParseId(absl::string_view text, absl::string_view what);
// "sip-received,clock-advanced". InvalidArgument, with all the names there are.
absl::StatusOr<std::vector<uint16_t>> ParseKinds(absl::string_view text);

// Everything given must hold.
struct EntryFilter {
  LsnRange lsn;
  absl::optional<WallRange> time;
  absl::btree_set<uint64_t> calls;  // empty: any
  std::string dn;                   // empty: any
  std::string sip_call_id;          // empty: any
  std::vector<uint16_t> kinds;      // empty: any

  // The calls of a DN or of a SIP Call-ID are known only once an entry has named it: read everything once, with
  // EntryMatcher::Learn, before asking.
  bool NeedsLearning() const { return !dn.empty() || !sip_call_id.empty(); }
};

// Not thread-safe. A call that an entry ties to the DN or to the SIP Call-ID matches from then on with all its
// entries: both its legs, its timers.
class EntryMatcher {
 public:
  // `before` was in force before the first entry that is learned: a Trunk is known by its address and its prefix.
  explicit EntryMatcher(EntryFilter filter, engine::Configuration before = {})
      : filter_(std::move(filter)), configuration_(std::move(before)) {}

  // Nothing for an entry at or before the last one.
  void Learn(const DecodedEntry& entry);
  // Learns from the entry too.
  bool Matches(const DecodedEntry& entry);

  const EntryFilter& filter() const { return filter_; }

 private:
  bool MatchesItself(const DecodedEntry& entry) const;
  // Names the DN, or comes from or goes to a Trunk that is it.
  bool IsOfDn(const DecodedEntry& entry) const;

  const EntryFilter filter_;
  engine::Configuration configuration_;  // as of `learned_`
  Lsn learned_;
  absl::btree_set<uint64_t> dn_calls_;
  absl::btree_set<uint64_t> sip_calls_;
};

// Whether the entry itself names that number: as a user part of its Request-URI, From or To, or as a DN that it
// configures.
bool NamesNumber(const DecodedEntry& entry, absl::string_view number);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_ENTRY_FILTER_H_
