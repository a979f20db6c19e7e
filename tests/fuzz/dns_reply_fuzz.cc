// Octets of a DNS server: whatever comes, reading ends, keeps to its limits, and gives records that are of the type
// that was asked for; a lookup takes any of it.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "daemon/dns/dns_reply.h"
#include "daemon/dns/lookup.h"

using understudy::dns::DnsReply;
using understudy::dns::DnsType;
using understudy::dns::Lookup;
using understudy::dns::Question;

namespace {

constexpr DnsType kTypes[] = {DnsType::kA, DnsType::kAaaa, DnsType::kSrv, DnsType::kNaptr};
constexpr size_t kMostRecords = 64;
constexpr size_t kLongestName = 255;

void CheckReply(const DnsReply& reply, DnsType type) {
  const bool addresses = type == DnsType::kA || type == DnsType::kAaaa;
  US_CHECK(addresses || reply.addresses.empty());
  US_CHECK(type == DnsType::kSrv || reply.srv.empty());
  US_CHECK(type == DnsType::kNaptr || reply.naptr.empty());
  US_CHECK_LE(reply.addresses.size() + reply.srv.size() + reply.naptr.size(), kMostRecords);
  for (const auto& record : reply.srv) US_CHECK_LE(record.target.size(), kLongestName);
  for (const auto& record : reply.naptr) US_CHECK_LE(record.replacement.size(), kLongestName);
}

void Look(absl::string_view octets) {
  understudy::engine::LocateQuery query;
  query.host = "gw.example.com";
  query.transport_open = true;
  query.by_service = true;
  Lookup lookup(query);
  std::vector<Question> open = lookup.Begin();
  while (!open.empty()) {
    const Question question = open.back();
    open.pop_back();
    for (const Question& next : lookup.Take(question, ReadDnsReply(octets, question.type))) open.push_back(next);
  }
  US_CHECK(lookup.done());
  const understudy::engine::LocateAnswer answer = lookup.TakeAnswer();
  US_CHECK_LE(answer.srv.size(), understudy::engine::kMostSrvRecords);
  US_CHECK_LE(answer.addresses.size(), understudy::engine::kMostAddressRecords);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const DnsType type : kTypes) CheckReply(ReadDnsReply(octets, type), type);
  Look(octets);
  return 0;
}
