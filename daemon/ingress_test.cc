// The ingress over a core on a simulated disk, with a real socket to answer from.
#include "daemon/ingress.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "daemon/flow_book.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

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

class IngressTest : public testing::Test, public EffectSink {
 protected:
  IngressTest() {
    core_options_.file_system = std::make_shared<journal::FaultyFileSystem>();
    core_options_.directory = "/journal";
    core_options_.cluster_id = 7;
    core_options_.clock = &clock_;
    core_options_.random = HashKey{11, 1};
    core_options_.keep_reserve = false;
    core_options_.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    at_ = *transport_.Listen(Transport::kUdp, net::kLoopback);
    options_.hooks.before_apply = [this](const sip::Message& message) { applied_.emplace_back(message.raw()); };
    options_.introduce = [this](engine::FlowId flow) { flows_.Introduce(flow, core_.get()); };
  }
  ~IngressTest() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  void Release(Lsn, const engine::Effect&) override {}

  void Start() {
    core_ = *Core::Start(core_options_, Configuration(), this, [this] { bell_.Ring(); });
    ingress_ = std::make_unique<Ingress>(options_, core_.get(), &transport_, quarantine_.get(), core_options_.clock);
    Commit();
  }

  // The phone is a Trunk, too: strangers leave no entry.
  engine::Configuration Configuration() const {
    engine::ConfigurationChange change;
    engine::Dn phone;
    phone.number = "phone";
    phone.type = engine::DnType::kTrunk;
    phone.options["TServer"]["contact"] = phone_.at().ToText();
    change.upserts = {phone};
    engine::Configuration configuration = TestPhones::Configuration();
    configuration.Apply(change);
    return configuration;
  }

  void UseQuarantine() {
    directory_ = absl::StrCat(testing::TempDir(), "/ingress_test_", getpid());
    quarantine::QuarantineOptions options;
    options.directory = directory_;
    quarantine_ = *quarantine::Quarantine::Open(options, clock_.Wall());
  }

  void Say(const std::string& bytes, Transport transport = Transport::kUdp, uint64_t flow = 0) {
    ingress_->OnMessage({transport, flow, at_, phone_.at(), bytes}, EngineFlow(core_->state().epoch, flow));
  }

  void Submit() { core_->EndTurn(); }
  void AwaitCommits() {
    while (core_->commit_in_flight()) {
      bell_.Await();
      ASSERT_TRUE(core_->TakeCommits().status.ok());
    }
  }
  void Commit() {
    Submit();
    AwaitCommits();
  }

  // How many answers left at once, without the state's doing.
  uint64_t Answered() {
    transport_.Flush();
    return transport_.Counters().udp_datagrams_out;
  }

  uint64_t kept(Kept reason) const { return ingress_->kept(reason); }

  // Each one a new call.
  std::string Invite() { return Request("INVITE", absl::StrCat("i", ++requests_), ""); }
  std::string Options() { return Request("OPTIONS", absl::StrCat("o", ++requests_), ""); }
  std::string Stranger() { return Request("SUBSCRIBE", absl::StrCat("s", ++requests_), ""); }
  std::string Unparseable() { return Request("INVITE", absl::StrCat("u", ++requests_), "CSeq: twice INVITE\r\n"); }
  std::string Request(absl::string_view method, absl::string_view id, absl::string_view field,
                      absl::string_view body = "") {
    return absl::StrCat(method, " sip:91@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP ", phone_.at().ToText(),
                        ";branch=z9hG4bK", id, "\r\nMax-Forwards: 70\r\nFrom: <sip:a@10.0.0.1>;tag=", id,
                        "\r\nTo: <sip:91@10.0.0.9>\r\nCall-ID: ", id, "\r\nCSeq: 1 ", method,
                        "\r\nContact: <sip:a@10.0.0.1>\r\n", field, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  net::IoLoop loop_;
  net::RecordingSink sink_;
  net::SipTransport transport_{&loop_, &sink_};
  net::Peer phone_ = net::Peer::Udp();
  Endpoint at_;
  TestClock clock_;
  Bell bell_;
  std::string directory_;
  std::unique_ptr<quarantine::Quarantine> quarantine_;
  CoreOptions core_options_;
  IngressOptions options_;
  std::unique_ptr<Core> core_;
  FlowBook flows_;
  std::unique_ptr<Ingress> ingress_;
  std::vector<std::string> applied_;
  int requests_ = 0;
};

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
  ingress_->OnUnframeable({Transport::kTcp, 1, at_, phone_.at(), poison}, engine::FlowId(), "Bad");
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
  ingress_->OnUnframeable({Transport::kUdp, 0, at_, phone_.at(), unframeable}, engine::FlowId(), "Bad");
  transport_.Flush();
  EXPECT_THAT(phone_.Receive(), StartsWith("SIP/2.0 400 Bad"));
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

}  // namespace
}  // namespace understudy::daemon
