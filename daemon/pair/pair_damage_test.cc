// Any 4 KiB of what lies on a node's disk are zeroed, or one bit of it flips, while both nodes of a pair are down. The
// node that is hit then starts alone, as a member of the set that may become primary: with its whole history, or with
// none and never as primary. Its peer comes back, and both are a pair again.
//
// UNDERSTUDY_DAMAGES says how many blocks are tried on each node (default 24), UNDERSTUDY_DAMAGE_SEED which come.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemon/pair/pair_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

constexpr size_t kBlock = 4096;

uint32_t FromEnvironment(const char* name, uint32_t otherwise) {
  const char* const text = std::getenv(name);
  uint32_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

struct Damage {
  std::string file;
  size_t offset = 0;
  bool zero = false;
  std::string ToText() const { return absl::StrCat(zero ? "zeros" : "a bit flipped", " in ", file, " at ", offset); }
};

class PairLogDamageTest : public testing::Test {
 protected:
  PairLogDamageTest()
      : pair_(TestPairOptions{.speed = 3, .seed = 1, .pair = {}}),
        random_(FromEnvironment("UNDERSTUDY_DAMAGE_SEED", 1)) {
    for (size_t i = 0; i < 2; ++i) {
      pair_.node(i).options().snapshot_interval = Duration::Seconds(2);
      pair_.node(i).options().memtable_bytes = size_t{32} << 10;
    }
  }

  // A history of several log files and snapshots, in sync to the end; then both are down.
  void MakeHistory() {
    ASSERT_TRUE(pair_.Start().ok());
    ASSERT_TRUE(pair_.RunUntil([this] { return pair_.InSync(); })) << pair_.ToText();
    for (int round = 0; round < 3; ++round) {
      const Lsn before = pair_.primary()->core().end();
      for (int i = 0; i < 10; ++i) {
        pair_.phones().Call();
        pair_.Run(Duration::Milliseconds(10));
      }
      ASSERT_TRUE(pair_.RunUntil([&] {
        return pair_.a().core().newest_snapshot() > before && pair_.b().core().newest_snapshot() > before;
      })) << pair_.ToText();
    }
    for (int i = 0; i < 10; ++i) {
      pair_.phones().Call();
      pair_.Run(Duration::Milliseconds(10));
    }
    pair_.set_hold_phones(true);
    ASSERT_TRUE(pair_.RunUntil(
        [this] { return pair_.InSync() && pair_.a().core().durable() == pair_.b().core().durable(); }));
    pair_.a().Kill();
    pair_.b().Kill();
    for (size_t i = 0; i < 2; ++i) images_[i] = pair_.node(i).disk().disk().Save();
    register_ = *pair_.reg().value;
    ledger_ = pair_.ledger();
  }

  void BeginAgain() {
    for (size_t i = 0; i < 2; ++i) {
      if (pair_.node(i).up()) pair_.node(i).Kill();
      pair_.node(i).disk().disk().Restore(images_[i]);
    }
    pair_.reg().value = register_;
    pair_.ledger() = ledger_;
  }

  // Of every file alike, however large.
  Damage Choose(size_t node) {
    std::vector<std::string> files;
    for (const auto& [path, contents] : images_[node].files) {
      if (!contents.empty()) files.push_back(path);
    }
    Damage damage;
    damage.file = files[random_() % files.size()];
    damage.offset = random_() % images_[node].files[damage.file].size() / kBlock * kBlock;
    damage.zero = random_() % 2 == 0;
    return damage;
  }

  void Do(const Damage& damage, TestNode* node) {
    journal::SimulatedDisk& disk = node->disk().disk();
    const journal::SimulatedDisk::Handle file = disk.Find(damage.file);
    const std::string block = disk.Read(file, damage.offset, kBlock);
    if (damage.zero) {
      disk.Write(file, damage.offset, std::string(block.size(), '\0'));
      disk.SyncFile(file);
    } else {
      node->disk().FlipBit(damage.file, 8 * damage.offset + random_() % (8 * block.size()));
    }
  }

  // Whether the node that was hit became primary, alone.
  bool StartsAlone(TestNode* node) {
    if (absl::Status s = node->Start(); !s.ok()) {
      ADD_FAILURE() << "refused to start: " << s;
      return false;
    }
    if (!node->set_aside()) {
      EXPECT_TRUE(pair_.RunUntil([&] { return node->serving() || !node->up(); })) << pair_.ToText();
      return node->serving();
    }
    EXPECT_FALSE(node->set_aside()->why.empty());
    EXPECT_TRUE(node->core().end().empty());
    pair_.Run(Duration::Milliseconds(2500));
    EXPECT_FALSE(node->serving()) << "without the history that it had";
    return false;
  }

  TestPair pair_;
  std::mt19937 random_;
  journal::SimulatedDisk::Image images_[2];
  replication::Register register_;
  ReleaseLedger ledger_;
};

class PairDamageTest : public PairLogDamageTest, public testing::WithParamInterface<size_t> {};

TEST_P(PairDamageTest, ADamagedNodeServesWithItsWholeHistoryOrIsFilledByItsPeer) {
  MakeHistory();
  TestNode& hit = pair_.node(GetParam());
  TestNode& other = pair_.other(hit);
  int served = 0;
  int set_aside = 0;
  const uint32_t wanted = FromEnvironment("UNDERSTUDY_DAMAGES", 24);
  for (uint32_t i = 0; i < wanted && !HasFailure(); ++i) {
    BeginAgain();
    const Damage damage = Choose(GetParam());
    SCOPED_TRACE(damage.ToText());
    Do(damage, &hit);
    served += StartsAlone(&hit) ? 1 : 0;
    set_aside += hit.set_aside() ? 1 : 0;
    ASSERT_TRUE(other.Start().ok()) << other.failure();
    ASSERT_TRUE(pair_.RunUntil([this] { return pair_.InSync(); })) << pair_.ToText();
    for (size_t n = 0; n < 2; ++n) pair_.ledger().Examine(pair_.node(n).name(), pair_.node(n).core());
    pair_.CheckCalls(hit.core());
    EXPECT_EQ(pair_.ledger().violation(), "");
  }
  std::cout << wanted << " damages of node " << hit.name() << ": " << served << " times it served, " << set_aside
            << " times its journal was set aside\n";
  EXPECT_GT(served, 0);
  EXPECT_GT(set_aside, 0);
}

TEST_F(PairLogDamageTest, ALogThatIsDamagedBelowItsSnapshotFillsABlankBackupWithTheState) {
  MakeHistory();
  TestNode& hit = pair_.a();
  std::vector<std::string> logs;
  for (const auto& [path, contents] : images_[0].files) {
    if (absl::StrContains(path, ".sst") && contents.size() > 4 * kBlock) logs.push_back(path);
  }
  ASSERT_FALSE(logs.empty());
  Do({logs[0], kBlock, true}, &hit);
  ASSERT_TRUE(hit.Start().ok()) << hit.failure();
  ASSERT_TRUE(pair_.RunUntil([&] { return hit.serving(); })) << pair_.ToText();
  pair_.b().disk().disk().Restore({});
  ASSERT_TRUE(pair_.b().Start().ok()) << pair_.b().failure();
  EXPECT_TRUE(pair_.RunUntil([this] { return pair_.InSync(); })) << pair_.ToText();
  EXPECT_EQ(pair_.b().refilled(), 1);
  EXPECT_TRUE(absl::StrContains(hit.LogText(), "the log cannot be read"));
  pair_.CheckCalls(pair_.b().core());
  EXPECT_EQ(pair_.ledger().violation(), "");
}

INSTANTIATE_TEST_SUITE_P(Nodes, PairDamageTest, testing::Values(0, 1), [](const testing::TestParamInfo<size_t>& node) {
  return node.param == 0 ? "A" : "B";
});

}  // namespace
}  // namespace understudy::daemon
