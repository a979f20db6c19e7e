// The promise of the pair, tried: calls go on while power fails at any write of either node or of both at once, and
// nothing that was released is missing or otherwise at whoever serves then. And the same with a backup whose disk lies
// about syncing, which must be noticed.
//
// UNDERSTUDY_POWER_LOSSES says how many losses (default 60), UNDERSTUDY_POWER_SEED which seed comes first.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemon/pair/pair_events.h"
#include "daemon/pair/pair_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using witness::Fate;

uint32_t FromEnvironment(const char* name, uint32_t otherwise) {
  const char* const text = std::getenv(name);
  uint32_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class PowerLossRun {
 public:
  explicit PowerLossRun(uint32_t seed)
      : random_(seed), pair_({.speed = 3, .seed = seed, .pair = {}}) {
    for (size_t i = 0; i < 2; ++i) {
      pair_.node(i).options().snapshot_interval = Duration::Seconds(2);
      pair_.node(i).options().retention.max_bytes = 200000;
    }
    pair_.reg().SetFate([this](const replication::RegisterRequest*) {
      switch (random_() % 16) {
        case 0: return Fate::kLoseRequest;
        case 1: return Fate::kLoseAnswer;
        case 2: return Fate::kLate;
        case 3: return Fate::kTwice;
        default: return Fate::kAnswer;
      }
    });
  }

  TestPair& pair() { return pair_; }
  int losses() const { return losses_; }
  int takeovers() const { return takeovers_; }
  int set_aside() const { return set_aside_; }
  int cuts() {
    int cuts = 0;
    for (size_t i = 0; i < 2; ++i) {
      const std::string text = pair_.node(i).LogText();
      for (size_t at = text.find(kTailCut.text); at != std::string::npos; at = text.find(kTailCut.text, at + 1)) ++cuts;
    }
    return cuts;
  }

  bool Begin() {
    if (absl::Status s = pair_.Start(); !s.ok()) return Violated(s.message());
    return Await("sync", [this] { return pair_.InSync(); });
  }

  // Power fails, of one node or of both. False once something was lost.
  bool Once() {
    if (random_() % 4 != 0 && !Await("sync", [this] { return pair_.InSync(); })) return false;
    const uint64_t epoch = pair_.reg().value->epoch.value();
    const uint32_t kind = random_() % 4;  // 0, 1: one of them; 2: both at once; 3: both, each in its time
    if (pair_.b().options().sync && random_() % 3 == 0) AskForTheState();
    TestNode& first = pair_.node(random_() % 2);
    Arm(&first);
    if (kind == 3) Arm(&pair_.other(first));
    for (int turns = 0; first.up() && pair_.other(first).up() && Sound(); ++turns) {
      if (turns > 20000) return Violated("power does not fail");
      TurnWithCalls();
    }
    if (kind == 2) pair_.a().disk().CutPower(), pair_.b().disk().CutPower();
    Traffic(static_cast<int>(random_() % 200));
    for (const size_t i : random_() % 2 == 0 ? Order{0, 1} : Order{1, 0}) {
      if (!Revive(&pair_.node(i))) return false;
      Traffic(static_cast<int>(random_() % 100));
    }
    if (!Await("service", [this] { return pair_.primary() != nullptr; })) return false;
    pair_.CheckCalls(pair_.primary()->core());
    takeovers_ += pair_.reg().value->epoch.value() > epoch ? 1 : 0;
    return Sound();
  }

  // Who serves has it all, and the other gets it.
  bool End() {
    if (!Await("sync", [this] { return pair_.InSync(); })) return false;
    pair_.set_hold_phones(true);
    const auto settled = [this] {
      TestNode* const primary = pair_.primary();
      return primary != nullptr && pair_.other(*primary).up() &&
             pair_.other(*primary).core().durable() == primary->core().end();
    };
    if (!Await("the same log", settled)) return false;
    pair_.CheckCalls(pair_.primary()->core());
    for (size_t i = 0; i < 2; ++i) pair_.ledger().Examine(pair_.node(i).name(), pair_.node(i).core());
    return Sound();
  }

 private:
  using Order = std::array<size_t, 2>;

  bool Sound() { return pair_.ledger().violation().empty(); }
  bool Violated(absl::string_view what) {
    pair_.ledger().Violated(absl::StrCat(what, ": ", pair_.ToText()));
    return false;
  }

  // So power also fails while a journal is filled anew.
  void AskForTheState() {
    for (size_t i = 0; i < 2; ++i) {
      if (pair_.node(i).up() && !pair_.node(i).serving()) pair_.node(i).driver().Resync().IgnoreError();
    }
    Traffic(static_cast<int>(random_() % 80));
  }

  // Often in the middle of the traffic, or of a promise and the start of the next reign; sometimes much later.
  void Arm(TestNode* node) {
    const uint32_t changes = random_() % 8 == 0 ? 600 : random_() % 2 == 0 ? 60 : 12;
    node->disk().CutPowerAfter(1 + random_() % changes);
  }

  void TurnWithCalls() {
    if (random_() % 3 == 0) pair_.phones().Call();
    if (random_() % 6 == 0) pair_.phones().HangUp();
    pair_.Turn();
  }

  void Traffic(int turns) {
    for (int i = 0; i < turns && Sound(); ++i) TurnWithCalls();
  }

  // A disk that never synced goes back to what it was when the process began: that is sound, and old.
  journal::PowerLossMode ModeFor(TestNode& node) {
    if (!node.options().sync) return journal::PowerLossMode::kDrop;
    return journal::kAllPowerLossModes[random_() % std::size(journal::kAllPowerLossModes)];
  }

  // Power comes back, and the process is started. Sometimes power fails again meanwhile, or a little later.
  bool Revive(TestNode* node) {
    while (!node->up()) {
      const bool by_power = node->disk().PowerIsCut();
      if (!by_power && !node->failure().ok()) {
        return Violated(absl::StrCat("node ", node->name(), " ended itself: ", node->failure().message()));
      }
      if (by_power) {
        ++losses_;
        node->LosePower(random_(), ModeFor(*node));
      }
      const bool again = random_() % 8 == 0;
      if (again) node->disk().CutPowerAfter(1 + random_() % 60);
      const bool filling = node->filling();
      const absl::Status started = node->Start();
      set_aside_ += node->set_aside() ? 1 : 0;
      if (node->set_aside() && !filling && !node->disk().PowerIsCut() && node->options().sync) {
        return Violated(absl::StrCat("node ", node->name(), ": ", node->set_aside()->why));
      }
      if (started.ok() || node->disk().PowerIsCut()) continue;
      return Violated(absl::StrCat("node ", node->name(), " does not start: ", started.message()));
    }
    return true;
  }

  bool Await(absl::string_view what, const std::function<bool()>& done) {
    const net::MonotonicTime until = net::MonotonicNow() + Duration::Seconds(60);
    while (Sound()) {
      if (done()) return true;
      if (net::MonotonicNow() > until) return Violated(absl::StrCat("no ", what, " in a minute"));
      pair_.Turn();
      for (size_t i = 0; i < 2; ++i) {
        if (!pair_.node(i).up() && !Revive(&pair_.node(i))) return false;
      }
    }
    return false;
  }

  std::mt19937 random_;
  TestPair pair_;
  int losses_ = 0;
  int takeovers_ = 0;
  int set_aside_ = 0;
};

// Until so many losses are survived, or something is lost.
bool Survive(PowerLossRun* run, int losses) {
  if (!run->Begin()) return false;
  while (run->losses() < losses) {
    if (!run->Once()) return false;
  }
  return run->End();
}

TEST(PairPowerLoss, NothingThatWasReleasedIsLost) {
  const auto wanted = static_cast<int>(FromEnvironment("UNDERSTUDY_POWER_LOSSES", 60));
  uint32_t seed = FromEnvironment("UNDERSTUDY_POWER_SEED", 1);
  int losses = 0;
  int cuts = 0;
  for (; losses < wanted; ++seed) {
    PowerLossRun run(seed);
    const bool survived = Survive(&run, std::min(wanted - losses, 30));
    losses += run.losses();
    cuts += run.cuts();
    std::cout << "seed " << seed << ": " << run.losses() << " losses of power, " << run.takeovers() << " new epochs, "
              << run.cuts() << " tails cut, "
              << run.pair().a().refilled() + run.pair().b().refilled() << " journals filled anew, "
              << run.set_aside() << " half filled and set aside, "
              << run.pair().ledger().messages() << " messages released, " << run.pair().ledger().repeated()
              << " of them again, " << run.pair().phones().established().size() << " calls\n";
    ASSERT_TRUE(survived) << "seed " << seed << ": " << run.pair().ledger().violation();
    EXPECT_GT(run.pair().ledger().messages(), 100u);
    EXPECT_GT(run.takeovers(), 0);
  }
  EXPECT_GT(cuts, 0) << "no old primary ever had a tail that does not count";
}

TEST(PairPowerLoss, ABackupWhoseDiskLiesAboutSyncingIsCaught) {
  PowerLossRun run(1000);
  run.pair().b().options().sync = false;
  EXPECT_FALSE(Survive(&run, 60)) << "nothing was lost although one of two disks never synced: the test above proves "
                                     "nothing";
  EXPECT_THAT(run.pair().ledger().violation(),
              testing::AnyOf(testing::HasSubstr("was released"), testing::HasSubstr("is gone")));
  std::cout << "found after " << run.losses() << " losses: " << run.pair().ledger().violation() << "\n";
}

}  // namespace
}  // namespace understudy::daemon
