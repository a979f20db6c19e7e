// Every rule of the protocol is there for a reason: with any of them broken, walks or the shortest known sequence of
// events lead to a loss. Rows as in docs/replication.md, "What the tests find".
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "replication/model_world_testing.h"

namespace understudy::replication {
namespace {

constexpr CommitMode kD = CommitMode::kDurable;
constexpr CommitMode kR = CommitMode::kReceived;

ModelOptions With(Mistake mistake, CommitMode mode) {
  ModelOptions options;
  options.mistake = mistake;
  options.pair = ModelTimes(mode);
  return options;
}

// ---- By random walks.

struct Search {
  Mistake mistake;
  CommitMode mode;
  uint64_t walks;  // within which it is found
};

class Walks : public testing::TestWithParam<Search> {};

TEST_P(Walks, FindTheMistake) {
  const Search& search = GetParam();
  Coverage coverage;
  for (uint64_t seed = 1; seed <= search.walks; ++seed) {
    World world(With(search.mistake, search.mode), seed, &coverage);
    world.Walk(Bounds());
    bool found = !world.broken().empty();
    if (!found && search.mistake == Mistake::kStuck) found = !world.Calm();
    if (!found) continue;
    RecordProperty("walks", static_cast<int>(seed));
    RecordProperty("broken", world.broken());
    return;
  }
  FAIL() << "not found in " << search.walks << " walks";
}

INSTANTIATE_TEST_SUITE_P(
    Planted, Walks,
    testing::Values(Search{Mistake::kAck, kD, 500}, Search{Mistake::kAck, kR, 500},            //
                    Search{Mistake::kRelease, kD, 500}, Search{Mistake::kRelease, kR, 500},    //
                    Search{Mistake::kPromise, kR, 30000}, Search{Mistake::kForget, kD, 30000},  //
                    Search{Mistake::kForget, kR, 30000}, Search{Mistake::kGate, kD, 5000},      //
                    Search{Mistake::kGate, kR, 5000}, Search{Mistake::kStart, kD, 500},        //
                    Search{Mistake::kStart, kR, 500}, Search{Mistake::kUnknown, kD, 30000},     //
                    Search{Mistake::kUnknown, kR, 30000}, Search{Mistake::kCut, kD, 5000},      //
                    Search{Mistake::kCut, kR, 5000}, Search{Mistake::kResume, kD, 5000},        //
                    Search{Mistake::kResume, kR, 5000}, Search{Mistake::kAnyone, kD, 500},     //
                    Search{Mistake::kAnyone, kR, 500}, Search{Mistake::kVersion, kD, 5000},     //
                    Search{Mistake::kVersion, kR, 5000}, Search{Mistake::kWindow, kD, 5000},    //
                    Search{Mistake::kWindow, kR, 5000}, Search{Mistake::kSession, kD, 30000},   //
                    Search{Mistake::kSession, kR, 30000}, Search{Mistake::kReadBack, kD, 30000}, //
                    Search{Mistake::kReadBack, kR, 30000}, Search{Mistake::kStoreId, kD, 500}, //
                    Search{Mistake::kStoreId, kR, 500}, Search{Mistake::kStuck, kD, 5000},      //
                    Search{Mistake::kStuck, kR, 5000}, Search{Mistake::kCutByEpoch, kD, 30000}, //
                    Search{Mistake::kCutByEpoch, kR, 30000}, Search{Mistake::kHears, kD, 500},     //
                    Search{Mistake::kHears, kR, 500}),
    [](const auto& i) {
      std::string name(MistakeName(i.param.mistake));
      for (char& c : name) c = c == '-' ? '_' : c;
      return name + "_" + std::string(ModeName(i.param.mode));
    });

// ---- By the sequence of events that leads to the loss.

class Script {
 public:
  Script(Mistake mistake, CommitMode mode, uint64_t seed) : world_(With(mistake, mode), seed, &coverage_) {
    world_.Do({Act::kStart, 0});
    world_.Do({Act::kStart, 1});
  }

  World* operator->() { return &world_; }
  const Pair& A() { return world_.node(0).pair(); }
  const Pair& B() { return world_.node(1).pair(); }

  // Of `node`, these, over and over, until `done`; false: that does not come.
  bool Until(const std::vector<Move>& moves, const std::function<bool()>& done) {
    for (int round = 0; round < 300; ++round) {
      for (const Move& move : moves) {
        if (done()) return true;
        world_.Do(move);
      }
    }
    return done();
  }

  // A is primary and B its backup; both have all.
  bool Whole() {
    for (int round = 0; round < 400 && !(world_.PairIsWhole() && world_.Primary() == 0); ++round) world_.Settle(1);
    world_.Settle(2);
    return world_.PairIsWhole() && world_.Primary() == 0;
  }

  // Of B: until it has appended to A's end, and A knows it.
  bool Replicate(bool a_syncs, bool b_syncs) {
    std::vector<Move> moves = {{Act::kStream, 0}, {Act::kReceive, 1}, {Act::kAck, 1}, {Act::kReceive, 0}};
    if (a_syncs) moves.push_back({Act::kSync, 0});
    if (b_syncs) moves.push_back({Act::kSync, 1});
    return Until(moves, [&] {
      const Ack& ack = A().peer_ack();
      const Lsn acked = b_syncs ? ack.durable : ack.received;
      return (B().accepts_append() && acked == world_.node(0).end()) || !world_.broken().empty();
    });
  }

  // B suspects A, asks, and serves the next epoch; A notices nothing.
  bool Depose() {
    world_.Do({Act::kWait, 1});
    return Until({{Act::kKeep, 1}, {Act::kReach, 1}, {Act::kAnswer, 1}, {Act::kTick, 1}},
                 [this] { return B().role() == Role::kPrimary; });
  }

  // B loses its disk and begins to follow A, without a word of the witness.
  bool FillBlankBackup() {
    world_.Do({Act::kDisk, 1});
    world_.Do({Act::kStart, 1});
    return Until({{Act::kTick, 1}, {Act::kDialEnds, 1}, {Act::kReceive, 0}, {Act::kReceive, 1}, {Act::kPrepare, 1},
                  {Act::kKeep, 1}, {Act::kSync, 0}},
                 [this] { return B().accepts_append(); });
  }

 private:
  Coverage coverage_;
  World world_;
};

bool ShrinkThenPowerLoss(Script* s) {
  if (!s->Whole()) return false;
  (*s)->Do({Act::kInput, 0});
  if (!s->Replicate(false, false)) return false;
  (*s)->Do({Act::kCrash, 1});
  const auto granted = [s] { return (*s)->witness()->in_sync.size() == 1; };
  if (!s->Until({{Act::kAnswer, 0}, {Act::kReceive, 0}, {Act::kTick, 0}, {Act::kReach, 0}}, granted)) return false;
  (*s)->Do({Act::kPower, 0});
  (*s)->Do({Act::kStart, 0});
  return true;
}

bool ReleaseWhileShrinkIsUnknown(Script* s) {
  if (!s->Whole()) return false;
  (*s)->Do({Act::kWait, 0});
  const auto granted = [s] { return (*s)->witness()->in_sync.size() == 1; };
  if (!s->Until({{Act::kAnswer, 0}, {Act::kTick, 0}, {Act::kReach, 0}}, granted)) return false;
  const auto heard = [s] { return s->A().standing() == Standing::kChanging; };
  if (!s->Until({{Act::kReceive, 1}, {Act::kReceive, 0}}, heard)) return false;
  (*s)->Do({Act::kInput, 0});
  if (!s->Replicate(false, true)) return false;
  (*s)->Do({Act::kPower, 0});
  (*s)->Do({Act::kStart, 0});
  return true;
}

bool AcquireThenPowerLoss(Script* s) {
  if (!s->Whole()) return false;
  (*s)->Do({Act::kInput, 0});
  if (!s->Replicate(true, false)) return false;
  (*s)->Do({Act::kWait, 1});
  const auto granted = [s] { return (*s)->witness()->epoch == Epoch(2); };
  if (!s->Until({{Act::kKeep, 1}, {Act::kAnswer, 1}, {Act::kTick, 1}, {Act::kReach, 1}}, granted)) return false;
  (*s)->Do({Act::kPower, 1});
  (*s)->Do({Act::kStart, 1});
  return true;
}

bool PowerLossOfAPrimaryThatReleasedByTheAck(Script* s) {
  if (!s->Whole()) return false;
  (*s)->Do({Act::kInput, 0});
  if (!s->Replicate(false, true)) return false;
  (*s)->Do({Act::kPower, 0});
  (*s)->Do({Act::kStart, 0});
  return true;
}

bool RefusalThenLateGrant(Script* s) {
  if (!s->Whole()) return false;
  (*s)->Do({Act::kLate, 0});
  (*s)->Do({Act::kWait, 1});
  const auto asked = [s] { return (*s)->has_late(); };
  if (!s->Until({{Act::kReach, 1}, {Act::kAnswer, 1}, {Act::kKeep, 1}, {Act::kHint, 1}, {Act::kTick, 1}}, asked)) {
    return false;
  }
  if (!s->Until({{Act::kAnswer, 1}, {Act::kKeep, 1}, {Act::kTick, 1}, {Act::kDialEnds, 1}, {Act::kReceive, 0},
                 {Act::kReceive, 1}, {Act::kPrepare, 1}},
                [s] { return s->B().accepts_append(); })) {
    return false;
  }
  (*s)->Do({Act::kInput, 0});
  if (!s->Replicate(true, false)) return false;
  (*s)->Do({Act::kLate, 1});
  (*s)->Do({Act::kPower, 1});
  (*s)->Do({Act::kStart, 1});
  return true;
}

bool DeposedPrimaryFillsABlankNode(Script* s) {
  if (!s->Whole() || !s->Depose()) return false;
  (*s)->Do({Act::kInput, 1});
  (*s)->Do({Act::kSync, 1});
  if (!s->FillBlankBackup()) return false;
  (*s)->Do({Act::kInput, 0});
  (*s)->Do({Act::kInput, 0});
  return s->Replicate(true, true);
}

bool GrowWhoseAnswerIsUnknownThenABlankNode(Script* s) {
  const auto grown = [s] { return (*s)->witness() && (*s)->witness()->in_sync.size() == 2; };
  std::vector<Move> moves;
  for (const Act act : {Act::kKeep, Act::kPrepare, Act::kDialEnds, Act::kReach, Act::kAnswer, Act::kStream,
                        Act::kReceive, Act::kReceive, Act::kReceive, Act::kSync, Act::kAck, Act::kTick}) {
    moves.push_back({act, 0});
    moves.push_back({act, 1});
  }
  if (!s->Until(moves, grown) || (*s)->witness()->primary.store_id != s->A().me().store_id) return false;
  const auto knows = [s] { return s->B().view() && s->B().view()->in_sync.size() == 2; };
  if (!s->Until({{Act::kTick, 1}, {Act::kReach, 1}, {Act::kAnswer, 1}}, knows) || !s->Depose()) return false;
  (*s)->Do({Act::kInput, 1});
  (*s)->Do({Act::kSync, 1});
  if (!s->FillBlankBackup()) return false;
  (*s)->Do({Act::kInput, 0});
  (*s)->Do({Act::kInput, 0});
  return s->Replicate(true, true);
}

struct Scripted {
  const char* name;
  Mistake mistake;
  CommitMode mode;
  bool (*script)(Script*);
};
void PrintTo(const Scripted& s, std::ostream* out) { *out << s.name; }

// The order in which a node reads its connections is the seed's; some orders let it notice in time.
constexpr uint64_t kSeeds = 60;

class Scripts : public testing::TestWithParam<Scripted> {};

TEST_P(Scripts, LoseSomethingWithTheMistakeAndNothingWithoutIt) {
  const Scripted& scripted = GetParam();
  int ran = 0;
  int broken = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Script with(scripted.mistake, scripted.mode, seed);
    if (scripted.script(&with)) ++ran;
    if (!with->broken().empty()) ++broken;
    Script without(Mistake::kNone, scripted.mode, seed);
    scripted.script(&without);
    EXPECT_EQ(without->broken(), "") << without->History();
  }
  EXPECT_GT(ran, 0);
  EXPECT_GT(broken, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Planted, Scripts,
    testing::Values(Scripted{"shrink", Mistake::kShrink, kR, ShrinkThenPowerLoss},
                    Scripted{"pending", Mistake::kPending, kR, ReleaseWhileShrinkIsUnknown},
                    Scripted{"acquire_sync", Mistake::kAcquireSync, kR, AcquireThenPowerLoss},
                    Scripted{"ack_only", Mistake::kAckOnly, kD, PowerLossOfAPrimaryThatReleasedByTheAck},
                    Scripted{"refuse", Mistake::kRefuse, kR, RefusalThenLateGrant},
                    Scripted{"ack_anybody_durable", Mistake::kAckAnybody, kD, DeposedPrimaryFillsABlankNode},
                    Scripted{"ack_anybody_received", Mistake::kAckAnybody, kR, DeposedPrimaryFillsABlankNode},
                    Scripted{"grow_ack_durable", Mistake::kGrowAck, kD, GrowWhoseAnswerIsUnknownThenABlankNode},
                    Scripted{"grow_ack_received", Mistake::kGrowAck, kR, GrowWhoseAnswerIsUnknownThenABlankNode}),
    [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace understudy::replication
