#include "daemon/ingress.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/ingress_testing.h"
#include "daemon/net/socket_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using engine::Kept;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kSecret[] = "canary";

// Of a new call: the 100, an INVITE to the callee, and the news.
constexpr size_t kEffects = 3;

TEST_F(IngressTest, OverloadEndsWhenHalfOfItIsGone) {
  options_.overload_held = 4 * kEffects;
  Start();
  for (int i = 0; i < 3; ++i) Say(Invite());
  ASSERT_EQ(core_->outbox().held(), 3 * kEffects);
  Submit();
  for (int i = 0; i < 3; ++i) Say(Invite());
  EXPECT_EQ(core_->outbox().held(), 5 * kEffects) << "the sixth is one too many";
  EXPECT_TRUE(ingress_->overloaded());
  EXPECT_EQ(kept(Kept::kOverload), 1u);
  EXPECT_EQ(Answered(), 1u);
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 503"));
  AwaitCommits();
  EXPECT_EQ(core_->outbox().held(), 2 * kEffects);
  Say(Invite());
  EXPECT_EQ(kept(Kept::kOverload), 2u) << "half is not below half";
  Commit();
  Say(Invite());
  EXPECT_EQ(kept(Kept::kOverload), 2u);
  EXPECT_FALSE(ingress_->overloaded());
  EXPECT_EQ(core_->outbox().held(), kEffects);
}

TEST_F(IngressTest, AnAnswerLeavesFromTheAddressThatWasAsked) {
  at_ = *transport_.Listen(Transport::kUdp, net::kLoopback);
  Start();
  Say(Options());
  EXPECT_EQ(Answered(), 1u);
  sockaddr_in6 from{};
  socklen_t size = sizeof from;
  char byte;
  ASSERT_EQ(recvfrom(phone_.fd(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size), 1);
  EXPECT_EQ(net::FromSockaddr(&from), at_);
}

TEST_F(IngressTest, ABacklogDropsWhatIsRepeatedAndTakesWhatIsNot) {
  core_options_.group_interval = Duration::Seconds(3600);
  Start();
  const std::string body(60000, 'b');
  for (int i = 0; i < 1000 && !core_->backlogged(); ++i) {
    Say(Request("INVITE", absl::StrCat("large", i), "", body), Transport::kTcp, 1);
    if (i % 2 == 1) Submit();
  }
  ASSERT_TRUE(core_->backlogged());
  const Lsn before = core_->state().lsn;
  Say(Invite());
  EXPECT_EQ(core_->state().lsn, before);
  EXPECT_EQ(kept(Kept::kOverLimit), 1u);
  Say(Invite(), Transport::kTcp, 1);
  EXPECT_EQ(core_->state().lsn, before.Next());
  EXPECT_TRUE(core_->Drain().ok());
}

TEST_F(IngressTest, WhatIsAppliedHasNoCredentialsAndIsStillTheSameMessage) {
  Start();
  const std::string field = absl::StrCat("Authorization: Digest username=\"1\", response=\"", kSecret, "\"\r\n");
  const std::string sent = Request("INVITE", "r", field, "body");
  Say(sent);
  ASSERT_EQ(applied_.size(), 1u);
  EXPECT_FALSE(absl::StrContains(applied_[0], kSecret)) << applied_[0];
  EXPECT_TRUE(absl::StrContains(sent, kSecret));
  EXPECT_EQ(applied_[0].size(), sent.size());
  EXPECT_TRUE(absl::EndsWith(applied_[0], "Content-Length: 4\r\n\r\nbody"));
  EXPECT_EQ(core_->outbox().held(), kEffects);
}

TEST_F(IngressTest, WhatIsQuarantinedIsDroppedAndCounted) {
  UseQuarantine();
  Start();
  const std::string poison = Invite();
  ASSERT_TRUE(quarantine_->Hold(quarantine::Fingerprint(poison), clock_.Wall()).ok());
  const Lsn before = core_->state().lsn;
  Say(poison);
  EXPECT_FALSE(ingress_->BeforeCutting(poison));
  ingress_->OnUnframeable({Transport::kTcp, 1, at_, phone_.at(), poison}, engine::FlowId(), sip::ParseErrorKind::kVia);
  EXPECT_EQ(kept(Kept::kQuarantined), 3u);
  EXPECT_EQ(core_->state().lsn, before);
  EXPECT_TRUE(ingress_->BeforeCutting(Invite()));
  ingress_->AfterCutting();
  Say(Invite());
  EXPECT_EQ(core_->state().lsn, before.Next());
}

TEST_F(IngressTest, OctetsAtHandAtTheDeathOfTheProcessAreRemembered) {
  UseQuarantine();
  Start();
  const std::string octets = Request("INVITE", "o", absl::StrCat("Authorization: Digest response=\"", kSecret));
  ASSERT_TRUE(ingress_->BeforeCutting(octets));
  auto slot = *quarantine::PoisonSlot::Open(directory_ + "/slot");  // as the next process sees it
  EXPECT_EQ(slot->last_words(), quarantine::PoisonSlot::LastWords::kKilled);
  EXPECT_EQ(slot->last_fingerprint(), quarantine::Fingerprint(octets));
  EXPECT_FALSE(absl::StrContains(slot->last_bytes(), kSecret));
}

// What the next process would find in the slot while an entry is being made.
class WatchedClock : public TestClock {
 public:
  WallTime Wall() const override {
    if (slot.empty()) return TestClock::Wall();
    const auto kind = (*quarantine::PoisonSlot::Open(slot))->last_kind();
    if (kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
    return TestClock::Wall();
  }
  std::string slot;
  mutable std::vector<quarantine::PoisonSlot::Kind> kinds;
};

TEST_F(IngressTest, NoMessageIsBlamedForATimerThatIsDue) {
  using Kind = quarantine::PoisonSlot::Kind;
  WatchedClock clock;
  core_options_.clock = &clock;
  UseQuarantine();
  Start();
  Say(Invite());
  Commit();
  const absl::optional<Duration> alarm = core_->NextAlarm();
  ASSERT_TRUE(alarm.has_value());
  clock.Advance(*alarm - clock.SinceBoot());
  const Lsn before = core_->state().lsn;
  clock.slot = directory_ + "/slot";
  Say(Invite());
  EXPECT_THAT(clock.kinds, ElementsAre(Kind::kTimers, Kind::kInput));
  EXPECT_EQ(core_->state().lsn, before.Next().Next());
  Say(Invite());
  EXPECT_EQ(core_->state().lsn, before.Next().Next().Next()) << "nothing more is due";
}

TEST_F(IngressTest, StatelessAnswersHaveABudgetASecond) {
  options_.stateless_answers_per_second = 2;
  Start();
  for (int i = 0; i < 5; ++i) Say(Unparseable());
  EXPECT_EQ(kept(Kept::kUnparseable), 5u);
  EXPECT_EQ(Answered(), 2u);
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 400"));
  ingress_->Summarise();
  for (int i = 0; i < 5; ++i) Say(Unparseable());
  EXPECT_EQ(Answered(), 4u);
}

// maddr names another host (127.0.0.2), where nobody listens.
TEST_F(IngressTest, WhatNeedsNoTransactionIsAnsweredToItsSourceOnly) {
  options_.overload_held = 0;
  Start();
  const auto elsewhere = [](const std::string& request) {
    return absl::StrReplaceAll(request, {{";branch", ";maddr=127.0.0.2;branch"}});
  };
  Say(elsewhere(Unparseable()));
  transport_.Flush();
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 400"));
  const std::string unframeable = elsewhere(Invite());
  ingress_->OnUnframeable({Transport::kUdp, 0, at_, phone_.at(), unframeable}, engine::FlowId(),
                          sip::ParseErrorKind::kContentLength);
  transport_.Flush();
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 400 Bad Content-Length"));
  ingress_->OnUnframeable({Transport::kUdp, 0, at_, phone_.at(), unframeable}, engine::FlowId(),
                          sip::ParseErrorKind::kMessageTooLong);
  transport_.Flush();
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 513"));
  Say(Invite());
  Say(elsewhere(Invite()));
  transport_.Flush();
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 503"));
}

TEST_F(IngressTest, ARefusalReadOutOfWhatIsNotCommittedWaitsForIt) {
  options_.most_unsettled = 2;
  Start();
  Say(Invite());
  for (int i = 0; i < 3; ++i) Say(Stranger());
  EXPECT_EQ(kept(Kept::kRefused), 2u);
  EXPECT_EQ(kept(Kept::kOverload), 1u) << "no more than two may wait";
  ingress_->AnswerSettled();
  EXPECT_EQ(Answered(), 0u);
  Commit();
  ingress_->AnswerSettled();
  EXPECT_EQ(Answered(), 2u);
  Say(Stranger());
  EXPECT_EQ(Answered(), 3u) << "nothing is in the air: it leaves at once";
}

TEST_F(IngressTest, ARefusalReadOutOfWhatNobodyWillHaveIsNotSent) {
  Start();
  Say(Invite());
  Say(Stranger());
  ingress_->ForgetUnsettled();
  Commit();
  ingress_->AnswerSettled();
  EXPECT_EQ(Answered(), 0u);
}

TEST_F(IngressTest, AFloodOfOneKindLeavesTheOthersTheirAnswers) {
  options_.stateless_answers_per_second = 2;
  Start();
  for (int i = 0; i < 5; ++i) Say(Stranger());
  EXPECT_EQ(kept(Kept::kRefused), 2u);
  EXPECT_EQ(kept(Kept::kOverload), 3u);
  EXPECT_EQ(Answered(), 2u);
  for (int i = 0; i < 5; ++i) Say(Options());
  EXPECT_EQ(kept(Kept::kServerOptions), 2u);
  EXPECT_EQ(kept(Kept::kOverload), 6u);
  EXPECT_EQ(Answered(), 4u);
  for (int i = 0; i < 5; ++i) Say(Unparseable());
  EXPECT_EQ(Answered(), 6u);
  ingress_->Summarise();
  Say(Options());
  EXPECT_EQ(Answered(), 7u);
}

TEST_F(IngressTest, OneRefusalASecondIsTold) {
  Start();
  EXPECT_EQ(ingress_->TakeRefusal(), "");
  Say(Stranger());
  Say(Stranger());
  const std::string told = ingress_->TakeRefusal();
  EXPECT_THAT(told, HasSubstr(absl::StrCat("from UDP ", phone_.at().ToText(), ", From ")));
  EXPECT_THAT(told, HasSubstr(": 40"));
  EXPECT_EQ(ingress_->TakeRefusal(), "");
}

TEST_F(IngressTest, ConnectionsOverWhichNothingIsSaidLeaveNoEntry) {
  Start();
  const Lsn before = core_->state().lsn;
  for (uint64_t handle = 1; handle <= 1000; ++handle) {
    const engine::FlowId flow = EngineFlow(core_->state().epoch, handle);
    flows_.Opened(flow, Transport::kTcp, phone_.at());
    if (handle % 2 == 0) Say("rubbish\r\n\r\n", Transport::kTcp, handle);
    flows_.Closed(flow, core_.get());
  }
  EXPECT_EQ(core_->state().lsn, before);
  EXPECT_EQ(flows_.unknown(), 0u);
}

TEST_F(IngressTest, TheEngineHearsOfAConnectionBeforeItsFirstMessage) {
  Start();
  const engine::FlowId flow = EngineFlow(core_->state().epoch, 1);
  flows_.Opened(flow, Transport::kTcp, phone_.at());
  EXPECT_THAT(core_->state().flows, IsEmpty());
  const Lsn before = core_->state().lsn;
  Say(Invite(), Transport::kTcp, 1);
  EXPECT_EQ(core_->state().lsn, before.Next().Next());
  ASSERT_TRUE(core_->state().flows.contains(flow));
  EXPECT_EQ(core_->state().flows.at(flow).remote, phone_.at());
  Say(Invite(), Transport::kTcp, 1);
  EXPECT_EQ(core_->state().lsn, before.Next().Next().Next());
  flows_.Closed(flow, core_.get());
  EXPECT_THAT(core_->state().flows, IsEmpty());
}

TEST_F(IngressTest, RubbishIsNoSip) {
  Start();
  Say("\x03\x01hello");
  Say(Unparseable());
  Say("\r\n\r\n");
  EXPECT_EQ(ingress_->parsed(), 0u);
  Say(Options());
  EXPECT_EQ(ingress_->parsed(), 1u);
}

}  // namespace
}  // namespace understudy::daemon
