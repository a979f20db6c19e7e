// How long a silence of the peer a node takes for its death, and how often it speaks itself. Each node says in Hello or
// Welcome what it waits for and what it asks of its peer; what counts is the smaller of a node's own figure and of what
// its peer asks of it.
//
//   Duration timeout = SilenceTimeout(own, asked_by_the_peer);
//   absl::optional<Duration> interval = HeartbeatInterval(SilenceTimeout(peers_own, what_we_ask));
//
// Values. What the peer says is brought within the limits below.
#ifndef UNDERSTUDY_REPLICATION_SILENCE_H_
#define UNDERSTUDY_REPLICATION_SILENCE_H_

#include "absl/types/optional.h"
#include "base/time.h"

namespace understudy::replication {

inline constexpr Duration kShortestSilence = Duration::Milliseconds(50);
inline constexpr Duration kLongestSilence = Duration::Seconds(3600);
// Nothing but the connection's end: any figure above the longest.
inline constexpr Duration kNoSilence = Duration::Seconds(int64_t{366} * 24 * 3600);

// Of a node whose own figure is `own`, in a session with a peer that asks for `asked`; 0 or less: it asks for nothing.
// A node that never takes silence for death does not begin to because it is asked.
Duration SilenceTimeout(Duration own, Duration asked);

// Between two heartbeats to a peer whose timeout is `timeout`; nullopt: it waits for none. 0 or less: it did not say,
// and is taken for one with the usual second.
absl::optional<Duration> HeartbeatInterval(Duration timeout);

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_SILENCE_H_
