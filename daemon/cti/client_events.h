// The lines that are logged of clients. An id never changes its meaning.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_EVENTS_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_EVENTS_H_

#include "daemon/log/log.h"

namespace understudy::daemon {

inline constexpr log::LogEvent kClientWelcome = {"00-04571", log::Level::kInfo, "client authorised"};
inline constexpr log::LogEvent kClientDisconnected = {"00-04572", log::Level::kInfo, "client disconnected"};
inline constexpr log::LogEvent kClientRefused = {"00-04573", log::Level::kWarning, "client's link closed"};
inline constexpr log::LogEvent kClientSlow = {"00-52032", log::Level::kWarning, "client too slow"};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_EVENTS_H_
