// The event packages that the server is the notifier of (RFC 6665 section 5): one row each.
#ifndef UNDERSTUDY_ENGINE_EVENTS_EVENT_PACKAGE_H_
#define UNDERSTUDY_ENGINE_EVENTS_EVENT_PACKAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/time.h"

namespace understudy::engine {

// The numbers are stored: they never change their meaning.
enum class EventPackage : uint8_t {
  kDialog = 0,          // RFC 4235: the calls of a DN
  kMessageSummary = 1,  // RFC 3842: messages wait for a DN
  kReg = 2,             // RFC 3680: the contacts of a DN
};

struct PackageRow {
  EventPackage package;
  absl::string_view name;          // in Event and Allow-Events
  absl::string_view content_type;  // of every NOTIFY's body
  Duration default_expires;        // where SUBSCRIBE says nothing
};

// nullptr: no such package is served.
const PackageRow* FindPackage(absl::string_view name);
const PackageRow& RowOf(EventPackage package);

// "dialog, message-summary, reg"
std::string AllowedEvents();

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_EVENT_PACKAGE_H_
