#include "tests/sim/checks/digest_audit.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace understudy::sim {
namespace {

// Two nodes with equal states, each at some lsn; of every lsn there is one history.
class DigestAuditTest : public testing::Test {
 protected:
  DigestAuditTest() {
    StandAt(0, Lsn());
    StandAt(1, Lsn());
    nodes_[0].store_id = 10;
    nodes_[1].store_id = 20;
    nodes_[0].serving = true;
    Look(0);
    Look(1);
  }

  void StandAt(size_t machine, Lsn lsn) {
    states_[machine].lsn = lsn;
    nodes_[machine].state = &states_[machine];
    nodes_[machine].end = lsn;
    nodes_[machine].chain = Hash128{lsn.value(), 1};
  }
  void Look(size_t machine) { audit_.Look(machine, nodes_); }
  void Go(size_t machine, Lsn lsn) {
    StandAt(machine, lsn);
    Look(machine);
  }
  void ExpectSaid(const std::string& what) {
    ASSERT_FALSE(said_.empty());
    EXPECT_TRUE(absl::StrContains(said_[0], what)) << said_[0];
  }

  std::array<engine::State, DigestAudit::kMachines> states_;
  DigestAudit::Nodes nodes_;
  std::vector<std::string> said_;
  DigestAudit audit_{[this](Check, std::string what) { said_.push_back(std::move(what)); }};
};

constexpr Lsn kSampled = Lsn(DigestAudit::kEntriesASample);

TEST_F(DigestAuditTest, ABackupThatComesLaterWithTheSameStateIsRight) {
  Go(0, kSampled);
  Go(0, kSampled.Next());
  Go(1, kSampled);
  EXPECT_TRUE(said_.empty()) << said_[0];
}

TEST_F(DigestAuditTest, ABackupWithAnotherStateAtTheSameLsnIsFound) {
  Go(0, kSampled);
  states_[1].feature_level = 7;
  Go(1, kSampled);
  ExpectSaid("machine 1 has another state at lsn 60");
}

TEST_F(DigestAuditTest, AnotherHistoryIsNotCompared) {
  Go(0, kSampled);
  StandAt(1, kSampled);
  nodes_[1].chain = Hash128{kSampled.value(), 2};
  states_[1].feature_level = 7;
  Look(1);
  EXPECT_TRUE(said_.empty()) << said_[0];
}

TEST_F(DigestAuditTest, TheStatesThemselvesAreComparedWhereBothStandTogether) {
  const Lsn lsn(DigestAudit::kEntriesAComparison);
  StandAt(0, lsn);
  states_[1].feature_level = 7;
  StandAt(1, lsn);
  Look(1);
  ExpectSaid("the nodes have different states at lsn 120");
}

TEST_F(DigestAuditTest, AStateThatWasTakenIsTheOneThatWasSent) {
  StandAt(0, Lsn(7));
  audit_.OnStateSent(nodes_[0]);
  nodes_[1].store_id = 21;
  Go(1, Lsn(7));
  EXPECT_TRUE(said_.empty()) << said_[0];
  states_[1].feature_level = 7;
  nodes_[1].store_id = 22;
  Look(1);
  ExpectSaid("another state at lsn 7");
}

TEST_F(DigestAuditTest, AStateThatNobodySentIsFound) {
  nodes_[1].store_id = 21;
  Go(1, Lsn(7));
  ExpectSaid("filled with a state of lsn 7 that nobody has sent");
}

TEST_F(DigestAuditTest, AtTheEndBothStandTogether) {
  Go(0, Lsn(9));
  Go(1, Lsn(8));
  audit_.AtEnd(nodes_);
  ExpectSaid("do not come to stand at one lsn: 9 and 8");
}

TEST_F(DigestAuditTest, AtTheEndTheStatesAreCompared) {
  Go(0, Lsn(9));
  states_[1].feature_level = 7;
  Go(1, Lsn(9));
  EXPECT_TRUE(said_.empty()) << said_[0];
  audit_.AtEnd(nodes_);
  ExpectSaid("different states at lsn 9");
}

TEST_F(DigestAuditTest, ARunInWhichNothingWasComparedIsNoProof) {
  Go(0, Lsn(DigestAudit::kEntriesAComparisonAtLeast));
  StandAt(1, Lsn(DigestAudit::kEntriesAComparisonAtLeast));
  audit_.AtEnd(nodes_);
  ExpectSaid("only 1 states were compared in 400 entries");
}

}  // namespace
}  // namespace understudy::sim
