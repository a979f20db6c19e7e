// Requests whose next hop is a name: they go to the first of its servers, at once or when DNS has answered.
#ifndef UNDERSTUDY_ENGINE_LOCATING_H_
#define UNDERSTUDY_ENGINE_LOCATING_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// Before it is sent: a request without a leg is for that DN, and goes to its contact, whatever its Request-URI names
// (request-uri).
void NameDevice(Context& context, ClientTransaction& row, absl::string_view number);

// The next hop of the request in `context.text`, whose row has no address: its Route, or its Request-URI. True: the row
// has one now, and the request says so. False: it waits, and goes on by itself, or fails in a later entry.
bool LocateNextHop(Context& context, ClientTransaction& row);

// The DN that a call to the leg's party goes to: its Trunk, its softswitch, or itself.
const Dn* DeviceOf(const State& state, const Leg& leg);

void OnNamesResolved(Context& context, const NamesResolved& input);
// TimerKind::kName.
void OnNameDue(Context& context, const Timer& timer);
// TimerKind::kLocating: the request has waited long enough.
void OnLocatingTimer(Context& context, const Timer& timer);

// Why a request that has come to nothing found no server, as the text of a Warning; "": that was not the reason.
std::string UnlocatedWarning(const State& state, const ClientTransaction& ended);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATING_H_
