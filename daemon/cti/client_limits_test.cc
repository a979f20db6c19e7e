// Nobody takes more than is theirs, and nobody else pays for it.
#include <set>
#include <string>

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

TEST_F(ClientLimitsTest, RequestsWhoseEntriesWaitAreBounded) {
  ClientOptions options = Options();
  options.limits.request_window = 3;
  Start(options);
  TestClient client = Attached();
  host_.released_lsn = host_.last_lsn;
  std::string octets;
  for (uint64_t n = 1; n <= 5; ++n) tlib::AppendFrame(Request(n), &octets);
  client.SayOctets(octets);
  EXPECT_EQ(Requested(), 3u);
  EXPECT_TRUE(client.connection->paused);
  edge_->EndOfTurn();
  EXPECT_EQ(Requested(), 0u);
  host_.released_lsn = host_.last_lsn;
  edge_->EndOfTurn();
  EXPECT_EQ(Requested(), 2u);
  EXPECT_FALSE(client.connection->paused);
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
  client.connection->queued = size_t{49} << 20;
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
  tlib::Hello wrong;
  wrong.application = "crm";
  wrong.password = "sesame";
  for (int i = 0; i < 10; ++i) Connect(1).Say(wrong);
  EXPECT_EQ(EndsBy(LinkEnd::kWrongPassword), 10u);
  tlib::Hello right = wrong;
  right.password = "open";
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

TEST(FailureLimitTest, HostsBeyondTheMostShareOneAccount) {
  FailureLimit limit(1, Duration::Seconds(60));
  const net::MonotonicTime now = net::MonotonicTime::FromNanoseconds(1);
  const auto host = [](size_t n) {
    return Endpoint::V4(10, static_cast<uint8_t>(n >> 16), static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n), 1);
  };
  for (size_t n = 0; n < FailureLimit::kMostHosts + 10; ++n) limit.NoteFailure(host(n), now);
  EXPECT_LE(limit.hosts(), FailureLimit::kMostHosts + 1);
  EXPECT_FALSE(limit.MayTry(host(FailureLimit::kMostHosts + 500), now));
  const net::MonotonicTime later = now + Duration::Seconds(1200);
  EXPECT_TRUE(limit.MayTry(host(1), later));
  limit.NoteFailure(host(20000), later);
  EXPECT_LE(limit.hosts(), 2u);
}

}  // namespace
}  // namespace understudy::daemon
