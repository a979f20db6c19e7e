#include "tests/sim/checks/who_may_take_over.h"

#include <vector>

#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

using replication::CommitMode;
using replication::Incarnation;
using replication::Register;

constexpr Incarnation kA = {10, 1};
constexpr Incarnation kB = {20, 4};

Register Of(std::vector<Incarnation> in_sync, CommitMode mode = CommitMode::kDurable) {
  Register reg;
  reg.epoch = Epoch(3);
  reg.primary = in_sync[0];
  reg.in_sync = std::move(in_sync);
  reg.mode = mode;
  return reg;
}

CopyOfEntry Synced(absl::string_view machine, const Incarnation& life) {
  return {machine, life.store_id, life, true, true, false};
}
CopyOfEntry InMemory(absl::string_view machine, const Incarnation& life) {
  return {machine, life.store_id, life, true, false, false};
}
CopyOfEntry Nothing(absl::string_view machine, const Incarnation& life) {
  return {machine, life.store_id, life, false, false, false};
}

TEST(WhoMayTakeOverTest, OfTwoMembersBothHaveItOnDisk) {
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {Synced("a", kA), Synced("b", kB)}), "");
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {Synced("a", kA), InMemory("b", kB)}).substr(0, 11), "b, a member");
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {InMemory("a", kA), Synced("b", kB)}).substr(0, 11), "a, a member");
}

TEST(WhoMayTakeOverTest, WhoIsNoMemberNeedsNothing) {
  EXPECT_EQ(WhoLacks({Of({kA})}, {Synced("a", kA), Nothing("b", kB)}), "");
}

TEST(WhoMayTakeOverTest, EachPossibleRegisterCounts) {
  EXPECT_NE(WhoLacks({Of({kA}), Of({kA, kB})}, {Synced("a", kA), Nothing("b", kB)}), "");
}

TEST(WhoMayTakeOverTest, InModeReceivedTheMemoryOfTheVeryProcessIsEnough) {
  const Register two = Of({kA, kB}, CommitMode::kReceived);
  EXPECT_EQ(WhoLacks({two}, {InMemory("a", kA), InMemory("b", kB)}), "");
  EXPECT_NE(WhoLacks({two}, {InMemory("a", kA), Nothing("b", kB)}), "");
}

TEST(WhoMayTakeOverTest, InModeReceivedAnotherLifeIsNoMember) {
  const Register two = Of({kA, kB}, CommitMode::kReceived);
  EXPECT_EQ(WhoLacks({two}, {InMemory("a", kA), Nothing("b", {20, 5})}), "");
  EXPECT_EQ(WhoLacks({two}, {InMemory("a", kA), {"b", 20, {}, false, false, false}}), "");
}

TEST(WhoMayTakeOverTest, WhoIsAloneHasItOnDiskInEitherMode) {
  const Register alone = Of({kA}, CommitMode::kReceived);
  EXPECT_EQ(WhoLacks({alone}, {Synced("a", kA), Nothing("b", kB)}), "");
  EXPECT_NE(WhoLacks({alone}, {InMemory("a", kA), InMemory("b", kB)}), "");
}

TEST(WhoMayTakeOverTest, ADeadMemberHasItOnDisk) {
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {Synced("a", kA), {"b", 20, {}, false, true, false}}), "");
  EXPECT_NE(WhoLacks({Of({kA, kB})}, {Synced("a", kA), {"b", 20, {}, false, false, false}}), "");
}

TEST(WhoMayTakeOverTest, AStoreThatIsGoneOrDamagedIsNotLookedAt) {
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {Synced("a", kA), Nothing("b", {21, 1})}), "");
  EXPECT_EQ(WhoLacks({Of({kA, kB})}, {Synced("a", kA), {"b", 20, {}, false, false, true}}), "");
}

}  // namespace
}  // namespace understudy::sim
