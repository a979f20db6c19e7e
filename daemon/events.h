// The lines that the daemon logs. An id never changes its meaning.
#ifndef UNDERSTUDY_DAEMON_EVENTS_H_
#define UNDERSTUDY_DAEMON_EVENTS_H_

#include "daemon/log/log.h"

namespace understudy::daemon {

inline constexpr log::LogEvent kStarting = {"00-04500", log::Level::kInfo, "starting"};
inline constexpr log::LogEvent kServing = {"00-04501", log::Level::kInfo, "serving"};
inline constexpr log::LogEvent kStopping = {"00-04502", log::Level::kInfo, "stopping"};
inline constexpr log::LogEvent kStopped = {"00-04503", log::Level::kInfo, "stopped"};
inline constexpr log::LogEvent kCannotStart = {"00-04504", log::Level::kError, "cannot start"};
inline constexpr log::LogEvent kJournalRecovered = {"00-04510", log::Level::kInfo, "journal recovered"};
inline constexpr log::LogEvent kSnapshotSkipped = {"00-04511", log::Level::kWarning, "snapshot skipped"};
inline constexpr log::LogEvent kJournalFailed = {"00-04512", log::Level::kAlarm, "journal failed, ending"};
inline constexpr log::LogEvent kSlowCommit = {"00-04513", log::Level::kWarning, "slow commit"};
inline constexpr log::LogEvent kDiskLow = {"00-04514", log::Level::kAlarm, "disk low, new calls are refused"};
inline constexpr log::LogEvent kInputQuarantined = {"00-04515", log::Level::kAlarm, "input quarantined"};
inline constexpr log::LogEvent kServiceGap = {"00-04516", log::Level::kWarning, "service gap"};
inline constexpr log::LogEvent kSnapshotFailed = {"00-04517", log::Level::kAlarm, "snapshot or retention failed"};
inline constexpr log::LogEvent kTimerCrashed = {"00-04518", log::Level::kAlarm, "a timer brought the process down"};
inline constexpr log::LogEvent kServiceScript = {"00-04519", log::Level::kError, "the service address's script failed"};
inline constexpr log::LogEvent kInputCondemned = {"00-04524", log::Level::kAlarm,
                                                  "an input brought the peer down: dropped here too"};
inline constexpr log::LogEvent kJournalSetAside = {"00-04525", log::Level::kAlarm,
                                                   "the journal is no good and was set aside: this node begins blank"};
inline constexpr log::LogEvent kOverloadBegins = {"00-04526", log::Level::kWarning,
                                                  "overload: a part of what begins something is refused"};
inline constexpr log::LogEvent kOverloadEnds = {"00-04527", log::Level::kInfo, "the overload is over"};
inline constexpr log::LogEvent kConfigurationRead = {"00-04520", log::Level::kInfo, "configuration read"};
inline constexpr log::LogEvent kConfigurationRefused = {"00-04521", log::Level::kError, "configuration refused"};
inline constexpr log::LogEvent kConfigurationRemark = {"00-04522", log::Level::kWarning, "configuration remark"};
inline constexpr log::LogEvent kMessageRefused = {"00-04530", log::Level::kWarning, "message refused"};
inline constexpr log::LogEvent kRequestRefused = {"00-04531", log::Level::kInfo, "request refused"};
inline constexpr log::LogEvent kWrongSignature = {"00-04532", log::Level::kWarning, "wrong password"};
inline constexpr log::LogEvent kSourceBanned = {"00-04533", log::Level::kAlarm, "a source is shut out"};
inline constexpr log::LogEvent kPasswordTried = {"00-04534", log::Level::kAlarm,
                                                 "wrong passwords come one after the other for a DN"};
inline constexpr log::LogEvent kTlsFailed = {"00-04535", log::Level::kWarning, "TLS failed"};
inline constexpr log::LogEvent kCallStep = {"00-04540", log::Level::kDebug, "call"};
inline constexpr log::LogEvent kCallFailed = {"00-04542", log::Level::kInfo, "call failed"};
inline constexpr log::LogEvent kRegistrationStep = {"00-04541", log::Level::kInfo, "registration"};
inline constexpr log::LogEvent kDeviceStep = {"00-04546", log::Level::kInfo, "device"};
inline constexpr log::LogEvent kDeviceOut = {"00-04547", log::Level::kWarning, "a device is out of service"};
inline constexpr log::LogEvent kSipSilent = {"00-04548", log::Level::kWarning,
                                             "SERVICE_UNAVAILABLE: no device answers OPTIONS, and no SIP comes in"};
inline constexpr log::LogEvent kSipHeard = {"00-04549", log::Level::kInfo, "SERVICE_RUNNING: SIP comes in again"};
inline constexpr log::LogEvent kClientPort = {"00-04570", log::Level::kInfo, "listening for T-Library clients"};
inline constexpr log::LogEvent kSessionStep = {"00-04543", log::Level::kInfo, "client session"};
inline constexpr log::LogEvent kSessionSlow = {"00-04544", log::Level::kWarning,
                                               "a client does not take its events: half of what may wait for it waits"};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_EVENTS_H_
