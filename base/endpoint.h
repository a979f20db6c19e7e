// An IP address and a port: a value that parses, prints, compares and hashes. Names are never resolved here.
//
//   absl::optional<Endpoint> peer = Endpoint::Parse("192.0.2.1", "5060");
//   peer->ToText();     // "192.0.2.1:5060"; IPv6 prints as "[2001:db8::1]:5060"
#ifndef UNDERSTUDY_BASE_ENDPOINT_H_
#define UNDERSTUDY_BASE_ENDPOINT_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy {

// IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so the two written forms of one address are equal.
// The default value (::, port 0) means "none".
class Endpoint {
 public:
  using Ip = std::array<uint8_t, 16>;

  constexpr Endpoint() = default;
  constexpr Endpoint(const Ip& ip, uint16_t port) : ip_(ip), port_(port) {}
  static Endpoint V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);

  // `ip_text`: dotted IPv4 or IPv6, the latter with or without brackets (RFC 3261 section 25.1 "host", RFC 5118),
  // without a zone. `port_text`: 0 to 65535 in decimal. nullopt for anything else, a host name included.
  static absl::optional<Endpoint> Parse(absl::string_view ip_text, absl::string_view port_text);
  static absl::optional<Endpoint> Parse(absl::string_view ip_text, uint16_t port);

  // "192.0.2.1:5060", "[2001:db8::1]:5060", or the address alone with `default_port`. "2001:db8::1" without
  // brackets is an address without a port.
  static absl::optional<Endpoint> ParseHostPort(absl::string_view text, uint16_t default_port);

  // Address and port, as ParseHostPort reads it.
  std::string ToText() const;
  void AppendTo(std::string* out) const;

  // The address alone as a SIP host: IPv6 in brackets.
  std::string HostText() const;
  void AppendHostTo(std::string* out) const;

  const Ip& ip() const { return ip_; }
  uint16_t port() const { return port_; }
  bool is_v4() const;
  bool empty() const { return *this == Endpoint(); }

  // 0.0.0.0 or ::, which stands for every local address.
  bool is_any() const;
  bool SameHost(const Endpoint& other) const { return ip_ == other.ip_; }
  Endpoint WithPort(uint16_t port) const { return Endpoint(ip_, port); }

  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;

  template <class H>
  friend H AbslHashValue(H h, const Endpoint& e) {
    return H::combine(std::move(h), e.ip_, e.port_);
  }

 private:
  Ip ip_{};
  uint16_t port_ = 0;
};

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_ENDPOINT_H_
