// Why a node that says Hello cannot be the backup of this one, in words for its operator.
//
//   if (const absl::optional<Objected> why = Objection(terms, hello)) -> refuse with why->reason and why->text
//
// Function without state.
#ifndef UNDERSTUDY_DAEMON_PAIR_OBJECTION_H_
#define UNDERSTUDY_DAEMON_PAIR_OBJECTION_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "replication/messages.h"

namespace understudy::daemon {

// What holds at the primary.
struct PairTerms {
  uint64_t cluster_id = 0;
  uint32_t schema_version = 0;  // that it writes
  uint32_t feature_level = 0;   // of its state: that the pair runs at
  replication::CommitMode mode = replication::CommitMode::kDurable;
  bool warm = false;
  std::string service;
};

struct Objected {
  replication::RefusalReason reason = replication::RefusalReason::kOtherSettings;
  std::string text;
};

// nullopt: none. A program that knows more than `terms` may be backup, and one that knows less may not; with warm
// standby neither reads what the other has written.
absl::optional<Objected> Objection(const PairTerms& terms, const replication::Hello& hello);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_OBJECTION_H_
