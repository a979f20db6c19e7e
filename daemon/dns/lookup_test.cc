#include "daemon/dns/lookup.h"

#include <deque>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::dns {
namespace {

using engine::LocateAnswer;
using engine::LocateFailure;
using engine::LocateQuery;
using testing::ElementsAre;
using testing::IsEmpty;
using Outcome = DnsReply::Outcome;

LocateQuery Query(bool by_service) {
  LocateQuery query;
  query.host = "gw.example.com";
  query.transport_open = true;
  query.by_service = by_service;
  return query;
}

DnsReply Failed(Outcome outcome) {
  DnsReply reply;
  reply.outcome = outcome;
  return reply;
}

// Names and what is said to them; of others there is nothing.
class Zone {
 public:
  void Srv(const std::string& owner, uint16_t priority, const std::string& target) {
    replies_[{DnsType::kSrv, owner}].srv.push_back({priority, 0, 5060, target});
  }
  void Naptr(uint16_t order, const std::string& service, const std::string& replacement) {
    replies_[{DnsType::kNaptr, "gw.example.com"}].naptr.push_back({order, 0, "s", service, replacement});
  }
  void Address(const std::string& host, uint8_t last, uint32_t ttl = 60) {
    DnsReply& reply = replies_[{DnsType::kA, host}];
    reply.addresses.push_back(Endpoint::V4(10, 0, 0, last, 0));
    reply.ttl = ttl;
  }
  void Fails(DnsType type, const std::string& name, Outcome outcome) { failures_[{type, name}] = outcome; }

  LocateAnswer Answer(const LocateQuery& query) {
    Lookup lookup(query);
    const std::vector<Question> first = lookup.Begin();
    std::deque<Question> open(first.begin(), first.end());
    while (!open.empty()) {
      asked.push_back(open.front());
      for (const Question& next : lookup.Take(open.front(), ReplyTo(open.front()))) open.push_back(next);
      open.pop_front();
    }
    EXPECT_TRUE(lookup.done());
    return lookup.TakeAnswer();
  }

  std::vector<Question> asked;

 private:
  DnsReply ReplyTo(const Question& question) {
    const std::pair key(question.type, question.name);
    if (auto it = failures_.find(key); it != failures_.end()) return Failed(it->second);
    auto it = replies_.find(key);
    if (it == replies_.end()) return Failed(Outcome::kNoSuchName);
    DnsReply reply = it->second;
    reply.outcome = Outcome::kRecords;
    if (reply.ttl == 0) reply.ttl = 600;
    return reply;
  }

  std::map<std::pair<DnsType, std::string>, DnsReply> replies_;
  std::map<std::pair<DnsType, std::string>, Outcome> failures_;
};

// What a front end does whose time for it is over.
LocateAnswer GivenUpAfter(const LocateQuery& query, const std::map<DnsType, DnsReply>& replies) {
  Lookup lookup(query);
  std::vector<Question> open = lookup.Begin();
  while (!open.empty()) {
    std::vector<Question> next;
    for (const Question& question : open) {
      const auto reply = replies.find(question.type);
      if (reply == replies.end()) continue;
      for (const Question& more : lookup.Take(question, reply->second)) next.push_back(more);
    }
    open = next;
  }
  EXPECT_FALSE(lookup.done());
  lookup.GiveUp();
  EXPECT_TRUE(lookup.done());
  return lookup.TakeAnswer();
}

TEST(LookupTest, ALookupThatIsGivenUpIsSilenceOrWhatHasBeenSaid) {
  EXPECT_EQ(GivenUpAfter(Query(false), {}).failure, LocateFailure::kSilence);
  DnsReply address;
  address.addresses = {Endpoint::V4(10, 0, 0, 1, 0)};
  const LocateAnswer half = GivenUpAfter(Query(false), {{DnsType::kA, address}});
  EXPECT_EQ(half.failure, LocateFailure::kNone);
  EXPECT_THAT(half.addresses, ElementsAre(engine::AddressRecord{"gw.example.com", Endpoint::V4(10, 0, 0, 1, 0)}));
}

TEST(LookupTest, ALookupThatIsGivenUpBeforeItsServicesAreKnownGuessesNothing) {
  DnsReply none;
  none.outcome = Outcome::kRecords;
  EXPECT_EQ(GivenUpAfter(Query(true), {{DnsType::kNaptr, none}}).failure, LocateFailure::kSilence);
}

TEST(LookupTest, WithoutServicesOnlyAddressesAreAskedFor) {
  Zone zone;
  zone.Address("gw.example.com", 1);
  const LocateAnswer answer = zone.Answer(Query(false));
  EXPECT_THAT(zone.asked, ElementsAre(Question{DnsType::kA, "gw.example.com", Transport::kUdp},
                                      Question{DnsType::kAaaa, "gw.example.com", Transport::kUdp}));
  EXPECT_EQ(answer.failure, LocateFailure::kNone);
  EXPECT_EQ(answer.ttl, 60u);
}

TEST(LookupTest, APortInTheUriLeavesOnlyAddresses) {
  Zone zone;
  LocateQuery query = Query(true);
  query.port = 5080;
  zone.Answer(query);
  ASSERT_EQ(zone.asked.size(), 2u);
  EXPECT_EQ(zone.asked[0].type, DnsType::kA);
}

TEST(LookupTest, NaptrNamesTheServicesAndTheyTheHosts) {
  Zone zone;
  zone.Naptr(1, "sip+d2t", "_sip._tcp.elsewhere.example");
  zone.Naptr(2, "mailto+x", "x.example");
  zone.Srv("_sip._tcp.elsewhere.example", 1, "a.example");
  zone.Address("a.example", 1);
  const LocateAnswer answer = zone.Answer(Query(true));
  ASSERT_EQ(answer.naptr.size(), 1u);
  EXPECT_EQ(answer.naptr[0].transport, Transport::kTcp);
  ASSERT_EQ(answer.srv.size(), 1u);
  EXPECT_EQ(answer.srv[0].owner, "_sip._tcp.elsewhere.example");
  ASSERT_EQ(answer.addresses.size(), 1u);
  EXPECT_EQ(answer.addresses[0].host, "a.example");
}

TEST(LookupTest, WithoutNaptrEachTransportsServiceIsAskedFor) {
  Zone zone;
  zone.Srv("_sip._udp.gw.example.com", 1, "a.example");
  zone.Address("a.example", 1);
  const LocateAnswer answer = zone.Answer(Query(true));
  EXPECT_EQ(zone.asked[1], (Question{DnsType::kSrv, "_sip._udp.gw.example.com", Transport::kUdp}));
  EXPECT_EQ(zone.asked[2], (Question{DnsType::kSrv, "_sip._tcp.gw.example.com", Transport::kTcp}));
  EXPECT_EQ(zone.asked[3], (Question{DnsType::kSrv, "_sips._tcp.gw.example.com", Transport::kTls}));
  EXPECT_EQ(answer.failure, LocateFailure::kNone);
}

TEST(LookupTest, ATransportInTheUriLeavesItsService) {
  Zone zone;
  LocateQuery query = Query(true);
  query.transport = Transport::kTcp;
  query.transport_open = false;
  zone.Answer(query);
  EXPECT_EQ(zone.asked[0], (Question{DnsType::kSrv, "_sip._tcp.gw.example.com", Transport::kTcp}));
  EXPECT_EQ(zone.asked[1].type, DnsType::kA);
}

TEST(LookupTest, ASipsUriAsksForTlsAlone) {
  Zone zone;
  LocateQuery query = Query(true);
  query.secure = true;
  query.transport = Transport::kTls;
  zone.Naptr(1, "sip+d2u", "_sip._udp.gw.example.com");
  zone.Answer(query);
  EXPECT_EQ(zone.asked[1], (Question{DnsType::kSrv, "_sips._tcp.gw.example.com", Transport::kTls}));
  EXPECT_EQ(zone.asked[2].type, DnsType::kA);
}

TEST(LookupTest, WithoutServicesTheHostItselfIsAskedFor) {
  Zone zone;
  zone.Address("gw.example.com", 7);
  const LocateAnswer answer = zone.Answer(Query(true));
  EXPECT_THAT(answer.srv, IsEmpty());
  EXPECT_EQ(answer.addresses.size(), 1u);
}

TEST(LookupTest, TheShortestLifeOfAllCounts) {
  Zone zone;
  zone.Srv("_sip._udp.gw.example.com", 1, "a.example");
  zone.Srv("_sip._udp.gw.example.com", 2, "b.example");
  zone.Address("a.example", 1, 70);
  zone.Address("b.example", 2, 30);
  EXPECT_EQ(zone.Answer(Query(true)).ttl, 30u);
}

TEST(LookupTest, EachHostIsAskedForOnce) {
  Zone zone;
  zone.Srv("_sip._udp.gw.example.com", 1, "a.example");
  zone.Srv("_sip._tcp.gw.example.com", 2, "a.example");
  zone.Answer(Query(true));
  EXPECT_EQ(zone.asked.size(), 1u + 3u + 2u);
}

TEST(LookupTest, FailuresAreToldApart) {
  Zone nothing;
  EXPECT_EQ(nothing.Answer(Query(true)).failure, LocateFailure::kNoSuchName);
  Zone no_address;
  no_address.Srv("_sip._udp.gw.example.com", 1, "a.example");
  EXPECT_EQ(no_address.Answer(Query(true)).failure, LocateFailure::kNoAddress);
  Zone silence;
  silence.Fails(DnsType::kA, "gw.example.com", Outcome::kSilence);
  EXPECT_EQ(silence.Answer(Query(false)).failure, LocateFailure::kSilence);
  Zone failure;
  failure.Fails(DnsType::kA, "gw.example.com", Outcome::kFailure);
  EXPECT_EQ(failure.Answer(Query(false)).failure, LocateFailure::kServerFailure);
}

TEST(LookupTest, TheHostItselfIsNoAnswerWhereItsServiceCouldNotBeAskedFor) {
  Zone zone;
  zone.Address("gw.example.com", 7);
  zone.Fails(DnsType::kSrv, "_sip._udp.gw.example.com", Outcome::kSilence);
  EXPECT_EQ(zone.Answer(Query(true)).failure, LocateFailure::kSilence);
}

TEST(LookupTest, AServerThatKnowsNoNaptrIsNoFailure) {
  Zone zone;
  zone.Address("gw.example.com", 7);
  zone.Fails(DnsType::kNaptr, "gw.example.com", Outcome::kFailure);
  EXPECT_EQ(zone.Answer(Query(true)).failure, LocateFailure::kNone);
}

TEST(LookupTest, OneOfTwoFamiliesIsEnough) {
  Zone zone;
  zone.Address("gw.example.com", 7);
  zone.Fails(DnsType::kAaaa, "gw.example.com", Outcome::kFailure);
  EXPECT_EQ(zone.Answer(Query(false)).failure, LocateFailure::kNone);
}

TEST(LookupTest, NoAnswerIsLongerThanTheEngineTakes) {
  Zone zone;
  for (int i = 0; i < 40; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example";
    zone.Srv("_sip._udp.gw.example.com", 1, host);
    zone.Naptr(1, "sip+d2u", "_sip._udp.gw.example.com");
    for (uint8_t last = 0; last < 10; ++last) zone.Address(host, last);
  }
  const LocateAnswer answer = zone.Answer(Query(true));
  EXPECT_EQ(answer.naptr.size(), engine::kMostNaptrRecords);
  EXPECT_EQ(answer.srv.size(), engine::kMostSrvRecords);
  EXPECT_EQ(answer.addresses.size(), engine::kMostAddressRecords);
}

}  // namespace
}  // namespace understudy::dns
