// What DNS has said to a LocateQuery, as it was said: an input keeps it, and the engine makes of it what it likes.
#ifndef UNDERSTUDY_ENGINE_LOCATE_ANSWER_H_
#define UNDERSTUDY_ENGINE_LOCATE_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/transport.h"

namespace understudy::engine {

// More than that nobody reads: the front end leaves out the rest, and the engine refuses an answer with more.
inline constexpr size_t kMostNaptrRecords = 16;
inline constexpr size_t kMostSrvRecords = 32;
inline constexpr size_t kMostAddressRecords = 64;

// RFC 3403. `transport` and `secure` are what its service says ("SIP+D2U", "SIP+D2T", "SIPS+D2T"); others are not kept.
struct NaptrRecord {
  uint16_t order = 0;
  uint16_t preference = 0;
  Transport transport = Transport::kUdp;
  std::string replacement;  // the owner of SRV records

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, order);
    a.Field(2, preference);
    a.Field(3, transport);
    a.Field(4, replacement);
  }
  friend bool operator==(const NaptrRecord&, const NaptrRecord&) = default;
};

// RFC 2782, for that transport.
struct SrvRecord {
  Transport transport = Transport::kUdp;
  std::string owner;
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  // "": the service is decidedly not there

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, transport);
    a.Field(2, owner);
    a.Field(3, priority);
    a.Field(4, weight);
    a.Field(5, port);
    a.Field(6, target);
  }
  friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};

// A or AAAA.
struct AddressRecord {
  std::string host;
  Endpoint address;  // without a port

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, host);
    a.Field(2, address);
  }
  friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};

// Why there is no address. Stored.
enum class LocateFailure : uint8_t {
  kNone = 0,
  kNoSuchName = 1,
  kNoAddress = 2,      // the name is there, and has no address, or none that can be reached from here
  kSilence = 3,        // no server has answered in time
  kServerFailure = 4,  // SERVFAIL, REFUSED, NOTIMP, or what cannot be read
  kTooMany = 5,        // names, or questions at a time, here
};

// "no such name".
absl::string_view FailureText(LocateFailure failure);

// Whether that is what DNS says of the name, and not that DNS cannot be asked now.
constexpr bool IsDefinite(LocateFailure failure) {
  return failure == LocateFailure::kNoSuchName || failure == LocateFailure::kNoAddress;
}

// Hosts and owners in lower case, without the dot of the root; records in the order in which they came.
struct LocateAnswer {
  LocateFailure failure = LocateFailure::kNone;
  uint32_t ttl = 0;  // seconds: the shortest of all its records
  std::vector<NaptrRecord> naptr;
  std::vector<SrvRecord> srv;
  std::vector<AddressRecord> addresses;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, failure);
    a.Field(2, ttl);
    a.Field(3, naptr);
    a.Field(4, srv);
    a.Field(5, addresses);
  }
  friend bool operator==(const LocateAnswer&, const LocateAnswer&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_ANSWER_H_
