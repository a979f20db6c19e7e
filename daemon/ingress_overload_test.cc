#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/ingress.h"
#include "daemon/ingress_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using engine::Kept;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration kTick = Duration::Milliseconds(100);

class IngressOverloadTest : public IngressTest {
 protected:
  // The queue stands for so many ticks.
  void Queue(Duration waited, int ticks) {
    for (int i = 0; i < ticks; ++i) {
      clock_.Advance(kTick);
      Round(waited);
    }
  }
  void Round(Duration waited) {
    const net::Received round[] = {{Transport::kUdp, 0, at_, phone_.at(), "\r\n", waited}};
    ingress_->NoteRound(round);
  }
  // What comes next was read in time, and gets the whole share.
  void BeginOverload() {
    Queue(Duration(), 3);
    Queue(Duration::Milliseconds(400), 3);
    ASSERT_TRUE(ingress_->overloaded());
    Round(Duration());
  }
  uint64_t Entries() const { return core_->state().lsn.value(); }
  uint64_t Refused(Work work) const { return ingress_->overload().refused(work); }
  std::string NextRequest(absl::string_view method) { return Request(method, absl::StrCat("r", ++requests_), ""); }
  static std::string InDialog(const std::string& request) {
    return absl::StrReplaceAll(request, {{"To: <sip:91@10.0.0.9>", "To: <sip:91@10.0.0.9>;tag=t"}});
  }
};

TEST_F(IngressOverloadTest, APartOfTheCallsIsRefusedWithoutAnEntry) {
  Start();
  BeginOverload();
  const uint64_t before = Entries();
  for (int i = 0; i < 10; ++i) Say(Invite());
  EXPECT_EQ(Refused(Work::kInvite), 5u);
  EXPECT_EQ(kept(Kept::kOverload), 5u);
  EXPECT_EQ(Entries(), before + 5);
}

TEST_F(IngressOverloadTest, TheRefusalSaysWhenToComeBackAndNotToAllTheSame) {
  Start();
  BeginOverload();
  std::set<std::string> seconds;
  for (int i = 0; i < 200; ++i) Say(Invite());
  transport_.Flush();
  for (uint64_t i = 0; i < Refused(Work::kInvite); ++i) {
    const std::string answer = phone_.Receive();
    ASSERT_THAT(answer, StartsWith("SIP/2.0 503 Service Unavailable\r\n"));
    ASSERT_THAT(answer, HasSubstr("\r\nRetry-After: "));
    const std::string after = answer.substr(answer.find("Retry-After: ") + 13, 2);
    seconds.insert(after);
  }
  EXPECT_GE(seconds.size(), 6u);
}

TEST_F(IngressOverloadTest, ARefusedRequestStaysRefusedWhenItIsRepeated) {
  Start();
  BeginOverload();
  const std::string first = Invite();
  Say(first);
  ASSERT_EQ(Refused(Work::kInvite), 1u);
  const uint64_t before = Entries();
  for (int i = 0; i < 10; ++i) Say(first);
  EXPECT_EQ(Refused(Work::kInvite), 11u);
  for (int i = 0; i < 200; ++i) Queue(Duration(), 1);
  EXPECT_FALSE(ingress_->overloaded());
  Say(first);
  EXPECT_EQ(Entries(), before) << "its caller has heard that there is no call";
  EXPECT_EQ(Answered(), 12u);
}

TEST_F(IngressOverloadTest, WhatWasTakenIsAnsweredAgainAndNotRefused) {
  Start();
  const std::string call = Invite();
  Say(call);
  Commit();
  BeginOverload();
  for (int i = 0; i < 10; ++i) Say(call);
  EXPECT_EQ(Refused(Work::kInvite), 0u);
  EXPECT_EQ(kept(Kept::kRepeatedRequest), 10u);
}

TEST_F(IngressOverloadTest, NothingInADialogIsRefused) {
  Start();
  BeginOverload();
  for (absl::string_view method : {"INVITE", "BYE", "ACK", "CANCEL", "UPDATE", "PRACK", "REFER", "NOTIFY", "OPTIONS"}) {
    for (int i = 0; i < 10; ++i) Say(InDialog(NextRequest(method)));
  }
  EXPECT_EQ(ingress_->overload().refused(), 0u);
  EXPECT_EQ(kept(Kept::kOverload), 0u);
}

TEST_F(IngressOverloadTest, EveryKindThatBeginsSomethingIsSharedByItself) {
  Start();
  BeginOverload();
  for (int i = 0; i < 10; ++i) {
    Say(Invite());
    Say(NextRequest("MESSAGE"));
  }
  EXPECT_EQ(Refused(Work::kInvite), 5u);
  EXPECT_EQ(Refused(Work::kMessage), 5u);
}

TEST_F(IngressOverloadTest, ATrunksOptionsAreAnsweredAndAStrangersInPart) {
  Start();
  ingress_->SetTrunks({phone_.at()});
  BeginOverload();
  for (int i = 0; i < 10; ++i) Say(Options());
  EXPECT_EQ(Refused(Work::kOptions), 0u);
  ingress_->SetTrunks({});
  for (int i = 0; i < 10; ++i) Say(Options());
  EXPECT_EQ(Refused(Work::kOptions), 5u);
}

TEST_F(IngressOverloadTest, CallsOfClientsAreRefusedLikewise) {
  Start();
  EXPECT_TRUE(ingress_->TakesClientCall());
  BeginOverload();
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += ingress_->TakesClientCall() ? 1 : 0;
  EXPECT_EQ(taken, 5);
  EXPECT_EQ(Refused(Work::kMakeCall), 5u);
}

TEST_F(IngressOverloadTest, ItEndsByItselfWhenNothingComes) {
  Start();
  BeginOverload();
  for (int i = 0; i < 60; ++i) {
    clock_.Advance(Duration::Milliseconds(250));
    ingress_->NoteTime();
  }
  EXPECT_FALSE(ingress_->overloaded());
  Say(Invite());
  EXPECT_EQ(kept(Kept::kOverload), 0u);
}

TEST_F(IngressOverloadTest, AnswersBeyondTheBudgetAreNotGiven) {
  options_.overload_answers_per_second = 3;
  Start();
  BeginOverload();
  for (int i = 0; i < 20; ++i) Say(Invite());
  EXPECT_EQ(Refused(Work::kInvite), 10u);
  EXPECT_EQ(Answered(), 3u);
}

}  // namespace
}  // namespace understudy::daemon
