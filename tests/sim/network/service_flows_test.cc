// Connections: who accepts them, in which order messages come, and how they end.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/network/service_network.h"
#include "tests/sim/network/test_network.h"

namespace understudy::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Duration kMoment = Duration::Milliseconds(200);  // the longest way, there and back
constexpr Duration kRefused = Duration::Seconds(2);        // until a connection that nobody takes has failed

// A process that serves, and a phone with connection 1 to it.
class FlowTest : public ::testing::Test {
 protected:
  FlowTest() {
    EXPECT_TRUE(a_.transport->Open().ok());
    flow_ = net_.tcp_phone.Connect();
    net_.Run(kMoment);
    EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1 opened"));
    EXPECT_THAT(a_.sink.heard, ElementsAre("1 opened"));
    net_.tcp_phone.heard.clear();
    a_.sink.heard.clear();
  }

  TestNetwork net_{true};
  TestProcess a_{&net_, 0};
  TestProcess b_{&net_, 1};
  uint64_t flow_ = 0;
};

TEST_F(FlowTest, MessagesGoBothWaysInOrderWhateverDelaysThem) {
  net_.network.SetTrouble({Duration::Milliseconds(500), 500, 500, 500});
  Heard there;
  Heard back;
  for (int i = 0; i < 20; ++i) {
    net_.tcp_phone.SayOn(flow_, absl::StrCat(i));
    a_.SayOn(flow_, net_.tcp_phone, absl::StrCat(i));
    there.push_back(absl::StrCat("1: ", i));
    back.push_back(absl::StrCat("1: ", i));
    net_.Run(Duration::Milliseconds(10));
  }
  net_.Run(Duration::Seconds(2));
  EXPECT_EQ(a_.sink.heard, there);
  EXPECT_EQ(net_.tcp_phone.heard, back);
}

TEST_F(FlowTest, AMessageForTheAgentGoesOverTheConnectionThatItMade) {
  EXPECT_EQ(a_.SayOn(0, net_.tcp_phone, "hello"), flow_);
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1: hello"));
}

TEST_F(FlowTest, OfTwoTheYoungerIsUsed) {
  const uint64_t younger = net_.tcp_phone.Connect();
  net_.Run(kMoment);
  EXPECT_EQ(a_.SayOn(0, net_.tcp_phone, "hello"), younger);
}

TEST_F(FlowTest, WhatWasSaidDuringACutComesAfterwardsInOrder) {
  net_.network.SetCut(0, true);
  for (absl::string_view text : {"1", "2", "3"}) {
    net_.tcp_phone.SayOn(flow_, text);
    a_.SayOn(flow_, net_.tcp_phone, text);
  }
  net_.Run(Duration::Seconds(3));
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  EXPECT_THAT(net_.tcp_phone.heard, IsEmpty());
  net_.network.SetCut(0, false);
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: 1", "1: 2", "1: 3"));
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1: 1", "1: 2", "1: 3"));
}

TEST_F(FlowTest, AnAgentThatSaysSomethingAndClosesIsHeardToTheEnd) {
  net_.tcp_phone.SayOn(flow_, "bye");
  net_.tcp_phone.Disconnect(flow_);
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: bye", "1 closed: peer-closed"));
  EXPECT_THAT(net_.tcp_phone.heard, IsEmpty());
}

TEST_F(FlowTest, AnAgentThatClosesDuringACutIsHeardToTheEndAfterwards) {
  net_.network.SetCut(0, true);
  net_.tcp_phone.SayOn(flow_, "bye");
  net_.tcp_phone.Disconnect(flow_);
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  net_.network.SetCut(0, false);
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: bye", "1 closed: peer-closed"));
}

TEST_F(FlowTest, AnAgentThatHasClosedHearsNothingMore) {
  a_.SayOn(flow_, net_.tcp_phone, "hello");
  a_.transport->Flush();
  net_.tcp_phone.Disconnect(flow_);
  a_.transport->CloseFlow(flow_);
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, IsEmpty());
}

TEST_F(FlowTest, AServerThatSaysSomethingAndClosesIsHeardToTheEnd) {
  a_.SayOn(flow_, net_.tcp_phone, "go away");
  a_.transport->CloseFlow(flow_);
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1: go away", "1 closed"));
  EXPECT_THAT(a_.sink.heard, ElementsAre("1 closed: ours"));
}

TEST_F(FlowTest, AServerThatClosesDuringACutIsHeardToTheEndAfterwards) {
  net_.network.SetCut(0, true);
  a_.SayOn(flow_, net_.tcp_phone, "go away");
  a_.transport->CloseFlow(flow_);
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, IsEmpty());
  net_.network.SetCut(0, false);
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1: go away", "1 closed"));
}

TEST_F(FlowTest, WhatIsSentOverAClosedConnectionFailsSilentlyAsItsEndWasTold) {
  net_.tcp_phone.Disconnect(flow_);
  net_.Run(kMoment);
  a_.sink.heard.clear();
  EXPECT_EQ(a_.SayOn(flow_, net_.tcp_phone, "hello", 5), 0u);
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  EXPECT_THAT(net_.tcp_phone.heard, IsEmpty());
}

TEST_F(FlowTest, TheDeathOfTheProcessEndsItsConnectionsBehindWhatItHasSaid) {
  a_.SayOn(flow_, net_.tcp_phone, "last words");
  a_.transport->Flush();
  a_.Kill();
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1: last words", "1 closed"));
}

TEST_F(FlowTest, ANodeThatLetsTheAddressGoEndsItsConnectionsAndHearsNothingOfIt) {
  net_.tcp_phone.SayOn(flow_, "on its way");
  ASSERT_TRUE(a_.transport->Close().ok());
  net_.Run(kMoment);
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1 closed"));
  EXPECT_THAT(a_.sink.heard, IsEmpty());
}

TEST_F(FlowTest, WhatWasSaidToADeadProcessIsHeardByNobody) {
  a_.Kill();
  ASSERT_TRUE(b_.transport->Open().ok());
  net_.tcp_phone.SayOn(flow_, "hello");
  net_.Run(kMoment);
  EXPECT_THAT(b_.sink.heard, IsEmpty());
}

TEST_F(FlowTest, AStoppedProcessReadsLaterAndHearsOfTheConnectionBeforeItsMessages) {
  a_.loop.Stop();
  net_.phone.Say("datagram");
  net_.Run(kMoment);
  const uint64_t second = net_.tcp_phone.Connect();
  net_.Run(kMoment);
  net_.tcp_phone.SayOn(second, "hello");
  net_.tcp_phone.SayOn(flow_, "hello");
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  a_.loop.Continue();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("datagram", "1: hello", "2 opened", "2: hello"));
}

TEST_F(FlowTest, PausedStreamsWaitAndTheirEndWithThem) {
  a_.transport->PauseStreams();
  net_.tcp_phone.SayOn(flow_, "1");
  net_.tcp_phone.SayOn(flow_, "2");
  net_.tcp_phone.Disconnect(flow_);
  net_.Run(Duration::Seconds(1));
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  a_.transport->ResumeStreams();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: 1", "1: 2", "1 closed: peer-closed"));
}

TEST_F(FlowTest, HeldStreamsWaitAndTheirEndWithThem) {
  a_.transport->HoldInput();
  net_.tcp_phone.SayOn(flow_, "1");
  net_.tcp_phone.Disconnect(flow_);
  net_.Run(Duration::Seconds(1));
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  a_.transport->ResumeInput();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: 1", "1 closed: peer-closed"));
}

TEST_F(FlowTest, AreNotReadByASinkThatMayNot) {
  bool may = false;
  a_.sink.may_read = [&] {
    if (!may) a_.transport->HoldInput();
    return may;
  };
  net_.tcp_phone.SayOn(flow_, "1");
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  may = true;
  a_.transport->ResumeInput();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: 1"));
}

TEST_F(FlowTest, AHeldProcessHearsOfANewConnectionWhenItReadsAgain) {
  a_.transport->HoldInput();
  const uint64_t second = net_.tcp_phone.Connect();
  net_.Run(kMoment);
  net_.tcp_phone.SayOn(second, "hello");
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, IsEmpty());
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("2 opened"));
  a_.transport->ResumeInput();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("2 opened", "2: hello"));
}

TEST_F(FlowTest, PausedStreamsDoNotKeepNewOnesFromBeingAccepted) {
  a_.transport->PauseStreams();
  const uint64_t second = net_.tcp_phone.Connect();
  net_.Run(kMoment);
  net_.tcp_phone.SayOn(second, "hello");
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("2 opened"));
}

TEST_F(FlowTest, AMessageThatMustNotBeLookedAtEndsItsConnection) {
  net_.tcp_phone.SayOn(flow_, "poison");
  net_.tcp_phone.SayOn(flow_, "behind it");
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1 closed: quarantined"));
  EXPECT_THAT(net_.tcp_phone.heard, ElementsAre("1 closed"));
}

TEST_F(FlowTest, ASinkMayCloseTheConnectionFromWithinItsRound) {
  a_.sink.on_round = [&] { a_.transport->CloseFlow(flow_); };
  a_.loop.Stop();
  net_.tcp_phone.SayOn(flow_, "1");
  net_.tcp_phone.SayOn(flow_, "2");
  net_.Run(kMoment);
  a_.loop.Continue();
  net_.Run(kMoment);
  EXPECT_THAT(a_.sink.heard, ElementsAre("1: 1", "1 closed: ours"));
}

TEST(ConnectTest, IsRefusedWhereNobodyListens) {
  TestNetwork net(true);
  net.tcp_phone.Connect();
  net.Run(kRefused);
  EXPECT_THAT(net.tcp_phone.heard, ElementsAre("1 closed"));
}

TEST(ConnectTest, IsRefusedDuringACutAndByAProcessThatStoppedReceiving) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetCut(0, true);
  net.tcp_phone.Connect();
  net.Run(kRefused);
  net.network.SetCut(0, false);
  a.transport->StopReceiving();
  net.tcp_phone.Connect();
  net.Run(kRefused);
  EXPECT_THAT(net.tcp_phone.heard, ElementsAre("1 closed", "2 closed"));
  EXPECT_THAT(a.sink.heard, IsEmpty());
}

TEST(ConnectTest, WithAMovedAddressTheOwnerAccepts) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  ASSERT_TRUE(b.transport->Open().ok());
  net.tcp_phone.Connect();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(b.sink.heard, ElementsAre("1 opened"));
}

TEST(ConnectTest, OfTwoOnOneHostAProcessThatHoldsItsInputLeavesItToTheOther) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(b.transport->Open().ok());
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->HoldInput();
  net.tcp_phone.Connect();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(b.sink.heard, ElementsAre("1 opened"));
}

TEST(ConnectTest, AnAgentThatGivesItUpAtOnceHearsNothingOfIt) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.delay = Duration::Milliseconds(100)});
  for (int i = 0; i < 20; ++i) net.tcp_phone.Disconnect(net.tcp_phone.Connect());
  net.Run(kRefused);
  EXPECT_THAT(net.tcp_phone.heard, IsEmpty());
}

TEST(ServerConnectTest, AServerConnectsToAnAgentThatHasNoConnection) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  const uint64_t flow = a.SayOn(0, net.tcp_phone, "1");
  EXPECT_EQ(a.SayOn(0, net.tcp_phone, "2"), flow);
  net.Run(kMoment);
  EXPECT_THAT(net.tcp_phone.heard, ElementsAre("1 accepted", "1: 1", "1: 2"));
  EXPECT_THAT(a.sink.heard, ElementsAre("1 opened"));
  net.tcp_phone.SayOn(flow, "answer");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("1 opened", "1: answer"));
}

// As net::TrafficSink says: a connection that could not be made has neither a beginning nor an end; its messages fail.
TEST(ServerConnectTest, WhatWasToGoToAnAgentThatDoesNotListenFails) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.SayOn(0, net.dead_phone, "1", 11);
  a.SayOn(0, net.phone, "1", 12);  // has no TCP
  a.SayOn(0, net.dead_phone, "2", 13);
  net.Run(kRefused);
  std::sort(a.sink.heard.begin(), a.sink.heard.end());
  EXPECT_THAT(a.sink.heard,
              ElementsAre("failed 11: connect-failed", "failed 12: connect-failed", "failed 13: connect-failed"));
  EXPECT_THAT(net.dead_phone.heard, IsEmpty());
  EXPECT_THAT(net.phone.heard, IsEmpty());
}

TEST(ServerConnectTest, ConnectsAnewAfterAConnectionFailed) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetCut(0, true);
  a.SayOn(0, net.tcp_phone, "1", 11);
  net.Run(kRefused);
  net.network.SetCut(0, false);
  a.SayOn(0, net.tcp_phone, "2", 12);
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("failed 11: connect-failed", "2 opened"));
  EXPECT_THAT(net.tcp_phone.heard, ElementsAre("2 accepted", "2: 2"));
}

TEST(ServerConnectTest, ACutUntilTheEndOfTheTryMakesItFail) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.SayOn(0, net.tcp_phone, "1", 11);
  net.network.SetCut(0, true);
  net.Run(kRefused);
  EXPECT_THAT(a.sink.heard, ElementsAre("failed 11: connect-failed"));
  EXPECT_THAT(net.tcp_phone.heard, IsEmpty());
}

TEST(ServerConnectTest, ADeadProcessConnectsToNobody) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.SayOn(0, net.dead_phone, "1", 11);
  a.transport->Flush();
  a.Kill();
  net.Run(kRefused);
  EXPECT_THAT(a.sink.heard, IsEmpty());
}

}  // namespace
}  // namespace understudy::sim
