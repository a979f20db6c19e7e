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

// Where a URI or a Via that names no port means (RFC 3261 19.1.2 and 18.2.2, RFC 7118 section 5).
inline constexpr uint16_t DefaultPort(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
    case Transport::kTcp:
      return 5060;
    case Transport::kTls:
      return 5061;
    case Transport::kWs:
      return 80;
    case Transport::kWss:
      return 443;
  }
  return 0;
}

// The value of a URI's transport parameter; empty: UDP, which needs none. What protects a WebSocket is no matter of the
// URI's (RFC 7118 section 5.1.1).
inline constexpr absl::string_view TransportParam(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "";
    case Transport::kTcp:
      return "tcp";
    case Transport::kTls:
      return "tls";
    case Transport::kWs:
    case Transport::kWss:
      return "ws";
  }
  return "";
}

// Encrypted from hop to hop: what a sips URI asks for.
inline constexpr bool IsSecure(Transport transport) {
  return transport == Transport::kTls || transport == Transport::kWss;
}

// Its peer cannot be connected to.
inline constexpr bool IsWebSocket(Transport transport) {
  return transport == Transport::kWs || transport == Transport::kWss;
}

// Everything but UDP keeps order, delivers and is bound to a connection: the timers E, G, A of section 17 are for UDP.
inline constexpr bool IsReliable(Transport transport) {
  return transport != Transport::kUdp;
}

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_TRANSPORT_H_
