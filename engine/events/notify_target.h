// Where the NOTIFYs of a subscription may go. They are more octets than the SUBSCRIBE that asks for them, and over UDP
// they are repeated for half a minute: who signs nothing has them sent to itself only.
#ifndef UNDERSTUDY_ENGINE_EVENTS_NOTIFY_TARGET_H_
#define UNDERSTUDY_ENGINE_EVENTS_NOTIFY_TARGET_H_

#include "absl/strings/string_view.h"
#include "engine/configuration.h"
#include "engine/input.h"
#include "engine/state.h"
#include "sip/dialog.h"

namespace understudy::engine {

// Why no NOTIFY can be sent to where `request` wants it in that dialog; empty: it can.
absl::string_view NotifyTargetFault(const State& state, const SipReceived& request, const sip::Dialog& dialog);

// Whether an unsigned datagram asks for NOTIFYs at an address that is neither its source nor, by configuration or
// registration, one of the subscriber's. Hosts of Trunks are trusted.
bool AsksForAnother(const State& state, const SipReceived& request, const Dn& subscriber, const sip::Dialog& dialog);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_NOTIFY_TARGET_H_
