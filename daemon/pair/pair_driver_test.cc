// Claims of a pair in one process, over real links and simulated disks: failover, slow and failing disks, refusals.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/feature_level.h"
#include "daemon/link/frame_dialer.h"
#include "daemon/pair/pair_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch.h"
#include "replication/messages.h"
#include "replication/silence.h"

namespace understudy::daemon {
namespace {

using journal::FaultyOperation;
using replication::FrameType;
using testing::HasSubstr;

constexpr Duration kRelaxed = Duration::Seconds(30);

class PairDriverTest : public testing::Test {
 protected:
  void Begin(const replication::PairOptions& options = {}) {
    pair_ = std::make_unique<TestPair>(TestPairOptions{.speed = 1, .seed = 1, .pair = options});
  }
  // Until it is in sync, and one call has been made.
  void Start() {
    ASSERT_TRUE(pair_->Start().ok());
    ASSERT_TRUE(pair_->RunUntil([this] { return pair_->InSync(); })) << pair_->ToText();
    Call();
  }
  void Call() {
    const size_t before = pair_->phones().established().size();
    pair_->phones().Call();
    ASSERT_TRUE(pair_->RunUntil([&] { return pair_->phones().established().size() > before; })) << pair_->ToText();
  }
  TestNode& Primary() { return *pair_->primary(); }
  TestNode& Backup() { return pair_->other(Primary()); }
  void AwaitSync() {
    ASSERT_TRUE(pair_->RunUntil([this] { return pair_->InSync(); })) << pair_->ToText();
  }
  void AwaitServiceOf(TestNode& node) {
    ASSERT_TRUE(pair_->RunUntil([&] { return node.serving(); })) << pair_->ToText();
  }
  // What is asked of the witness, not what is read.
  void LoseRequests(bool lose) {
    pair_->reg().SetFate([lose](const replication::RegisterRequest* request) {
      return lose && request != nullptr ? witness::Fate::kLoseRequest : witness::Fate::kAnswer;
    });
  }
  // The last words: nothing was lost, nothing contradicts, and calls go on.
  void ExpectAllIsThere() {
    Call();
    pair_->CheckCalls(Primary().core());
    pair_->ledger().Examine(Primary().name(), Primary().core());
    EXPECT_EQ(pair_->ledger().violation(), "");
  }
  static int Count(const TestNode& node, const std::string& text) {
    return static_cast<int>(std::count_if(node.left().begin(), node.left().end(), [&](const TestNode::Left& left) {
      return absl::StartsWith(left.bytes, text);
    }));
  }
  // A call's INVITE is in both logs, and its effects wait for the backup's disk.
  void HoldACall(TestNode& primary, TestNode& backup) {
    backup.disk().Stall(FaultyOperation::kSync, "/log/");
    pair_->phones().Call();
    ASSERT_TRUE(pair_->RunUntil([&] {
      const Core& core = primary.core();
      return core.outbox().held() > 0 && core.durable() == core.end() && backup.core().end() == core.end();
    }));
  }

  std::unique_ptr<TestPair> pair_;
};

TEST_F(PairDriverTest, WhatWasHeldWhenThePrimaryDiedIsSentOnceByTheNext) {
  Begin({.max_hold = kRelaxed});
  Start();
  TestNode& first = Primary();
  TestNode& next = Backup();
  const int sent = Count(first, "INVITE ");
  HoldACall(first, next);
  first.Kill();
  next.disk().ClearFaults();
  AwaitServiceOf(next);
  ASSERT_TRUE(pair_->RunUntil([&] { return pair_->phones().established().size() == 2; })) << pair_->ToText();
  EXPECT_EQ(Count(first, "INVITE "), sent);
  EXPECT_EQ(Count(next, "INVITE sip:9c2@"), 1);
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ABackupIsFilledAnewOnlyWhenTheRegisterNamesItNoMore) {
  Begin({.max_hold = kRelaxed});
  Start();
  TestNode& backup = Backup();
  LoseRequests(true);
  EXPECT_TRUE(backup.driver().Resync().ok());
  pair_->Run(Duration::Milliseconds(500));
  EXPECT_EQ(backup.refilled(), 0);
  LoseRequests(false);
  ASSERT_TRUE(pair_->RunUntil([&] { return backup.refilled() > 0; })) << pair_->ToText();
  AwaitSync();
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ABackupGivesUpNothingWhileTheWitnessIsSilent) {
  Begin({.max_hold = kRelaxed});
  Start();
  TestNode& backup = Backup();
  pair_->reg().down = true;
  ASSERT_TRUE(pair_->RunUntil([&] { return !backup.pair().may_leave(); })) << pair_->ToText();
  EXPECT_THAT(std::string(backup.driver().Resync().message()), HasSubstr("the witness does not answer"));
  Call();
  pair_->reg().down = false;
  ASSERT_TRUE(pair_->RunUntil([&] { return backup.pair().may_leave(); })) << pair_->ToText();
  EXPECT_TRUE(backup.driver().Resync().ok());
  ASSERT_TRUE(pair_->RunUntil([&] { return backup.refilled() > 0; })) << pair_->ToText();
  AwaitSync();
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ABackupThatIsAskedToBeFilledAnewWhenItIsHandedTheReignServes) {
  Begin({.max_hold = kRelaxed});
  Start();
  TestNode& next = Backup();
  bool done = false;
  LoseRequests(true);
  Primary().driver().Switchover([&](const absl::Status& s) { done = s.ok(); });
  ASSERT_TRUE(Primary().pair().outstanding()) << pair_->ToText();
  EXPECT_TRUE(next.driver().Resync().ok());
  pair_->Run(Duration::Milliseconds(500));
  EXPECT_EQ(next.refilled(), 0);
  LoseRequests(false);
  AwaitServiceOf(next);
  EXPECT_TRUE(done);
  AwaitSync();
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, WhatWasHeldForLongerThanTheReleaseAgeIsNotSent) {
  Begin({.max_hold = kRelaxed});
  for (size_t i = 0; i < 2; ++i) pair_->node(i).options().release_age = Duration::Milliseconds(1500);
  Start();
  TestNode& first = Primary();
  TestNode& next = Backup();
  HoldACall(first, next);
  first.Kill();
  pair_->Advance(Duration::Milliseconds(1600));
  next.disk().ClearFaults();
  AwaitServiceOf(next);
  ASSERT_TRUE(pair_->RunUntil([&] { return next.core().outbox().too_old() > 0; })) << pair_->ToText();
  const std::vector<TestNode::Left>& left = next.left();
  EXPECT_TRUE(std::none_of(left.begin(), left.end(), [](const TestNode::Left& sent) {
    return absl::StartsWith(sent.bytes, "SIP/2.0 100") && absl::StrContains(sent.bytes, "c2@caller");
  }));
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, WhatMayHaveLeftIsSentAgainByteForByte) {
  Begin();
  Start();
  for (int i = 0; i < 20 && pair_->ledger().repeated() == 0; ++i) {
    TestNode& serves = Primary();
    const size_t before = serves.left().size();
    pair_->phones().Call();
    ASSERT_TRUE(pair_->RunUntil([&] { return serves.left().size() > before; }));
    TestNode& other = pair_->other(serves);
    serves.Kill();
    AwaitServiceOf(other);
    ASSERT_TRUE(serves.Start().ok());
    AwaitSync();
  }
  EXPECT_GT(pair_->ledger().repeated(), 0u) << "no message was ever released twice";
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ABackupWhoseDiskStallsHoldsNothingForLongAndIsGrownAgain) {
  Begin();
  Start();
  TestNode& primary = Primary();
  TestNode& backup = Backup();
  primary.ForgetHolds();
  const uint64_t version = pair_->reg().value->version;
  backup.disk().Stall(FaultyOperation::kSync, "/log/");
  const Duration until = pair_->now() + Duration::Seconds(5);
  while (pair_->now() < until) {
    pair_->phones().Call();
    pair_->Run(Duration::Milliseconds(50));
  }
  EXPECT_EQ(pair_->reg().value->in_sync.size(), 1u);
  EXPECT_EQ(pair_->primary(), &primary);
  EXPECT_TRUE(absl::StrContains(primary.LogText(), "the backup is slow"));
  // 250 ms, and as much again for a busy machine.
  EXPECT_LE(primary.longest_hold().milliseconds(), 500);
  RecordProperty("longest_hold_ms", static_cast<int>(primary.longest_hold().milliseconds()));
  backup.disk().ClearFaults();
  AwaitSync();
  EXPECT_TRUE(pair_->reg().HasGrownSince(version));
  ExpectAllIsThere();
}

// One thing is wrong with the disk of one of the two.
struct DiskTrouble {
  const char* name;
  bool primarys;
  void (*begin)(journal::FaultyFileSystem* disk);
  const char* text;
};

void FailSyncs(journal::FaultyFileSystem* disk) {
  disk->Fail(FaultyOperation::kSync, "/log/", rocksdb::IOStatus::IOError("EIO: the disk is broken"));
}
void FailMark(journal::FaultyFileSystem* disk) {
  disk->Fail(FaultyOperation::kSync, "durable-mark", rocksdb::IOStatus::IOError("EIO: the disk is broken"));
}
void Fill(journal::FaultyFileSystem* disk) { disk->SetCapacity(disk->disk().BytesUsed() + 100); }

class PairDiskTest : public PairDriverTest, public testing::WithParamInterface<DiskTrouble> {};

TEST_P(PairDiskTest, TheNodeEndsWithAClearErrorThePeerServesAndNothingIsLost) {
  Begin();
  Start();
  TestNode& hit = GetParam().primarys ? Primary() : Backup();
  TestNode& other = pair_->other(hit);
  GetParam().begin(&hit.disk());
  pair_->phones().Call();
  ASSERT_TRUE(pair_->RunUntil([&] { return !hit.up(); })) << pair_->ToText();
  EXPECT_THAT(std::string(hit.failure().message()), HasSubstr(GetParam().text));
  AwaitServiceOf(other);
  ExpectAllIsThere();
  hit.disk().ClearFaults();
  hit.disk().SetCapacity(UINT64_MAX);
  ASSERT_TRUE(hit.Start().ok()) << hit.failure();
  EXPECT_FALSE(hit.set_aside()) << hit.set_aside()->why;
  AwaitSync();
  other.Kill();
  AwaitServiceOf(hit);
  ExpectAllIsThere();
}

INSTANTIATE_TEST_SUITE_P(
    Disks, PairDiskTest,
    testing::Values(DiskTrouble{"SyncFailsAtTheBackup", false, FailSyncs, "EIO"},
                    DiskTrouble{"SyncFailsAtThePrimary", true, FailSyncs, "EIO"},
                    DiskTrouble{"TheMarkFailsAtTheBackup", false, FailMark, "EIO"},
                    DiskTrouble{"TheMarkFailsAtThePrimary", true, FailMark, "EIO"},
                    DiskTrouble{"TheBackupsDiskIsFull", false, Fill, "No space"},
                    DiskTrouble{"ThePrimarysDiskIsFull", true, Fill, "No space"}),
    [](const testing::TestParamInfo<DiskTrouble>& trouble) { return trouble.param.name; });

// Whoever can reach the primary's port from the peer's host.
class StrangerTest : public PairDriverTest {
 protected:
  // Says one thing in a frame; what came back until the link ended: the frames, and why.
  std::vector<std::pair<FrameType, std::string>> Say(FrameType type, const std::string& payload) {
    std::vector<std::pair<FrameType, std::string>> heard;
    std::shared_ptr<link::FrameLink> link;
    bool ended = false;
    link::FrameDialer dialer(&pair_->loop(), {});
    dialer.Dial(Primary().options().listen, Backup().options().listen,
                [&](absl::StatusOr<std::shared_ptr<link::FrameLink>> dialled) {
                  ASSERT_TRUE(dialled.ok()) << dialled.status();
                  link = *std::move(dialled);
                  link->SetEvents({.frame = [&](uint16_t t, absl::string_view bytes) {
                                     heard.emplace_back(static_cast<FrameType>(t), bytes);
                                   },
                                   .closed = [&](const absl::Status& why) {
                                     why_ = why;
                                     ended = true;
                                   }});
                  link->Send(static_cast<uint16_t>(type), payload);
                });
    EXPECT_TRUE(pair_->RunUntil([&] { return ended; }));
    return heard;
  }
  replication::Hello GoodHello() {
    replication::Hello hello;
    hello.cluster_id = Primary().core().cluster_id();
    hello.node = {77, 1};
    hello.schema_version = journal::kSchemaVersion;
    hello.feature_level = kFeatureLevel;
    hello.name = "stranger";
    hello.service = Primary().options().service;
    return hello;
  }
  // What the primary answers to the Hello.
  replication::Refusal RefusalOf(const replication::Hello& hello) {
    replication::Refusal refusal;
    const auto heard = Say(FrameType::kHello, Encode(hello));
    EXPECT_EQ(heard.size(), 1u);
    if (heard.empty()) return refusal;
    EXPECT_EQ(heard[0].first, FrameType::kRefusal);
    EXPECT_TRUE(Decode(heard[0].second, &refusal).ok());
    return refusal;
  }

  absl::Status why_;
};

TEST_F(StrangerTest, RubbishEndsItsLinkWithTheReasonAndDisturbsNobody) {
  Begin();
  Start();
  std::string rubbish(5000, '\0');
  for (size_t i = 0; i < rubbish.size(); ++i) rubbish[i] = static_cast<char>(i * 37);
  for (int type = 0; type < 20; ++type) {
    EXPECT_TRUE(Say(static_cast<FrameType>(type), rubbish).empty()) << type;
    EXPECT_FALSE(why_.ok());
    EXPECT_TRUE(pair_->InSync()) << type << ": " << pair_->ToText();
  }
  EXPECT_TRUE(absl::StrContains(Primary().LogText(), "the first frame is a Hello, not type 4"));
  ExpectAllIsThere();
}

TEST_F(StrangerTest, AHelloOfAnotherPairOrProgramOrConfigurationIsRefusedWithTheReason) {
  Begin();
  Start();
  replication::Hello hello = GoodHello();
  hello.cluster_id ^= 1;
  EXPECT_THAT(RefusalOf(hello).text, HasSubstr("is of cluster"));
  hello = GoodHello();
  hello.schema_version = journal::kSchemaVersion - 1;
  EXPECT_THAT(RefusalOf(hello).text, HasSubstr("the pair runs at"));
  hello = GoodHello();
  hello.protocol += 1;
  EXPECT_EQ(RefusalOf(hello).reason, replication::RefusalReason::kOtherVersion);
  hello = GoodHello();
  hello.mode = replication::CommitMode::kReceived;
  EXPECT_THAT(RefusalOf(hello).text, HasSubstr("has durability received"));
  hello = GoodHello();
  hello.service = "10.0.0.10:5060";
  EXPECT_THAT(RefusalOf(hello).text, HasSubstr("service address 10.0.0.10:5060"));
  hello = GoodHello();
  hello.promise = Epoch(1000);
  EXPECT_EQ(RefusalOf(hello).reason, replication::RefusalReason::kPromisedMore);
  EXPECT_TRUE(pair_->InSync()) << pair_->ToText();
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ANodeWithOtherSettingsSaysWhyItIsRefused) {
  Begin();
  pair_->b().options().service = "10.0.0.10:5060";
  ASSERT_TRUE(pair_->Start().ok());
  const auto refused = [this] {
    return absl::StrContains(pair_->a().LogText() + pair_->b().LogText(), "the peer refuses this node");
  };
  ASSERT_TRUE(pair_->RunUntil(refused)) << pair_->ToText();
  EXPECT_EQ(pair_->reg().value->in_sync.size(), 1u);
}

TEST_F(PairDriverTest, InWarmStandbyRolesMoveAndNothingIsReplicated) {
  Begin({.warm = true});
  Start();
  TestNode& first = Primary();
  TestNode& next = Backup();
  EXPECT_TRUE(next.core().end().empty());
  pair_->CheckCalls(first.core());
  first.Kill();
  AwaitServiceOf(next);
  EXPECT_EQ(next.core().state().calls.size(), 0u);
  ASSERT_TRUE(first.Start().ok());
  AwaitSync();
  const uint64_t version = pair_->reg().value->version;
  pair_->Run(Duration::Seconds(1));
  EXPECT_EQ(pair_->reg().value->version, version) << "a log that is longer than the primary's is no reason to part";
  EXPECT_EQ(&Primary(), &next);
}

TEST_F(PairDriverTest, TheLogIsKeptForAnAbsentPeerAndNoLongerThanItsRetention) {
  Begin();
  for (size_t i = 0; i < 2; ++i) {
    pair_->node(i).options().snapshot_interval = Duration::Milliseconds(200);
    pair_->node(i).options().retention.max_bytes = 20000;
    pair_->node(i).options().peer_retention = Duration::Seconds(3600);
  }
  Start();
  TestNode& primary = Primary();
  TestNode& backup = Backup();
  const Lsn had = backup.core().durable();
  backup.Kill();
  // Some calls, and a snapshot when it is quiet again.
  const auto calls_and_snapshot = [&] {
    const Lsn before = primary.core().end();
    for (int i = 0; i < 20; ++i) {
      pair_->phones().Call();
      pair_->Turn();
    }
    return pair_->RunUntil([&] { return primary.core().newest_snapshot() > before; });
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(calls_and_snapshot()) << pair_->ToText();
  EXPECT_LE(primary.core().first_lsn(), had.Next());
  pair_->Advance(Duration::Seconds(3601));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(calls_and_snapshot()) << pair_->ToText();
  EXPECT_GT(primary.core().first_lsn(), had.Next());
  ASSERT_TRUE(backup.Start().ok());
  AwaitSync();
  EXPECT_EQ(backup.refilled(), 1);
  primary.Kill();
  AwaitServiceOf(backup);
  ExpectAllIsThere();
}

TEST_F(PairDriverTest, ANodeThatWasSetAsideDoesNotFoundAPairAtABlankWitness) {
  Begin();
  Start();
  TestNode& lost = Backup();
  TestNode& other = Primary();
  lost.Kill();
  other.Kill();
  pair_->reg().value.reset();
  ASSERT_TRUE(lost.disk().TruncateTo("/journal/durable-mark", 0));
  ASSERT_TRUE(lost.Start().ok()) << lost.failure();
  ASSERT_TRUE(lost.set_aside());
  ASSERT_TRUE(pair_->RunUntil([&] { return absl::StrContains(lost.LogText(), "witness is blank"); }));
  pair_->Run(Duration::Seconds(2));
  EXPECT_FALSE(pair_->reg().value);
  EXPECT_FALSE(lost.serving());
}

// Of either role: who waits for nothing is waited for all the same.
TEST_F(PairDriverTest, ANodeThatNeverSuspectsSendsHeartbeatsToAPeerThatDoes) {
  for (const bool first : {true, false}) {
    Begin();
    TestNode& node = pair_->node(first ? 0 : 1);
    node.options().pair.suspect = replication::kNoSilence;
    pair_->other(node).options().remote_trace = true;
    pair_->other(node).options().remote_timeout = Duration::Milliseconds(300);
    Start();
    EXPECT_TRUE(pair_->RunUntil([&] { return absl::StrContains(node.LogText(), "00-20109"); })) << node.LogText();
    EXPECT_EQ(node.pair().suspect(), replication::kNoSilence);
  }
}

TEST_F(PairDriverTest, BothNodesShowTheHeartbeatsThatTheirPeerAsksToSee) {
  Begin();
  for (const size_t i : {size_t{0}, size_t{1}}) {
    pair_->node(i).options().remote_trace = true;
    pair_->node(i).options().remote_timeout = Duration::Milliseconds(400);
  }
  Start();
  for (const size_t i : {size_t{0}, size_t{1}}) {
    TestNode& node = pair_->node(i);
    EXPECT_TRUE(pair_->RunUntil([&] { return absl::StrContains(node.LogText(), "00-20110"); })) << node.LogText();
    EXPECT_EQ(node.pair().suspect(), Duration::Milliseconds(400));
  }
}

}  // namespace
}  // namespace understudy::daemon
