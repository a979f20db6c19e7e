// This node's journal: locked, opened, begun anew, set aside.
//
//   NodeJournal journal(options, fresh_key, log);     // where it is and how it is kept
//   journal.Lock();                                   // before anything in its directory is touched
//   auto core = journal.Open(&sink, wake);
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
#include "base/time.h"
#include "daemon/core/core.h"
#include "daemon/log/log.h"
#include "daemon/pair/state_receiver.h"
#include "journal/refill.h"

namespace understudy::daemon {

class NodeJournal {
 public:
  // `options`: file system, directory, clock and all that stays the same from one opening to the next; lock, cluster
  // and chance are the journal's own matter. `fresh_key`: chance for keys and ids. `log` outlives the journal.
  NodeJournal(CoreOptions options, std::function<HashKey()> fresh_key, log::Log* log);

  // Makes the directory where it is missing. FailedPrecondition: another process keeps it.
  absl::Status Lock();

  // Says in the log what was found. A node of a pair whose journal is no good sets it aside and begins blank.
  absl::StatusOr<std::unique_ptr<Core>> Open(EffectSink* sink, const std::function<void()>& wake);

  // It becomes what the primary sent; what it was goes aside.
  absl::Status Fill(const FilledState& filled, Epoch promise);
  // It is not the primary's; a blank one takes its place.
  absl::Status SetAside();

 private:
  uint64_t Cluster() const;
  journal::RefillOptions FillOptions() const;
  void Report(const Core& core, Duration took) const;

  CoreOptions options_;  // with a file system, and the lock once it is held
  const std::function<HashKey()> fresh_key_;
  log::Log* const log_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_NODE_JOURNAL_H_
