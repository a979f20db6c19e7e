// Which header fields a B2BUA carries from one leg to the other, and how.
//
// Everything is carried as it came, known or not, but for the fields that belong to one dialog, one hop or one
// trust relation: those are written anew, or end here.
#ifndef UNDERSTUDY_ENGINE_CARRIED_HEADERS_H_
#define UNDERSTUDY_ENGINE_CARRIED_HEADERS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sip/message.h"
#include "sip/writer.h"

namespace understudy::engine {

// Of our own requests (engine/cti/call_uuid.h). Whoever says it to us, phone or Trunk, is not believed: it ends here.
inline constexpr absl::string_view kCallUuidHeader = "X-Understudy-CallUUID";

// Whether P-Asserted-Identity goes on: engine/identity.h says it.
enum class Asserted : uint8_t { kEnd, kCarry };

// Whether what a message says of session timers (RFC 4028) goes on: engine/session/session_refresh.h says it.
enum class Timers : uint8_t { kEnd, kCarry };

// Writes the carried fields of `message`, in order, without its body's type and length.
void CarryHeaders(const sip::Message& message, Asserted asserted, sip::MessageWriter* writer,
                  Timers timers = Timers::kCarry);

// The values of all fields of that name, which is that of a list, as one.
std::string ValuesOf(const sip::Message& message, sip::HeaderName name);
// Of Reason (RFC 3326).
inline std::string ReasonsOf(const sip::Message& message) {
  return ValuesOf(message, sip::HeaderName::kReason);
}

// Writes the body of `message` with its Content-Type.
void CarryBody(const sip::Message& message, sip::MessageWriter* writer);

// Option tags that work from end to end through us. Others are taken out of Supported, and refused in Require.
bool IsCarriedOption(absl::string_view option_tag);

// The option tags of Require (and Proxy-Require, which a B2BUA answers too) that we do not understand,
// comma-separated for Unsupported; empty when all are understood. RFC 3261 8.2.2.3. `served`: one that we do
// understand, although it does not work from end to end. REGISTER may require path, outbound and gruu.
std::string UnsupportedOptions(const sip::Message& request, absl::string_view served = {});

// The methods that may be sent to us, for Allow.
absl::string_view AllowedMethods();

// Writes what an answer to OPTIONS says of us: Allow, Accept, Accept-Encoding, Accept-Language and Supported (11.2).
void WriteCapabilities(sip::MessageWriter* writer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CARRIED_HEADERS_H_
