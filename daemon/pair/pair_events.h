// The lines that the pair logs. An id never changes its meaning.
#ifndef UNDERSTUDY_DAEMON_PAIR_PAIR_EVENTS_H_
#define UNDERSTUDY_DAEMON_PAIR_PAIR_EVENTS_H_

#include "daemon/log/log.h"
#include "replication/pair.h"

namespace understudy::daemon {

inline constexpr log::LogEvent kPeerLinkFailed = {"00-20082", log::Level::kWarning, "peer link failed"};
inline constexpr log::LogEvent kPeerLinkClosed = {"00-20083", log::Level::kInfo, "peer link closed"};
inline constexpr log::LogEvent kPeerRefused = {"00-20084", log::Level::kError, "peer refused"};
inline constexpr log::LogEvent kPeerRefusedUs = {"00-20085", log::Level::kError, "the peer refuses this node"};
inline constexpr log::LogEvent kPeerConfigurationDiffers = {"00-20086", log::Level::kWarning,
                                                            "the peer's configuration file differs"};
inline constexpr log::LogEvent kTailCut = {"00-20087", log::Level::kWarning, "a tail that does not count was cut"};
inline constexpr log::LogEvent kDiverged = {"00-20088", log::Level::kAlarm, "this node has diverged from the primary"};

inline constexpr log::LogEvent kAddpSent = {"00-20109", log::Level::kInfo, "addp sent"};
inline constexpr log::LogEvent kAddpReceived = {"00-20110", log::Level::kInfo, "addp received"};
inline constexpr log::LogEvent kResyncBegun = {"00-20104", log::Level::kInfo, "resync begun: the state is sent"};
inline constexpr log::LogEvent kStateTaken = {"00-20105", log::Level::kInfo, "state received"};
inline constexpr log::LogEvent kResyncProven = {"00-20106", log::Level::kInfo, "resync proven: both states are equal"};
inline constexpr log::LogEvent kResyncDiffers = {"00-20107", log::Level::kAlarm, "the states of the nodes differ"};
inline constexpr log::LogEvent kLogUnreadable = {"00-20111", log::Level::kAlarm,
                                                 "the log cannot be read where the backup's ends: it gets the state"};
inline constexpr log::LogEvent kProofFailed = {"00-20108", log::Level::kWarning, "the states could not be compared"};

// Of what the protocol reports.
const log::LogEvent& LogEventOf(replication::PairEvent event);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_PAIR_EVENTS_H_
