// STUN at SIP's UDP port: a phone behind a NAT keeps its way open with Binding requests, and learns its address (RFC
// 5626 section 4.4.2, RFC 8489). Nothing of it is anybody else's matter: no entry, no state.
//
//   if (IsStun(datagram)) answer = AnswerToStun(datagram, remote);   // "": there is none
//
// Functions without state.
#ifndef UNDERSTUDY_DAEMON_NET_STUN_H_
#define UNDERSTUDY_DAEMON_NET_STUN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"

namespace understudy::net {

// Told from SIP, which begins with a letter, by the first two bits, and from all else by the magic cookie.
bool IsStun(absl::string_view datagram);

// To a Binding request: XOR-MAPPED-ADDRESS of `remote`, or 420 with the attributes that it wants understood and that
// are not. To a malformed one, and to all that is no request: nothing.
std::string AnswerToStun(absl::string_view datagram, const Endpoint& remote);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_STUN_H_
