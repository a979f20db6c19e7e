#include "daemon/pair/pair_events.h"

namespace understudy::daemon {
namespace {

using log::Level;

constexpr log::LogEvent kEvents[replication::kPairEvents] = {
    {"00-04563", Level::kInfo, "hot standby primary activated"},
    {"00-04561", Level::kInfo, "hot standby backup activated"},
    {"00-20080", Level::kInfo, "peer connected"},
    {"00-20081", Level::kWarning, "peer disconnected"},
    {"00-20089", Level::kWarning, "peer is silent"},
    {"00-20090", Level::kInfo, "pair in sync"},
    {"00-20091", Level::kAlarm, "unprotected: this node runs alone"},
    {"00-20092", Level::kWarning, "the backup does not keep up"},
    {"00-20093", Level::kWarning, "the backup is slow"},
    {"00-20094", Level::kWarning, "primary no longer"},
    {"00-20095", Level::kAlarm, "witness lost"},
    {"00-20096", Level::kInfo, "witness back"},
    {"00-20097", Level::kAlarm, "witness is blank and refuses"},
    {"00-20098", Level::kError, "the witness serves another pair"},
    {"00-20099", Level::kAlarm, "this node cannot become primary"},
    {"00-20100", Level::kInfo, "switchover begun"},
    {"00-20101", Level::kInfo, "switchover done"},
    {"00-20102", Level::kWarning, "switchover given up"},
    {"00-20103", Level::kAlarm, "witness lost: goes on alone, as on-witness-loss says"},
    {"00-20112", Level::kWarning, "force-promote given up"},
    {"00-20113", Level::kAlarm, "witness has forgotten what it said: force-promote where service is to go on"},
};

}  // namespace

const log::LogEvent& LogEventOf(replication::PairEvent event) { return kEvents[static_cast<size_t>(event)]; }

}  // namespace understudy::daemon
