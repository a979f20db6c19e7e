// What the nodes of a pair have let out, and what must therefore be true of them. For tests.
//
//   ledger.Released(core, lsn, ordinal, send);    // a primary sends
//   ledger.Examine("b", core);                    // a primary begins to serve, or the end
//   EXPECT_EQ(ledger.violation(), "");
//
// Of a released effect two things are kept: its bytes, which nobody may release otherwise, and its entry, which every
// later primary must have in its log.
#ifndef UNDERSTUDY_DAEMON_PAIR_RELEASE_LEDGER_H_
#define UNDERSTUDY_DAEMON_PAIR_RELEASE_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "daemon/core/core.h"
#include "engine/effect.h"

namespace understudy::daemon {

class ReleaseLedger {
 public:
  // The `ordinal`-th message of entry `lsn`, by the node with `core`.
  void Released(const std::string& node, const Core& core, Lsn lsn, int ordinal, const engine::SendSip& send);
  // Of a node that serves: its log holds every entry of which something was released.
  void Examine(const std::string& node, const Core& core);
  // Something else was noticed. Only the first is kept.
  void Violated(const std::string& what);

  const std::string& violation() const { return violation_; }
  Lsn last() const { return last_; }
  size_t entries() const { return entries_.size(); }
  size_t messages() const { return messages_.size(); }
  uint64_t repeated() const { return repeated_; }  // messages that were released again, the same

 private:
  absl::Status Compare(const Core& core, Lsn first) const;

  std::map<std::pair<Lsn, int>, std::string> messages_;
  std::map<Lsn, Hash128> entries_;  // what the entry was
  Lsn last_;
  uint64_t repeated_ = 0;
  std::string violation_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_RELEASE_LEDGER_H_
