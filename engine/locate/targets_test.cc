#include "engine/locate/targets.h"

#include <array>
#include <map>

#include "base/siphash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr HashKey kKey{1, 2};

class Draws {
 public:
  uint64_t operator()() {
    SipHasher hasher(kKey);
    hasher.AddU64(++drawn_);
    return hasher.Finish();
  }
  uint64_t drawn() const { return drawn_; }

 private:
  uint64_t drawn_ = 0;
};

SrvRecord Srv(uint16_t priority, uint16_t weight, absl::string_view target, Transport transport = Transport::kUdp) {
  const absl::string_view owner = transport == Transport::kUdp ? "_sip._udp.x" : "_sip._tcp.x";
  return {transport, std::string(owner), priority, weight, 5070, std::string(target)};
}

Endpoint Ip(uint8_t last, uint16_t port = 0) {
  return Endpoint::V4(10, 0, 0, last, port);
}

LocateQuery Query(bool by_service = true) {
  LocateQuery query;
  query.host = "x";
  query.transport_open = true;
  query.by_service = by_service;
  return query;
}

bool Any(Transport) {
  return true;
}

bool AllButTls(Transport transport) {
  return transport != Transport::kTls;
}

std::vector<Target> Targets(const LocateQuery& query, const LocateAnswer& answer, bool (*has)(Transport) = Any) {
  Draws draws;
  return TargetsOf(query, answer, has, [&] { return draws(); });
}

TEST(TargetsTest, OfAnAnswerThatNamesThousandsTheFirstCount) {
  LocateAnswer answer;
  for (uint8_t i = 1; i <= 64; ++i) answer.addresses.push_back({"a", Ip(i)});
  for (uint16_t port = 1; port <= 32; ++port) {
    answer.srv.push_back(Srv(port, 0, "a"));
    answer.srv.back().port = port;
  }
  const std::vector<Target> targets = Targets(Query(), answer);
  ASSERT_EQ(targets.size(), 64u);
  EXPECT_EQ(targets.back(), (Target{Transport::kUdp, Ip(64, 1)}));
}

TEST(TargetsTest, AddressesComeAsTheyCameAtTheDefaultPort) {
  LocateAnswer answer;
  answer.addresses = {{"x", Ip(2)}, {"x", Ip(1)}, {"other", Ip(3)}, {"x", Ip(2)}};
  EXPECT_THAT(Targets(Query(), answer),
              ElementsAre(Target{Transport::kUdp, Ip(2, 5060)}, Target{Transport::kUdp, Ip(1, 5060)}));
  LocateQuery secure = Query();
  secure.transport = Transport::kTls;
  secure.transport_open = false;
  EXPECT_EQ(Targets(secure, answer).front(), (Target{Transport::kTls, Ip(2, 5061)}));
  secure.port = 5099;
  EXPECT_EQ(Targets(secure, answer).front(), (Target{Transport::kTls, Ip(2, 5099)}));
}

TEST(TargetsTest, LowerPrioritiesAreTriedFirstAndChanceIsNotAsked) {
  LocateAnswer answer;
  answer.srv = {Srv(20, 5, "b"), Srv(10, 5, "a"), Srv(30, 5, "c")};
  answer.addresses = {{"a", Ip(1)}, {"b", Ip(2)}, {"c", Ip(3)}, {"a", Ip(4)}, {"x", Ip(9)}};
  Draws draws;
  EXPECT_THAT(TargetsOf(Query(), answer, Any, [&] { return draws(); }),
              ElementsAre(Target{Transport::kUdp, Ip(1, 5070)}, Target{Transport::kUdp, Ip(4, 5070)},
                          Target{Transport::kUdp, Ip(2, 5070)}, Target{Transport::kUdp, Ip(3, 5070)}));
  EXPECT_EQ(draws.drawn(), 0u);
}

TEST(TargetsTest, NaptrSaysWhichTransportAndOnlyTheLowestOrderCounts) {
  LocateAnswer answer;
  answer.naptr = {{20, 0, Transport::kTls, "_sips._tcp.x"},
                  {10, 60, Transport::kUdp, "_sip._udp.x"},
                  {10, 50, Transport::kTcp, "_sip._tcp.x"}};
  answer.srv = {Srv(0, 0, "a"), Srv(0, 0, "b", Transport::kTcp), {Transport::kTls, "_sips._tcp.x", 0, 0, 5061, "c"}};
  answer.addresses = {{"a", Ip(1)}, {"b", Ip(2)}, {"c", Ip(3)}};
  EXPECT_THAT(Targets(Query(), answer),
              ElementsAre(Target{Transport::kTcp, Ip(2, 5070)}, Target{Transport::kUdp, Ip(1, 5070)}));
  LocateQuery secure = Query();
  secure.secure = true;
  secure.transport = Transport::kTls;
  EXPECT_THAT(Targets(secure, answer), ElementsAre(Target{Transport::kTls, Ip(3, 5061)}));
}

// The records of RFC 3263 4.1.
TEST(TargetsTest, WhatWeDoNotSpeakIsPassedOverBeforeTheOrderIsLookedAt) {
  LocateAnswer answer;
  answer.naptr = {{50, 50, Transport::kTls, "_sips._tcp.x"},
                  {90, 50, Transport::kTcp, "_sip._tcp.x"},
                  {100, 50, Transport::kUdp, "_sip._udp.x"}};
  answer.srv = {{Transport::kTls, "_sips._tcp.x", 0, 0, 5061, "a"}, Srv(0, 0, "b", Transport::kTcp), Srv(0, 0, "c")};
  answer.addresses = {{"a", Ip(1)}, {"b", Ip(2)}, {"c", Ip(3)}};
  EXPECT_THAT(Targets(Query(), answer), ElementsAre(Target{Transport::kTls, Ip(1, 5061)}));
  EXPECT_THAT(Targets(Query(), answer, AllButTls), ElementsAre(Target{Transport::kTcp, Ip(2, 5070)}));
}

TEST(TargetsTest, ServicesWithoutNaptrThatWeDoNotSpeakAreLeftOut) {
  LocateAnswer answer;
  answer.srv = {{Transport::kTls, "_sips._tcp.x", 0, 0, 5061, "a"}, Srv(0, 0, "b", Transport::kTcp)};
  answer.addresses = {{"a", Ip(1)}, {"b", Ip(2)}};
  EXPECT_THAT(Targets(Query(), answer, AllButTls), ElementsAre(Target{Transport::kTcp, Ip(2, 5070)}));
}

TEST(TargetsTest, AServiceThatIsNotThereLeadsNowhere) {
  LocateAnswer answer;
  answer.srv = {Srv(0, 0, "")};
  answer.addresses = {{"x", Ip(1)}};
  EXPECT_THAT(Targets(Query(), answer), IsEmpty());
}

// RFC 2782: of `kDraws` orders, the share of those that each record leads is that of its weight.
std::map<std::string, int> Leaders(const std::vector<SrvRecord>& records, int draws) {
  std::map<std::string, int> leaders;
  Draws chance;
  for (int i = 0; i < draws; ++i) ++leaders[OrderByWeight(records, [&] { return chance(); }).front().target];
  return leaders;
}

TEST(WeightsTest, EachLeadsAsOftenAsItsWeightSays) {
  constexpr int kDraws = 100'000;
  std::map<std::string, int> leaders = Leaders({Srv(1, 60, "a"), Srv(1, 30, "b"), Srv(1, 10, "c")}, kDraws);
  EXPECT_NEAR(leaders["a"], kDraws * 6 / 10, kDraws / 50);
  EXPECT_NEAR(leaders["b"], kDraws * 3 / 10, kDraws / 50);
  EXPECT_NEAR(leaders["c"], kDraws * 1 / 10, kDraws / 50);
}

TEST(WeightsTest, EqualWeightsShareEqually) {
  constexpr int kDraws = 100'000;
  const std::map<std::string, int> leaders =
      Leaders({Srv(1, 1000, "a"), Srv(1, 1000, "b"), Srv(1, 1000, "c"), Srv(1, 1000, "d")}, kDraws);
  for (const auto& [target, times] : leaders) EXPECT_NEAR(times, kDraws / 4, kDraws / 50) << target;
}

TEST(WeightsTest, AWeightOfZeroLeadsSeldomButIsNotLeftOut) {
  constexpr int kDraws = 100'000;
  std::map<std::string, int> leaders = Leaders({Srv(1, 99, "a"), Srv(1, 0, "b")}, kDraws);
  EXPECT_NEAR(leaders["b"], kDraws / 100, kDraws / 200);
  EXPECT_GT(leaders["b"], 0);
}

// After "a" the next one is drawn among the others, by their weights.
TEST(WeightsTest, TheSecondIsDrawnAmongTheRest) {
  constexpr int kDraws = 100'000;
  Draws chance;
  std::map<std::string, int> seconds;
  int led = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<SrvRecord> order =
        OrderByWeight({Srv(1, 50, "a"), Srv(1, 30, "b"), Srv(1, 10, "c")}, [&] { return chance(); });
    ASSERT_EQ(order.size(), 3u);
    if (order[0].target != "a") continue;
    ++led;
    ++seconds[order[1].target];
  }
  EXPECT_NEAR(seconds["b"], led * 3 / 4, kDraws / 50);
  EXPECT_NEAR(seconds["c"], led * 1 / 4, kDraws / 50);
}

TEST(WeightsTest, WeightsCountWithinAPriorityOnly) {
  Draws chance;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<SrvRecord> order =
        OrderByWeight({Srv(2, 65535, "z"), Srv(1, 1, "a"), Srv(1, 65535, "b")}, [&] { return chance(); });
    EXPECT_EQ(order[2].target, "z");
  }
}

}  // namespace
}  // namespace understudy::engine
