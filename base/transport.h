// The transports of RFC 3261 section 18 and RFC 7118, by the names that Via uses.
#ifndef UNDERSTUDY_BASE_TRANSPORT_H_
#define UNDERSTUDY_BASE_TRANSPORT_H_

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy {

// The numbers are stored: they never change their meaning.
enum class Transport : uint8_t { kUdp = 0, kTcp = 1, kTls = 2, kWs = 3, kWss = 4 };

inline constexpr int kTransportCount = 5;

// As in Via, upper case: "UDP", "TCP", "TLS", "WS", "WSS".
inline absl::string_view TransportName(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "UDP";
    case Transport::kTcp:
      return "TCP";
    case Transport::kTls:
      return "TLS";
    case Transport::kWs:
      return "WS";
    case Transport::kWss:
      return "WSS";
  }
  return "?";
}

// Any case (RFC 3261 section 25.1: tokens compare without case); nullopt for a name that is not one of the five.
inline absl::optional<Transport> ParseTransport(absl::string_view name) {
  for (int i = 0; i < kTransportCount; ++i) {
    const Transport transport = static_cast<Transport>(i);
    if (absl::EqualsIgnoreCase(name, TransportName(transport))) return transport;
  }
  return absl::nullopt;
}

// Everything but UDP keeps order, delivers and is bound to a connection: the timers E, G, A of section 17 are for UDP.
inline constexpr bool IsReliable(Transport transport) {
  return transport != Transport::kUdp;
}

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_TRANSPORT_H_
