// Nobody takes more than is theirs, and nobody else pays for it.
#include <set>
#include <string>
#include <vector>

#include "daemon/cti/edge_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/frame_codec.h"

namespace understudy::daemon {
namespace {

using testing::IsEmpty;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::Message;
using tlib::MessageType;

class ClientLimitsTest : public EdgeTest {
 protected:
  static tlib::RequestFrame Request(uint64_t number) {
    return {number, Message(MessageType::kRequestQueryServer).Set(Attribute::kReferenceID, int64_t{1})};
  }
  void ExpectEnd(TestClient& client, LinkEnd why, ErrorCode code) {
    EXPECT_FALSE(client.connection->open);
    EXPECT_EQ(client.Last<tlib::Goodbye>().code, code);
    EXPECT_EQ(EndsBy(why), 1u);
  }
  static tlib::Hello Crm(absl::string_view password) {
    tlib::Hello hello;
    hello.application = "crm";
    hello.password = std::string(password);
    return hello;
  }
  // Requests that have become inputs.
  size_t Requested() { return host_.Take<engine::ClientRequested>().size(); }
};

TEST_F(ClientLimitsTest, EveryEndHasANameOfItsOwnAndAllButTheEnginesACode) {
  std::set<absl::string_view> names;
  for (int i = 0; i < kLinkEnds; ++i) {
    const auto end = static_cast<LinkEnd>(i);
    EXPECT_TRUE(names.insert(LinkEndName(end)).second) << i;
    EXPECT_EQ(CodeOf(end) == ErrorCode::kNone, end == LinkEnd::kSession) << LinkEndName(end);
  }
}

TEST_F(ClientLimitsTest, MoreLinksThanTheNodeServesAreClosed) {
  ClientOptions options = Options();
  options.limits.links = 2;
  Start(options);
  TestClient first = Welcomed(1);
  Welcomed(2);
  TestClient third = Connect(3);
  ExpectEnd(third, LinkEnd::kTooManyLinks, ErrorCode::kServiceUnavailable);
  first.Hangs("gone");
  EXPECT_TRUE(Welcomed(3).connection->open);
}

TEST_F(ClientLimitsTest, OneHostDoesNotKeepOthersOut) {
  ClientOptions options = Options();
  options.limits.links_per_host = 1;
  Start(options);
  TestClient first = Welcomed(1);
  TestClient second = Connect(1);
  ExpectEnd(second, LinkEnd::kTooManyOfHost, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(Welcomed(2).connection->open);
  first.Hangs("gone");
  EXPECT_TRUE(Welcomed(1).connection->open);
}

TEST_F(ClientLimitsTest, WhoSaysNoHelloInTimeIsClosed) {
  TestClient client = Connect();
  scheduler_.Advance(Duration::Milliseconds(4900));
  EXPECT_TRUE(client.connection->open);
  scheduler_.Advance(Duration::Milliseconds(300));
  ExpectEnd(client, LinkEnd::kNoHandshake, ErrorCode::kTimeout);
}

TEST_F(ClientLimitsTest, SilenceEndsALinkAndWhatIsSaidRenewsIt) {
  TestClient client = Attached();
  scheduler_.Advance(Duration::Seconds(9));
  client.Say(tlib::Ping{});
  scheduler_.Advance(Duration::Seconds(9));
  EXPECT_TRUE(client.connection->open);
  scheduler_.Advance(Duration::Milliseconds(1200));
  ExpectEnd(client, LinkEnd::kSilent, ErrorCode::kIdleTimeout);
  EXPECT_EQ(host_.Take<engine::ClientLinkLost>().size(), 1u);
}

TEST_F(ClientLimitsTest, AStoppedServerBlamesNobodyForSilence) {
  TestClient client = Attached();
  scheduler_.Stall(Duration::Seconds(40));
  scheduler_.Advance(Duration::Seconds(1));
  EXPECT_TRUE(client.connection->open);
}

TEST_F(ClientLimitsTest, GarbageAndWhatIsTooLargeEndTheLink) {
  TestClient garbage = Welcomed(1);
  garbage.SayOctets(std::string("\x10\0\0\0garbage garbage ", 20));
  ExpectEnd(garbage, LinkEnd::kGarbage, ErrorCode::kProtocolError);
  TestClient large = Welcomed(2);
  large.SayOctets("\xff\xff\xff\x7f");
  ExpectEnd(large, LinkEnd::kTooLarge, ErrorCode::kMessageTooLarge);
}

TEST_F(ClientLimitsTest, BeforeHelloNobodySendsALongFrame) {
  TestClient client = Connect();
  std::string half("\0\xf0\0\0", 4);
  client.SayOctets(half + std::string(5000, '\0'));
  ExpectEnd(client, LinkEnd::kTooLarge, ErrorCode::kMessageTooLarge);
}

TEST_F(ClientLimitsTest, HalfAFrameIsNothingYet) {
  TestClient client = Connect();
  std::string octets;
  tlib::Hello hello;
  hello.application = "monitor";
  tlib::AppendFrame(hello, &octets);
  for (const char octet : octets) client.SayOctets(absl::string_view(&octet, 1));
  client.Last<tlib::Welcome>();
}

TEST_F(ClientLimitsTest, BeyondItsRateAClientIsNotReadForAWhile) {
  ClientOptions options = Options();
  options.limits.requests_per_second = 10;
  Start(options);
  TestClient client = Attached();
  std::string octets;
  for (uint64_t n = 1; n <= 25; ++n) tlib::AppendFrame(Request(n), &octets);
  client.SayOctets(octets);
  EXPECT_TRUE(client.connection->paused);
  const size_t at_once = Requested();
  EXPECT_GE(at_once, 9u);
  EXPECT_LE(at_once, 11u);
  scheduler_.Advance(Duration::Seconds(1));
  const size_t later = Requested();
  EXPECT_GE(later, 9u);
  EXPECT_LE(later, 11u);
  scheduler_.Advance(Duration::Seconds(1));
  EXPECT_EQ(at_once + later + Requested(), 25u);
  EXPECT_FALSE(client.connection->paused);
  EXPECT_EQ(edge_->counters().stalls, 1u);
}

TEST_F(ClientLimitsTest, RequestsWithoutAnOutcomeAreBoundedThoughTheirEntriesAreCommitted) {
  ClientOptions options = Options();
  options.limits.request_window = 3;
  Start(options);
  TestClient client = Attached();
  std::string octets;
  for (uint64_t n = 1; n <= 5; ++n) tlib::AppendFrame(Request(n), &octets);
  client.SayOctets(octets);
  EXPECT_EQ(Requested(), 3u);
  EXPECT_TRUE(client.connection->paused);
  edge_->EndOfTurn();
  Release(link(), 1);
  edge_->EndOfTurn();
  EXPECT_EQ(Requested(), 0u);
  for (uint64_t n = 2; n <= 3; ++n) Release(link(), n, 1);
  edge_->EndOfTurn();
  EXPECT_EQ(Requested(), 2u);
  EXPECT_FALSE(client.connection->paused);
}

TEST_F(ClientLimitsTest, WhoWaitsForOutcomesIsHeardAllTheSame) {
  ClientOptions options = Options();
  options.limits.request_window = 1;
  Start(options);
  TestClient client = Attached();
  Release(link(), 1);
  client.Say(Request(1));
  client.Heard();
  client.Say(tlib::Ping{});
  client.Last<tlib::Pong>();
  client.Say(tlib::Acknowledge{1});
  scheduler_.Advance(Duration::Milliseconds(200));
  EXPECT_EQ(host_.Take<engine::ClientsAcknowledged>().size(), 1u);
  EXPECT_FALSE(client.connection->paused);
}

TEST_F(ClientLimitsTest, WhatWasAppliedBeforeAndComesAgainIsNotWaitedFor) {
  ClientOptions options = Options();
  options.limits.request_window = 2;
  Start(options);
  TestClient client = Attached();
  engine::SendClient attached;
  attached.link = link();
  attached.frame = tlib::Attached{1, 2, 3};
  edge_->Send(attached);
  for (uint64_t n = 1; n <= 5; ++n) client.Say(Request(n));
  EXPECT_EQ(Requested(), 5u);
  EXPECT_FALSE(client.connection->paused);
  client.Say(Request(6));
  EXPECT_TRUE(client.connection->paused);
}

TEST_F(ClientLimitsTest, TimeInWhichNobodyIsReadIsNotTheHandshakes) {
  TestClient silent = Connect(1);
  edge_->Hold(true);
  TestClient waits = Connect(2);
  waits.Say(Crm("open"));
  scheduler_.Advance(Duration::Seconds(30));
  EXPECT_TRUE(silent.connection->open);
  edge_->Hold(false);
  waits.Last<tlib::Welcome>();
  scheduler_.Advance(Duration::Milliseconds(4700));
  EXPECT_TRUE(silent.connection->open);
  scheduler_.Stall(Duration::Seconds(40));
  scheduler_.Advance(Duration::Milliseconds(100));
  EXPECT_TRUE(silent.connection->open);
  scheduler_.Advance(Duration::Milliseconds(600));
  ExpectEnd(silent, LinkEnd::kNoHandshake, ErrorCode::kTimeout);
}

TEST_F(ClientLimitsTest, WhileHeldNothingIsReadAndNobodyIsSilent) {
  TestClient client = Attached();
  edge_->Hold(true);
  client.Say(Request(1));
  EXPECT_EQ(Requested(), 0u);
  EXPECT_TRUE(client.connection->paused);
  scheduler_.Advance(Duration::Seconds(30));
  EXPECT_TRUE(client.connection->open);
  edge_->Hold(false);
  EXPECT_EQ(Requested(), 1u);
  EXPECT_FALSE(client.connection->paused);
}

TEST_F(ClientLimitsTest, WhoReadsTooSlowlyIsClosedAfterAWhileAndItsSessionGoesOn) {
  TestClient client = Attached();
  client.connection->queued = (1 << 20) + 1;
  Release(link(), 1);
  scheduler_.Advance(Duration::Milliseconds(4500));
  EXPECT_TRUE(client.connection->open);
  scheduler_.Advance(Duration::Seconds(1));
  ExpectEnd(client, LinkEnd::kSlow, ErrorCode::kSlowClient);
  const auto lost = host_.Take<engine::ClientLinkLost>();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_FALSE(lost[0].ended);
}

TEST_F(ClientLimitsTest, WhoCatchesUpInTimeStays) {
  TestClient client = Attached();
  client.connection->queued = (1 << 20) + 1;
  Release(link(), 1);
  scheduler_.Advance(Duration::Seconds(4));
  client.connection->queued = 0;
  client.Say(tlib::Ping{});
  scheduler_.Advance(Duration::Seconds(4));
  EXPECT_TRUE(client.connection->open);
}

TEST_F(ClientLimitsTest, MoreThanASessionHoldsIsNeverQueued) {
  TestClient client = Attached();
  client.connection->queued = size_t{65} << 20;
  Release(link(), 1);
  EXPECT_TRUE(client.connection->open);  // effects end no links
  edge_->EndOfTurn();
  ExpectEnd(client, LinkEnd::kSlow, ErrorCode::kSlowClient);
}

TEST_F(ClientLimitsTest, AllTogetherAreBoundedAndThoseThatReadStay) {
  ClientOptions options = Options();
  options.limits.total_queued_octets = 300000;
  Start(options);
  TestClient slow = Attached(1);
  const engine::LinkId slow_link = link();
  TestClient other = Attached(2);
  slow.connection->queued = 400000;
  scheduler_.Advance(Duration::Milliseconds(100));
  Release(slow_link, 1);
  Release(link(), 1);
  edge_->EndOfTurn();
  EXPECT_FALSE(slow.connection->open);
  EXPECT_TRUE(other.connection->open);
}

TEST_F(ClientLimitsTest, WrongPasswordsOfAHostAreCountedAndOtherHostsAreNot) {
  for (int i = 0; i < 10; ++i) Connect(1).Say(Crm("sesame"));
  EXPECT_EQ(EndsBy(LinkEnd::kWrongPassword), 10u);
  const tlib::Hello right = Crm("open");
  TestClient late = Connect(1);
  late.Say(right);
  ExpectEnd(late, LinkEnd::kTooManyFailures, ErrorCode::kTooManyRequests);
  TestClient other = Connect(2);
  other.Say(right);
  EXPECT_TRUE(other.connection->open);
  scheduler_.Advance(Duration::Seconds(7));
  TestClient again = Connect(1);
  again.Say(right);
  EXPECT_TRUE(again.connection->open);
}

TEST_F(ClientLimitsTest, AHostHasNoMoreChecksUnderWayThanItMayHaveWrongOnes) {
  passwords_.waits = true;
  std::vector<TestClient> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(Connect(1));
    clients.back().Say(Crm("sesame"));
  }
  EXPECT_EQ(passwords_.asked, 10u);
  TestClient other = Connect(2);
  other.Say(Crm("open"));
  EXPECT_EQ(passwords_.asked, 11u);
  for (int i = 0; i < 2; ++i) {
    passwords_.Answer();
    scheduler_.Advance(Duration::Milliseconds(200));
  }
  EXPECT_EQ(EndsBy(LinkEnd::kWrongPassword), 11u) << "ten at once, and the next one's interval has begun";
  EXPECT_EQ(EndsBy(LinkEnd::kTooManyFailures), 19u);
  EXPECT_EQ(passwords_.asked, 12u);
  EXPECT_TRUE(other.connection->open);
}

TEST_F(ClientLimitsTest, ManyOfOneHostThatAreRightWaitForTheirTurnAndAreWelcome) {
  passwords_.waits = true;
  std::vector<TestClient> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(Connect(1));
    clients.back().Say(Crm("open"));
  }
  EXPECT_TRUE(clients.back().connection->paused);
  for (int i = 0; i < 3; ++i) {
    passwords_.Answer();
    scheduler_.Advance(Duration::Milliseconds(200));
  }
  EXPECT_EQ(edge_->counters().welcomed, 30u);
  EXPECT_FALSE(clients.back().connection->paused);
}

TEST_F(ClientLimitsTest, WhoGoesBeforeTheVerdictHasTriedAllTheSame) {
  passwords_.waits = true;
  for (int i = 0; i < 10; ++i) {
    TestClient client = Connect(1);
    client.Say(Crm("sesame"));
    client.Hangs("gone");
  }
  TestClient late = Connect(1);
  late.Say(Crm("open"));
  ExpectEnd(late, LinkEnd::kTooManyFailures, ErrorCode::kTooManyRequests);
}

TEST_F(ClientLimitsTest, WhereNobodyLooksAtAPasswordItIsNotCountedAsWrong) {
  passwords_.is_full = true;
  for (uint64_t i = 1; i <= 20; ++i) {
    TestClient client = Connect(1);
    client.Say(Crm("open"));
    EXPECT_EQ(client.Last<tlib::Goodbye>().code, ErrorCode::kServiceUnavailable);
    EXPECT_EQ(EndsBy(LinkEnd::kOverload), i);
  }
  passwords_.is_full = false;
  TestClient client = Connect(1);
  client.Say(Crm("open"));
  EXPECT_TRUE(client.connection->open);
}

TEST_F(ClientLimitsTest, AVerdictThatTakesTooLongIsNoFailureOfTheClients) {
  passwords_.waits = true;
  std::vector<TestClient> clients;
  for (int i = 0; i < 11; ++i) {
    clients.push_back(Connect(1));
    clients.back().Say(Crm("open"));
  }
  scheduler_.Advance(Duration::Milliseconds(5200));
  EXPECT_EQ(EndsBy(LinkEnd::kOverload), 11u);
  EXPECT_EQ(clients.back().Last<tlib::Goodbye>().code, ErrorCode::kServiceUnavailable);
  passwords_.waits = false;
  TestClient again = Connect(1);
  again.Say(Crm("open"));
  EXPECT_TRUE(again.connection->open);
}

TEST(FailureLimitTest, WhatWasRightIsOwedNoMoreAndItsHostForgotten) {
  FailureLimit limit(2, Duration::Seconds(60));
  const net::MonotonicTime now = net::MonotonicTime::FromNanoseconds(1);
  const Endpoint host = Endpoint::V4(192, 0, 2, 1, 4000);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(limit.MayTry(host, now), FailureLimit::Answer::kYes);
    limit.Settle(limit.Charge(host, now), false, now);
  }
  EXPECT_EQ(limit.hosts(), 0u);
  const Endpoint right = limit.Charge(host, now);
  const Endpoint wrong = limit.Charge(host, now);
  EXPECT_EQ(limit.MayTry(host, now), FailureLimit::Answer::kLater);
  limit.Settle(wrong, true, now);
  EXPECT_EQ(limit.MayTry(host, now), FailureLimit::Answer::kLater);
  limit.Settle(right, false, now);
  EXPECT_EQ(limit.MayTry(host, now), FailureLimit::Answer::kYes);
  limit.Settle(limit.Charge(host, now), true, now);
  EXPECT_EQ(limit.MayTry(host, now), FailureLimit::Answer::kNo);
}

TEST(FailureLimitTest, HostsBeyondTheMostShareOneAccount) {
  FailureLimit limit(1, Duration::Seconds(60));
  const net::MonotonicTime now = net::MonotonicTime::FromNanoseconds(1);
  const auto host = [](size_t n) {
    return Endpoint::V4(10, static_cast<uint8_t>(n >> 16), static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n), 1);
  };
  for (size_t n = 0; n < FailureLimit::kMostHosts; ++n) limit.Settle(limit.Charge(host(n), now), true, now);
  const Endpoint shared = limit.Charge(host(FailureLimit::kMostHosts), now);
  EXPECT_EQ(limit.hosts(), FailureLimit::kMostHosts + 1);
  EXPECT_EQ(limit.MayTry(host(FailureLimit::kMostHosts + 500), now), FailureLimit::Answer::kLater);
  limit.Settle(shared, true, now);
  EXPECT_EQ(limit.MayTry(host(FailureLimit::kMostHosts + 500), now), FailureLimit::Answer::kNo);
  const net::MonotonicTime later = now + Duration::Seconds(1200);
  EXPECT_EQ(limit.MayTry(host(1), later), FailureLimit::Answer::kYes);
  limit.Charge(host(20000), later);
  EXPECT_LE(limit.hosts(), 2u);
}

}  // namespace
}  // namespace understudy::daemon
