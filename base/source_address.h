// Which of our addresses the hosts of a network see, where a machine is in several of them.
//
//   ParseSourceAddresses("10.20.0.0/16 10.20.0.5, 2001:db8:1::/48 2001:db8:1::5")
#ifndef UNDERSTUDY_BASE_SOURCE_ADDRESS_H_
#define UNDERSTUDY_BASE_SOURCE_ADDRESS_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"

namespace understudy {

struct SourceAddress {
  Endpoint network;  // its first address, port 0
  int bits = 0;      // of an IPv6 address that are the network's; IPv4 is mapped into it, and has 96 more than it says
  Endpoint address;  // ours there, port 0

  bool Covers(const Endpoint& host) const;
  friend bool operator==(const SourceAddress&, const SourceAddress&) = default;
};

inline constexpr size_t kMostSourceAddresses = 16;

// Elements divided by commas, each a network and an address of ours that lies in it; "" is none. InvalidArgument says
// what is wrong with which, and what is allowed.
absl::StatusOr<std::vector<SourceAddress>> ParseSourceAddresses(absl::string_view text);

// Of the smallest network that `host` is in; nullptr: it is in none.
const SourceAddress* FindSourceAddress(const std::vector<SourceAddress>& all, const Endpoint& host);

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_SOURCE_ADDRESS_H_
