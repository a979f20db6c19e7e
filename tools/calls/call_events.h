// The T-Library events of a call, and whom they went to: what a replay of the engine says left for clients.
//
// Those of a session that has no link at that moment wait in the session, and are not here: `replay --show session ID`
// has them.
#ifndef UNDERSTUDY_TOOLS_CALLS_CALL_EVENTS_H_
#define UNDERSTUDY_TOOLS_CALLS_CALL_EVENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "base/ids.h"
#include "boost/json.hpp"
#include "engine/ids.h"
#include "tlib/frame.h"
#include "tlib/message.h"
#include "tools/journal_files.h"
#include "tools/replayer.h"

namespace understudy::tools {

struct CallEvent {
  uint64_t session = 0;
  std::string application;  // the session's
  tlib::EventFrame frame;
  tlib::Message message;  // decoded, as it may be shown
};

// "session 1 (desk) event 4: {"Event":"EventDialing",...}".
std::string CallEventText(const CallEvent& event);
// The same in short: "EventDialing 1001 to session 1 (desk)".
std::string CallEventNote(const CallEvent& event);
// {"session":1,"application":"desk","number":4,"message":{...}}
boost::json::array CallEventsJson(const std::vector<CallEvent>& events);

// Of one call. Not thread-safe.
class CallEvents {
 public:
  explicit CallEvents(engine::CallId call) : call_(call) {}

  // What the replayer's last entry, which touched the call, made clients hear of it. An entry may touch several calls:
  // those are told apart by the ConnIDs that they have had.
  std::vector<CallEvent> Take(const Replayer& replayer);

 private:
  const engine::CallId call_;
  absl::btree_set<uint64_t> conn_ids_;
};

using EventsByLsn = absl::btree_map<Lsn, std::vector<CallEvent>>;

// Of all the entries of `calls`. Errors as of Replayer: what came before is in `events`.
absl::Status CollectCallEvents(JournalFiles* files, const absl::btree_set<uint64_t>& calls, EventsByLsn* events);

// The first and the last entry of `calls`; {0, 0}: they have none.
struct LsnSpan {
  Lsn first;
  Lsn last;
};
absl::StatusOr<LsnSpan> SpanOf(JournalFiles* files, const absl::btree_set<uint64_t>& calls);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_CALL_EVENTS_H_
