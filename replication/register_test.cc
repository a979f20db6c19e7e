#include "replication/register.h"

#include <iterator>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

constexpr uint64_t kCluster = 7;
constexpr uint64_t kVersion = 5;
constexpr Incarnation kA = {0xa, 4};
constexpr Incarnation kAAgain = {0xa, 5};
constexpr Incarnation kB = {0xb, 1};
constexpr Incarnation kBAgain = {0xb, 2};
constexpr Incarnation kStranger = {0xc, 1};

// A is the primary of epoch 3.
Register Of(CommitMode mode, std::vector<Incarnation> in_sync) {
  Register value;
  value.cluster_id = kCluster;
  value.version = kVersion;
  value.epoch = Epoch(3);
  value.primary = kA;
  value.in_sync = std::move(in_sync);
  value.mode = mode;
  return value;
}

const Register kDurablePair = Of(CommitMode::kDurable, {kA, kB});
const Register kReceivedPair = Of(CommitMode::kReceived, {kA, kB});
const Register kDurableAlone = Of(CommitMode::kDurable, {kA});
const Register kReceivedAlone = Of(CommitMode::kReceived, {kA});

RegisterRequest Ask(RegisterOperation operation, const Incarnation& asker, const Incarnation& peer = {}) {
  RegisterRequest request;
  request.operation = operation;
  request.cluster_id = kCluster;
  request.version = kVersion;
  request.asker = asker;
  request.peer = peer;
  return request;
}

Register Done(const absl::optional<Register>& present, const RegisterRequest& request) {
  const RegisterAnswer answer = Decide(present, request);
  EXPECT_EQ(answer.verdict, RegisterVerdict::kDone) << OperationName(request.operation) << ": " << answer.why;
  return answer.now.value_or(Register());
}

// One letter a verdict.
char Letter(RegisterVerdict verdict) {
  switch (verdict) {
    case RegisterVerdict::kDone: return 'D';
    case RegisterVerdict::kOtherVersion: return 'V';
    case RegisterVerdict::kRefused: return '-';
    case RegisterVerdict::kBlank: return 'B';
    case RegisterVerdict::kOtherCluster: return 'C';
  }
  return '?';
}

struct Situation {
  const char* name;
  absl::optional<Register> present;
  Incarnation asker;
  uint64_t version;
  uint64_t cluster_id;
  const char* verdicts;  // of create, shrink, grow, acquire, handover, touch, force; the peer is the other store
};

TEST(RegisterTest, EveryOperationInEverySituation) {
  const Situation table[] = {
      {"blank", absl::nullopt, kA, 0, kCluster, "DBBBBBD"},
      {"blank, a version was seen", absl::nullopt, kA, kVersion, kCluster, "VBBBBBV"},
      {"other cluster", kDurablePair, kA, kVersion, 8, "CCCCCCC"},
      {"other cluster and version", kDurablePair, kA, 9, 8, "CCCCCCC"},
      {"older version", kDurablePair, kA, kVersion - 1, kCluster, "VVVVVVV"},
      {"newer version", kDurablePair, kA, kVersion + 1, kCluster, "VVVVVVV"},
      {"stranger, durable", kDurablePair, kStranger, kVersion, kCluster, "-----DD"},
      {"stranger, received", kReceivedPair, kStranger, kVersion, kCluster, "-----DD"},
      {"stranger, alone", kDurableAlone, kStranger, kVersion, kCluster, "-----DD"},
      {"primary, durable", kDurablePair, kA, kVersion, kCluster, "-DDDDDD"},
      {"primary started again, durable", kDurablePair, kAAgain, kVersion, kCluster, "---D-DD"},
      {"backup, durable", kDurablePair, kB, kVersion, kCluster, "---D-DD"},
      {"backup started again, durable", kDurablePair, kBAgain, kVersion, kCluster, "---D-DD"},
      {"primary, received", kReceivedPair, kA, kVersion, kCluster, "-DDDDDD"},
      {"primary started again, received", kReceivedPair, kAAgain, kVersion, kCluster, "-----DD"},
      {"backup, received", kReceivedPair, kB, kVersion, kCluster, "---D-DD"},
      {"backup started again, received", kReceivedPair, kBAgain, kVersion, kCluster, "-----DD"},
      {"primary alone, durable", kDurableAlone, kA, kVersion, kCluster, "-DDD-DD"},
      {"alone and started again, durable", kDurableAlone, kAAgain, kVersion, kCluster, "---D-DD"},
      {"former backup, durable", kDurableAlone, kB, kVersion, kCluster, "-----DD"},
      {"primary alone, received", kReceivedAlone, kA, kVersion, kCluster, "-DDD-DD"},
      {"alone and started again, received", kReceivedAlone, kAAgain, kVersion, kCluster, "---D-DD"},
      {"former backup, received", kReceivedAlone, kB, kVersion, kCluster, "-----DD"},
  };
  for (const Situation& row : table) {
    std::string verdicts;
    for (int i = 0; i < kRegisterOperations; ++i) {
      RegisterRequest request =
          Ask(static_cast<RegisterOperation>(i), row.asker, row.asker.store_id == kA.store_id ? kB : kA);
      request.version = row.version;
      request.cluster_id = row.cluster_id;
      const RegisterAnswer answer = Decide(row.present, request);
      verdicts += Letter(answer.verdict);
      if (answer.verdict == RegisterVerdict::kDone) {
        EXPECT_EQ(answer.now->version, (row.present ? row.present->version : 0) + 1) << row.name;
        EXPECT_EQ(answer.why, "") << row.name;
      } else {
        EXPECT_EQ(answer.now, row.present) << row.name;
        EXPECT_NE(answer.why, "") << row.name;
      }
    }
    EXPECT_EQ(verdicts, row.verdicts) << row.name;
  }
}

TEST(RegisterTest, CreateMakesTheFirstEpochOfTheAskerAlone) {
  RegisterRequest create = Ask(RegisterOperation::kCreate, kA);
  create.version = 0;
  create.mode = CommitMode::kReceived;
  Register expected = kReceivedAlone;
  expected.version = 1;
  expected.epoch = Epoch(1);
  EXPECT_EQ(Done(absl::nullopt, create), expected);
  create.epoch = Epoch(9);
  expected.epoch = Epoch(9);
  EXPECT_EQ(Done(absl::nullopt, create), expected);
}

TEST(RegisterTest, ShrinkAndGrowChangeTheSetAlone) {
  Register expected = kDurableAlone;
  ++expected.version;
  EXPECT_EQ(Done(kDurablePair, Ask(RegisterOperation::kShrink, kA)), expected);
  expected = kDurablePair;
  ++expected.version;
  EXPECT_EQ(Done(kDurableAlone, Ask(RegisterOperation::kGrow, kA, kB)), expected);
  expected.in_sync = {kA, kBAgain};
  EXPECT_EQ(Done(kDurablePair, Ask(RegisterOperation::kGrow, kA, kBAgain)), expected);
}

TEST(RegisterTest, AcquireBeginsTheNextEpochOfTheAskerAloneInItsMode) {
  RegisterRequest acquire = Ask(RegisterOperation::kAcquire, kBAgain);
  acquire.mode = CommitMode::kReceived;
  Register expected = Of(CommitMode::kReceived, {kBAgain});
  expected.version = kVersion + 1;
  expected.epoch = Epoch(4);
  expected.primary = kBAgain;
  EXPECT_EQ(Done(kDurablePair, acquire), expected);
  acquire.epoch = Epoch(2);
  EXPECT_EQ(Done(kDurablePair, acquire), expected);
  acquire.epoch = Epoch(6);
  expected.epoch = Epoch(6);
  EXPECT_EQ(Done(kDurablePair, acquire), expected);
}

TEST(RegisterTest, HandoverBeginsTheNextEpochOfThePeerAndKeepsTheSet) {
  Register expected = Of(CommitMode::kDurable, {kB, kA});
  expected.version = kVersion + 1;
  expected.epoch = Epoch(4);
  expected.primary = kB;
  EXPECT_EQ(Done(kDurablePair, Ask(RegisterOperation::kHandover, kA, kB)), expected);
}

TEST(RegisterTest, HandoverIsToAMemberOnly) {
  const RegisterRequest again = Ask(RegisterOperation::kHandover, kA, kBAgain);
  EXPECT_EQ(Done(kDurablePair, again).in_sync, (std::vector<Incarnation>{kBAgain, kA}));
  EXPECT_EQ(Decide(kReceivedPair, again).verdict, RegisterVerdict::kRefused);
  EXPECT_EQ(Decide(kDurablePair, Ask(RegisterOperation::kHandover, kA, kStranger)).why,
            "the peer is not in the in-sync set");
}

TEST(RegisterTest, TouchChangesTheVersionAlone) {
  Register expected = kReceivedPair;
  ++expected.version;
  EXPECT_EQ(Done(kReceivedPair, Ask(RegisterOperation::kTouch, kStranger)), expected);
}

TEST(RegisterTest, ForceGivesTheNextEpochToWhoeverAsksAndTheNextReignForgetsIt) {
  RegisterRequest force = Ask(RegisterOperation::kForce, kStranger);
  force.epoch = Epoch(12);
  const Register forced = Done(kDurablePair, force);
  EXPECT_EQ(forced.epoch, Epoch(12));
  EXPECT_EQ(forced.primary, kStranger);
  EXPECT_EQ(forced.in_sync, std::vector<Incarnation>{kStranger});
  EXPECT_TRUE(forced.forced);
  RegisterRequest next = Ask(RegisterOperation::kAcquire, kStranger);
  next.version = kVersion + 1;
  EXPECT_FALSE(Done(forced, next).forced);
}

TEST(RegisterTest, NonsenseIsRefusedWithTheReason) {
  const struct {
    RegisterOperation operation;
    Incarnation asker;
    Incarnation peer;
    const char* why;
  } table[] = {
      {RegisterOperation::kForce, {}, {}, "the asker has no store"},
      {RegisterOperation::kTouch, {0, 3}, {}, "the asker has no store"},
      {RegisterOperation::kGrow, kA, {}, "the peer has no store"},
      {RegisterOperation::kGrow, kA, {0, 3}, "the peer has no store"},
      {RegisterOperation::kGrow, kA, kA, "the peer has the asker's store"},
      {RegisterOperation::kGrow, kA, kAAgain, "the peer has the asker's store"},
      {RegisterOperation::kHandover, kA, {}, "the peer has no store"},
      {RegisterOperation::kHandover, kA, kAAgain, "the peer has the asker's store"},
  };
  for (const auto& row : table) {
    const RegisterAnswer answer = Decide(kDurablePair, Ask(row.operation, row.asker, row.peer));
    EXPECT_EQ(answer.verdict, RegisterVerdict::kRefused) << row.why;
    EXPECT_EQ(answer.why, row.why);
    EXPECT_EQ(answer.now, kDurablePair);
  }
  RegisterRequest create = Ask(RegisterOperation::kCreate, {});
  create.version = 0;
  EXPECT_EQ(Decide(absl::nullopt, create).why, "the asker has no store");
  create.asker = kA;
  create.cluster_id = 0;
  EXPECT_EQ(Decide(absl::nullopt, create).why, "the request names no cluster");
  EXPECT_EQ(Decide(absl::nullopt, create).verdict, RegisterVerdict::kRefused);
}

TEST(RegisterTest, EpochsNeverRunOut) {
  for (const RegisterOperation operation :
       {RegisterOperation::kCreate, RegisterOperation::kAcquire, RegisterOperation::kForce}) {
    const bool blank = operation == RegisterOperation::kCreate;
    const absl::optional<Register> present = blank ? absl::nullopt : absl::make_optional(kDurablePair);
    RegisterRequest request = Ask(operation, kA);
    request.version = blank ? 0 : kVersion;
    request.epoch = Epoch(std::numeric_limits<uint64_t>::max());
    EXPECT_EQ(Decide(present, request).why, "the epoch asked for is too high");
    request.epoch = kHighestEpochAsked;
    Register highest = Done(present, request);
    RegisterRequest next = Ask(RegisterOperation::kAcquire, kA);
    next.version = highest.version;
    next.epoch = highest.epoch.Next();
    EXPECT_EQ(Done(highest, next).epoch, kHighestEpochAsked.Next());
  }
}

// What was done at the version that a request named, and whether that is what the request asked for. Where two requests
// lead to one register, it is both that were granted: only the register counts from then on.
TEST(RegisterTest, WasGrantedComparesWhatWasAskedWithWhatIsThere) {
  RegisterRequest requests[] = {
      Ask(RegisterOperation::kShrink, kA),       Ask(RegisterOperation::kGrow, kA, kB),
      Ask(RegisterOperation::kAcquire, kA),      Ask(RegisterOperation::kAcquire, kB),
      Ask(RegisterOperation::kHandover, kA, kB), Ask(RegisterOperation::kTouch, kB),
      Ask(RegisterOperation::kForce, kA),        Ask(RegisterOperation::kForce, kB),
  };
  for (RegisterRequest& each : requests) each.epoch = Epoch(4);
  // Row: asked; column: done. In the order of `requests`.
  const char* const table[] = {
      "Y.Y...Y.",  // A shrinks: the same set after A's acquire and force, in a later epoch
      ".Y...Y..",  // A grows what was grown: the same after a touch
      "..Y...Y.",  // A acquires
      "...YY..Y",  // B acquires
      "....Y...",  // A hands over to B
      "YYYYYYYY",  // B touches
      "..Y...Y.",  // A is forced
      "...YY..Y",  // B is forced
  };
  ASSERT_EQ(std::size(table), std::size(requests));
  for (size_t asked = 0; asked < std::size(table); ++asked) {
    std::string row;
    for (const RegisterRequest& done : requests) {
      row += WasGranted(Done(kDurablePair, done), requests[asked]) ? 'Y' : '.';
    }
    EXPECT_EQ(row, table[asked]) << asked;
  }
}

TEST(RegisterTest, NothingWasGrantedWhileTheVersionStands) {
  EXPECT_FALSE(WasGranted(kDurablePair, Ask(RegisterOperation::kTouch, kA)));
}

TEST(RegisterTest, CreateWasGrantedToWhoIsThere) {
  RegisterRequest create = Ask(RegisterOperation::kCreate, kA);
  create.version = 0;
  const Register now = Done(absl::nullopt, create);
  EXPECT_TRUE(WasGranted(now, create));
  create.asker = kB;
  EXPECT_FALSE(WasGranted(now, create));
}

TEST(RegisterTest, RegisterReadsAsASentence) {
  EXPECT_EQ(ToText(kDurablePair), "epoch 3, primary a.4, in sync a.4 and b.1, durable, version 5");
  Register forced = kReceivedAlone;
  forced.forced = true;
  EXPECT_EQ(ToText(forced), "epoch 3 (forced), primary a.4, in sync a.4, received, version 5");
  EXPECT_EQ(ToText(Incarnation()), "nobody");
}

}  // namespace
}  // namespace understudy::replication
