// What a DNS server answers to one question, read from its octets (RFC 1035 section 4). Anybody may have sent them: all
// that is read is bounded, and what cannot be read makes the whole a failure.
//
//   DnsReply reply = ReadDnsReply(octets, DnsType::kSrv);
//
// Functions without state.
#ifndef UNDERSTUDY_DAEMON_DNS_DNS_REPLY_H_
#define UNDERSTUDY_DAEMON_DNS_DNS_REPLY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"

namespace understudy::dns {

enum class DnsType : uint16_t { kA = 1, kAaaa = 28, kSrv = 33, kNaptr = 35 };

struct DnsSrv {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;
};

struct DnsNaptr {
  uint16_t order = 0;
  uint16_t preference = 0;
  std::string flags;
  std::string service;
  std::string replacement;
};

// Names are in lower case, without the dot of the root.
struct DnsReply {
  enum class Outcome : uint8_t {
    kRecords,     // or none: the name is there, and has none of that type
    kNoSuchName,  // NXDOMAIN
    kFailure,     // any other code, or octets that are no reply
    kSilence,     // nobody has answered
  };

  Outcome outcome = Outcome::kFailure;
  uint32_t ttl = 0;                 // seconds: the shortest of all records, aliases too
  std::vector<Endpoint> addresses;  // without ports
  std::vector<DnsSrv> srv;
  std::vector<DnsNaptr> naptr;
};

// At most 64 records of that type are kept, in the order in which they come; others are passed over.
DnsReply ReadDnsReply(absl::string_view octets, DnsType type);

}  // namespace understudy::dns

#endif  // UNDERSTUDY_DAEMON_DNS_DNS_REPLY_H_
