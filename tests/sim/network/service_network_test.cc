// Datagrams: what the network does to them, and who reads them.
#include "tests/sim/network/service_network.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/network/test_network.h"

namespace understudy::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Duration kMoment = Duration::Milliseconds(100);  // the longest way, and a round

TEST(DatagramTest, GoBothWays) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  EXPECT_TRUE(net.phone.Say("ask"));
  a.Say(net.phone, "answer");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("ask"));
  EXPECT_EQ(a.sink.remote, net.phone.address());
  EXPECT_THAT(net.phone.heard, ElementsAre("answer"));
  EXPECT_EQ(net.network.delivered(), 1u);
  EXPECT_EQ(net.network.lost(), 0u);
  EXPECT_EQ(net.network.dropped(), 0u);
}

TEST(DatagramTest, ToNobodysAddressGoNowhere) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net::Outgoing outgoing;
  outgoing.remote = Endpoint::V4(10, 9, 9, 9, 5060);
  outgoing.bytes = SharedBytes("hello?");
  a.transport->Send(outgoing);
  a.transport->Flush();
  net.Run(kMoment);
  EXPECT_EQ(net.network.delivered(), 0u);
}

TEST(DatagramTest, OfAnAgentKeepTheirOrderWithoutTrouble) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  for (int i = 0; i < 50; ++i) net.phone.Say(absl::StrCat(100 + i));
  net.Run(kMoment);
  ASSERT_EQ(a.sink.heard.size(), 50u);
  EXPECT_TRUE(std::is_sorted(a.sink.heard.begin(), a.sink.heard.end()));
}

TEST(DatagramTest, ThatAreLostAreToldToWhoeverCounts) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.loss = 1000});
  EXPECT_FALSE(net.phone.Say("ask"));
  a.Say(net.phone, "answer");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(net.phone.heard, ElementsAre("lost answer"));
  EXPECT_EQ(net.network.lost(), 2u);
  EXPECT_EQ(net.network.delivered(), 0u);
}

TEST(DatagramTest, AreLostAsOftenAsIsSaid) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.loss = 200});
  size_t gone = 0;
  for (int i = 0; i < 2000; ++i) gone += net.phone.Say("ask") ? 0 : 1;
  EXPECT_GT(gone, 300u);
  EXPECT_LT(gone, 500u);
  net.Run(Duration::Seconds(1));
  EXPECT_EQ(a.sink.heard.size(), 2000 - gone);
}

TEST(DatagramTest, ThatAreDoubledComeTwiceBothWays) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.duplicate = 1000});
  EXPECT_TRUE(net.phone.Say("ask"));
  a.Say(net.phone, "answer");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("ask", "ask"));
  EXPECT_THAT(net.phone.heard, ElementsAre("answer", "answer"));
}

TEST(DatagramTest, AreOvertakenBothWays) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.reorder = 500});
  for (int i = 0; i < 20; ++i) {
    net.phone.Say(absl::StrCat(100 + i));
    a.Say(net.phone, absl::StrCat(100 + i));
  }
  net.Run(Duration::Seconds(1));
  for (const Heard& heard : {a.sink.heard, net.phone.heard}) {
    EXPECT_EQ(heard.size(), 20u);
    EXPECT_FALSE(std::is_sorted(heard.begin(), heard.end()));
  }
}

TEST(DatagramTest, AreDelayedAsMuchAsIsSaidAtMost) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetTrouble({.delay = Duration::Seconds(2)});
  for (int i = 0; i < 50; ++i) a.Say(net.phone, "answer");
  net.Run(Duration::Seconds(3));
  ASSERT_EQ(net.phone.when.size(), 50u);
  EXPECT_LE(net.phone.when.back(), Duration::Seconds(2) + kMoment);
  EXPECT_GT(net.phone.when.back(), Duration::Seconds(1));
  EXPECT_LT(net.phone.when.front(), Duration::Seconds(1));
}

TEST(DatagramTest, DoNotPassACutAndAreNotKeptForItsEnd) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetCut(0, true);
  EXPECT_FALSE(net.phone.Say("ask"));
  a.Say(net.phone, "answer");
  net.Run(kMoment);
  net.network.SetCut(0, false);
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(net.phone.heard, ElementsAre("lost answer"));
  net.phone.Say("again");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("again"));
}

TEST(DatagramTest, TwoCutsAreMendedTwice) {
  TestNetwork net(false);
  net.network.SetCut(1, true);
  net.network.SetCut(1, true);
  net.network.SetCut(1, false);
  EXPECT_TRUE(net.network.cut(1));
  EXPECT_FALSE(net.network.cut(0));
  net.network.SetCut(1, false);
  EXPECT_FALSE(net.network.cut(1));
}

TEST(DatagramTest, ACutOfOneMachineIsOneOfBothWhereTheyAreOneHost) {
  TestNetwork net(true);
  net.network.SetCut(1, true);
  EXPECT_TRUE(net.network.cut(0));
  EXPECT_TRUE(net.network.cut(1));
}

TEST(SocketHolderTest, WhatWaitsIsReadByWhoeverServesNext) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  net.phone.Say("to a process that stands still");
  net.Run(kMoment);
  a.Kill();
  net.phone.Say("to nobody");
  net.Run(kMoment);
  EXPECT_EQ(net.network.reader(), nullptr);
  ASSERT_TRUE(b.transport->Open().ok());
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(b.sink.heard, ElementsAre("to a process that stands still", "to nobody"));
  EXPECT_EQ(net.network.reader(), b.transport.get());
}

TEST(SocketHolderTest, EachDatagramIsReadByOneOfTwoThatListen) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  ASSERT_TRUE(b.transport->Open().ok());
  a.sink.may_read = [&] {
    a.transport->HoldInput();  // it does not know whether it still serves
    return false;
  };
  net.phone.Say("1");
  net.phone.Say("2");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(b.sink.heard, ElementsAre("1", "2"));
}

TEST(SocketHolderTest, WhatDoesNotFitIntoTheBufferIsDropped) {
  TestNetwork net(true);
  for (size_t i = 0; i < ServiceNetwork::kBuffer + 3; ++i) net.phone.Say("ask");
  net.Run(kMoment);
  EXPECT_EQ(net.network.dropped(), 3u);
}

TEST(MovedAddressTest, WhatWaitsInTheKernelOfADeadNodeIsLost) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  net.phone.Say("to a process that stands still");
  net.Run(kMoment);
  a.Kill();
  net.phone.Say("to nobody");
  net.Run(kMoment);
  ASSERT_TRUE(b.transport->Open().ok());
  net.phone.Say("to the new owner");
  net.Run(kMoment);
  EXPECT_THAT(b.sink.heard, ElementsAre("to the new owner"));
  EXPECT_EQ(net.network.dropped(), 1u);
}

TEST(MovedAddressTest, TheNodeThatOpenedItLastHasIt) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  EXPECT_EQ(net.network.reader(), a.transport.get());
  ASSERT_TRUE(b.transport->Open().ok());
  EXPECT_EQ(net.network.reader(), b.transport.get());
  net.phone.Say("ask");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(b.sink.heard, ElementsAre("ask"));
}

TEST(MovedAddressTest, WhatWaitsAtTheOldOwnerIsReadThere) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  TestProcess b(&net, 1);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  net.phone.Say("ask");
  net.Run(kMoment);
  ASSERT_TRUE(b.transport->Open().ok());
  net.Run(kMoment);
  EXPECT_THAT(b.sink.heard, IsEmpty());
  a.loop.Continue();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("ask"));
}

TEST(MovedAddressTest, ACutOfTheOwnerCutsAndOneOfTheOtherDoesNot) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.network.SetCut(1, true);
  net.phone.Say("while the other is cut");
  net.Run(kMoment);
  net.network.SetCut(0, true);
  EXPECT_EQ(net.network.reader(), nullptr);
  net.phone.Say("while it is cut itself");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("while the other is cut"));
}

TEST(MovedAddressTest, AnOwnerThatClosedItLosesWhatWaitsAndHearsNothingMore) {
  TestNetwork net(false);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->HoldInput();
  net.phone.Say("waits");
  net.Run(kMoment);
  ASSERT_TRUE(a.transport->Close().ok());
  net.phone.Say("comes later");
  net.Run(kMoment);
  ASSERT_TRUE(a.transport->Open().ok());
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
}

TEST(AgeTest, NothingOlderThanTheLimitIsReadAndWhatIsYoungerIs) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  net.phone.Say("old");
  net.Run(Duration::Seconds(2));
  net.phone.Say("young");
  net.Run(ServiceNetwork::kOldest - Duration::Seconds(1));
  a.loop.Continue();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("young"));
  EXPECT_EQ(net.network.dropped(), 1u);
}

TEST(AgeTest, WhereAllIsTooOldThereIsNoRound) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  net.phone.Say("old");
  net.Run(ServiceNetwork::kOldest + Duration::Seconds(1));
  a.loop.Continue();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.rounds, IsEmpty());
}

TEST(ReadingTest, HeldInputWaitsAndIsReadAfterwards) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->HoldInput();
  EXPECT_EQ(net.network.reader(), nullptr);
  net.phone.Say("1");
  net.phone.Say("2");
  net.Run(Duration::Seconds(1));
  EXPECT_THAT(a.sink.heard, IsEmpty());
  a.transport->ResumeInput();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("1", "2"));
}

TEST(ReadingTest, HeldInputIsNotReadByAPauseThatEnds) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->PauseDatagrams();
  a.transport->HoldInput();
  net.phone.Say("1");
  net.Run(Duration::Seconds(1));
  a.transport->ResumeDatagrams();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
}

TEST(ReadingTest, PausedDatagramsWaitUntilTheyAreResumed) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  net.phone.Say("1");
  net.events.After(Duration::Milliseconds(1), [&] { a.transport->PauseDatagrams(); });
  net.Run(Duration::Milliseconds(45));
  const Heard while_paused = a.sink.heard;
  a.transport->ResumeDatagrams();
  EXPECT_THAT(while_paused, IsEmpty());
  EXPECT_THAT(a.sink.heard, ElementsAre("1"));  // at once
}

TEST(ReadingTest, APauseEndsByItself) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->PauseDatagrams();
  net.phone.Say("1");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("1"));
}

TEST(ReadingTest, ASinkThatMayNotReadReadsNothing) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  bool may = false;
  a.sink.may_read = [&] {
    if (!may) a.transport->HoldInput();
    return may;
  };
  net.phone.Say("1");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  may = true;
  a.transport->ResumeInput();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("1"));
}

TEST(ReadingTest, RoundsAreApartAndBringAllThatCameMeanwhile) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  for (int i = 0; i < 100; ++i) {
    net.events.After(Duration::Microseconds(300 * i), [&] { net.phone.Say("ask"); });
  }
  net.Run(Duration::Seconds(1));
  EXPECT_EQ(a.sink.heard.size(), 100u);
  ASSERT_GE(a.sink.when.size(), 4u);
  EXPECT_LE(a.sink.when.size(), 6u);
  for (size_t i = 1; i < a.sink.when.size(); ++i) {
    EXPECT_GE(a.sink.when[i] - a.sink.when[i - 1], Duration::Milliseconds(7));
  }
}

TEST(ReadingTest, ARoundIsOfSoManyAtMost) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.loop.Stop();
  for (int i = 0; i < 600; ++i) net.phone.Say("ask");
  net.Run(kMoment);
  a.loop.Continue();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.rounds, ElementsAre(256, 256, 88));
}

TEST(ReadingTest, ATransportThatStoppedReceivingReadsNothingAndStillSends) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.transport->StopReceiving();
  net.phone.Say("1");
  a.Say(net.phone, "answer");
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  EXPECT_THAT(net.phone.heard, ElementsAre("answer"));
}

TEST(ReadingTest, HoldingFromWithinARoundEndsReading) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.sink.on_round = [&] { a.transport->HoldInput(); };
  a.loop.Stop();
  for (int i = 0; i < 300; ++i) net.phone.Say("ask");
  net.Run(kMoment);
  a.loop.Continue();
  net.Run(kMoment);
  EXPECT_THAT(a.sink.rounds, ElementsAre(256));
}

TEST(SendingTest, WithoutAListenerIsAFailureToldAtTheFlush) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  a.Say(net.phone, "answer", 7);
  EXPECT_THAT(a.sink.heard, IsEmpty());
  net.Run(kMoment);
  EXPECT_THAT(a.sink.heard, ElementsAre("failed 7: no-listener"));
  EXPECT_THAT(net.phone.heard, IsEmpty());
}

TEST(SendingTest, WhatWasQueuedLeavesBeforeTheAddressIsClosedAndNothingAfterwards) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.Say(net.phone, "before");
  ASSERT_TRUE(a.transport->Close().ok());
  a.Say(net.phone, "after");
  net.Run(kMoment);
  EXPECT_THAT(net.phone.heard, ElementsAre("before"));
}

TEST(SendingTest, ADeadProcessHasSaidWhatItFlushedAndNothingElse) {
  TestNetwork net(true);
  TestProcess a(&net, 0);
  ASSERT_TRUE(a.transport->Open().ok());
  a.Say(net.phone, "flushed");
  a.transport->Flush();
  a.Say(net.phone, "queued");
  a.Kill();
  net.Run(kMoment);
  EXPECT_THAT(net.phone.heard, ElementsAre("flushed"));
}

// All that the network draws, as one text.
std::string Transcript(uint64_t seed) {
  TestNetwork net(true, seed);
  TestProcess a(&net, 0);
  if (!a.transport->Open().ok()) return "";
  net.network.SetTrouble({Duration::Milliseconds(30), 100, 100, 100});
  const uint64_t flow = net.tcp_phone.Connect();
  net.Run(kMoment);
  for (int i = 0; i < 100; ++i) {
    net.phone.Say(absl::StrCat(i));
    net.tcp_phone.SayOn(flow, absl::StrCat(i));
    a.Say(net.phone, absl::StrCat(i));
    net.Run(Duration::Milliseconds(3));
  }
  net.Run(Duration::Seconds(1));
  std::string text = absl::StrCat(net.events.run(), " events\n");
  for (const std::string& heard : a.sink.heard) absl::StrAppend(&text, heard, "\n");
  for (size_t i = 0; i < a.sink.when.size(); ++i) {
    absl::StrAppend(&text, a.sink.rounds[i], " at ", a.sink.when[i].nanoseconds(), "\n");
  }
  for (size_t i = 0; i < net.phone.heard.size(); ++i) {
    absl::StrAppend(&text, net.phone.heard[i], " at ", net.phone.when[i].nanoseconds(), "\n");
  }
  return text;
}

TEST(DeterminismTest, TheSameSeedGivesTheSameSequenceAndAnotherDoesNot) {
  EXPECT_EQ(Transcript(1), Transcript(1));
  EXPECT_EQ(Transcript(7), Transcript(7));
  EXPECT_NE(Transcript(1), Transcript(7));
}

}  // namespace
}  // namespace understudy::sim
