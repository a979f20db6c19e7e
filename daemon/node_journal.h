// This node's journal, as the configuration says where and how: locked, opened, begun anew, set aside.
//
//   NodeJournal journal(config.node, log);
//   journal.Lock();                                   // before anything in its directory is touched
//   auto core = journal.Open(&clock, &sink, wake);
//   ... the core is gone ...: journal.Fill(state, promise) or journal.SetAside(), then Open again
//
// Blocking. One thread.
#ifndef UNDERSTUDY_DAEMON_NODE_JOURNAL_H_
#define UNDERSTUDY_DAEMON_NODE_JOURNAL_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "daemon/config/node_config.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/log/log.h"
#include "daemon/pair/state_receiver.h"
#include "journal/journal_lock.h"
#include "journal/refill.h"

namespace understudy::daemon {

// Chance for keys and ids.
HashKey FreshKey();

class NodeJournal {
 public:
  // Both outlive the journal.
  NodeJournal(const NodeConfig& node, log::Log* log) : node_(node), log_(log) {}

  // Makes the directory where it is missing. FailedPrecondition: another process keeps it.
  absl::Status Lock();

  // Says in the log what was found. A node of a pair whose journal is no good sets it aside and begins blank.
  absl::StatusOr<std::unique_ptr<Core>> Open(const Clock* clock, EffectSink* sink, const std::function<void()>& wake);

  // It becomes what the primary sent; what it was goes aside.
  absl::Status Fill(const FilledState& filled, Epoch promise);
  // It is not the primary's; a blank one takes its place.
  absl::Status SetAside();

 private:
  journal::RefillOptions FillOptions() const;

  const NodeConfig& node_;
  log::Log* const log_;
  std::shared_ptr<journal::JournalLock> lock_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_JOURNAL_H_
