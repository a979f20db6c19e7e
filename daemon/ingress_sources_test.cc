// The ingress and what one source may do.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/ingress_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using engine::Kept;
using testing::HasSubstr;
using testing::StartsWith;

class IngressSourcesTest : public IngressTest {
 protected:
  // From another host than the phone's; what is answered goes nowhere.
  void SayFrom(uint8_t host, const std::string& bytes, Transport transport = Transport::kUdp) {
    ingress_->OnMessage({transport, 0, at_, Endpoint::V4(192, 0, 2, host, 5060), bytes}, engine::FlowId());
  }
};

TEST_F(IngressSourcesTest, AStrangerIsAnsweredSoOftenASecondAndOthersStillAre) {
  options_.answers_per_source = 2;
  Start();
  for (int i = 0; i < 5; ++i) SayFrom(1, Stranger());
  EXPECT_EQ(kept(Kept::kRefused), 2u);
  EXPECT_EQ(kept(Kept::kTooFast), 3u);
  for (int i = 0; i < 5; ++i) SayFrom(1, Options());
  EXPECT_EQ(kept(Kept::kTooFast), 8u);
  SayFrom(2, Stranger());
  EXPECT_EQ(kept(Kept::kRefused), 3u);
  clock_.Advance(Duration::Seconds(1));
  SayFrom(1, Stranger());
  EXPECT_EQ(kept(Kept::kRefused), 4u);
}

TEST_F(IngressSourcesTest, AMalformedMessageIsCountedWhetherItIsAnsweredOrNot) {
  options_.answers_per_source = 2;
  Start();
  for (int i = 0; i < 5; ++i) Say(Unparseable());
  EXPECT_EQ(kept(Kept::kUnparseable), 5u);
  EXPECT_EQ(Answered(), 2u);
}

TEST_F(IngressSourcesTest, AMessageThatCannotBeReadIsToldWithItsSource) {
  Start();
  SayFrom(1, Unparseable());
  EXPECT_THAT(ingress_->TakeUnreadable(), StartsWith("UDP 192.0.2.1:5060: "));
  EXPECT_EQ(ingress_->TakeUnreadable(), "") << "once";
  ingress_->OnUnframeable({Transport::kTcp, 0, at_, Endpoint::V4(192, 0, 2, 2, 4711), "rubbish\r\n\r\n"},
                          engine::FlowId(), sip::ParseErrorKind::kStartLine);
  EXPECT_EQ(ingress_->TakeUnreadable(),
            absl::StrCat("TCP 192.0.2.2:4711: ", sip::ParseErrorText(sip::ParseErrorKind::kStartLine)));
}

TEST_F(IngressSourcesTest, WhatASourceMaySendIsLimitedWhereTheOptionSaysSo) {
  options_.messages_per_source = 3;
  Start();
  for (int i = 0; i < 5; ++i) SayFrom(1, Invite());
  EXPECT_EQ(kept(Kept::kTooFast), 2u);
  SayFrom(2, Invite());
  EXPECT_EQ(kept(Kept::kTooFast), 2u);
}

TEST_F(IngressSourcesTest, ATrunksHostHasNoLimitAndIsNotShutOut) {
  options_.messages_per_source = 1;
  options_.answers_per_source = 1;
  options_.bans.failures_per_minute = 1;
  Start();
  ingress_->SetTrunks({Endpoint::V4(192, 0, 2, 1, 5080)});
  for (int i = 0; i < 3; ++i) SayFrom(1, Stranger());
  for (int i = 0; i < 3; ++i) SayFrom(1, Unparseable(), Transport::kTcp);
  EXPECT_EQ(kept(Kept::kTooFast), 0u);
  EXPECT_EQ(kept(Kept::kBanned), 0u);
  EXPECT_EQ(kept(Kept::kUnparseable), 3u);
  ingress_->SetTrunks({});
  for (int i = 0; i < 2; ++i) SayFrom(1, Stranger());
  EXPECT_EQ(kept(Kept::kTooFast), 1u);
}

TEST_F(IngressSourcesTest, MalformedMessagesOverAConnectionShutTheirSourceOut) {
  options_.bans = {2, Duration::Seconds(60), 100};
  Start();
  for (int i = 0; i < 3; ++i) SayFrom(1, Unparseable(), Transport::kTcp);
  EXPECT_EQ(kept(Kept::kUnparseable), 2u);
  EXPECT_EQ(kept(Kept::kBanned), 1u);
  EXPECT_THAT(ingress_->TakeBan(), HasSubstr("192.0.2.1 for malformed messages"));
  EXPECT_EQ(ingress_->TakeBan(), "");
  ASSERT_EQ(ingress_->BansNow().size(), 1u);
  SayFrom(1, Options());
  EXPECT_EQ(kept(Kept::kBanned), 2u) << "by whatever transport";
  SayFrom(2, Options());
  EXPECT_EQ(kept(Kept::kServerOptions), 1u);
  EXPECT_TRUE(ingress_->LiftBan(Endpoint::V4(192, 0, 2, 1, 9)));
  SayFrom(1, Options());
  EXPECT_EQ(kept(Kept::kServerOptions), 2u);
}

// Anybody can write anybody's address on a datagram.
TEST_F(IngressSourcesTest, MalformedDatagramsShutNobodyOut) {
  options_.bans = {2, Duration::Seconds(60), 100};
  Start();
  for (int i = 0; i < 10; ++i) SayFrom(1, Unparseable());
  EXPECT_EQ(kept(Kept::kBanned), 0u);
  EXPECT_EQ(kept(Kept::kUnparseable), 10u);
}

TEST_F(IngressSourcesTest, ADatagramIsNotAnsweredByOneThatIsFarLonger) {
  Start();
  const std::string tiny =
      "OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:b>\r\n"
      "i: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
  SayFrom(1, tiny);
  EXPECT_EQ(kept(Kept::kAmplifies), 1u);
  EXPECT_EQ(kept(Kept::kServerOptions), 0u);
  SayFrom(1, absl::StrReplaceAll(tiny, {{"\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n"}}), Transport::kTcp);
  EXPECT_EQ(kept(Kept::kServerOptions), 1u) << "a connection is nobody else's";
}

}  // namespace
}  // namespace understudy::daemon
