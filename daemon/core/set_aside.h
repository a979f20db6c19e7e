// The start of a node of a pair, which need not stop at a journal that is no good: its peer has what it had.
//
//   absl::optional<JournalSetAside> aside;
//   absl::StatusOr<std::unique_ptr<Core>> core = OpenOrSetAside(options, sink, wake, &aside);
//   if (aside) -> an alarm: aside->why, aside->where
//
// A node alone uses Core::Open, and refuses.
#ifndef UNDERSTUDY_DAEMON_CORE_SET_ASIDE_H_
#define UNDERSTUDY_DAEMON_CORE_SET_ASIDE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "daemon/core/core.h"

namespace understudy::daemon {

struct JournalSetAside {
  std::string why;    // what is wrong with it
  std::string where;  // the directory in which it lies; tools read it as any journal
};

// Core::Open. Where that says DataLoss (entries are damaged or missing, or nothing vouches for them) the journal goes
// aside, and the node begins blank as a new store, which is in no in-sync set: nobody makes it primary before its peer
// has filled it. `*aside` says whether that happened, also when an error is returned. All other errors change nothing.
// Blocking.
absl::StatusOr<std::unique_ptr<Core>> OpenOrSetAside(const CoreOptions& options, EffectSink* sink,
                                                     std::function<void()> wake,
                                                     absl::optional<JournalSetAside>* aside);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_SET_ASIDE_H_
