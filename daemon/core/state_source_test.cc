// What both sources promise, and that they say the same.
#include "daemon/core/state_source.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/forked_state_source.h"
#include "daemon/core/inline_state_source.h"
#include "daemon/net/io_loop.h"
#include "engine/bench/sipp_calls.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

enum class Kind { kForked, kInline };

class StateSourceTest : public ::testing::TestWithParam<Kind> {
 protected:
  StateSourceTest() {
    if (GetParam() == Kind::kForked) {
      source_ = std::make_unique<ForkedStateSource>(&loop_);
    } else {
      source_ = std::make_unique<InlineStateSource>(&loop_, Duration::Milliseconds(1));
    }
    for (int i = 0; i < 50; ++i) calls_.SetUp();
  }
  ~StateSourceTest() override { reading_.reset(); }

  void Begin(absl::Span<const Hash128> known, std::function<void()> readable) {
    journal::SnapshotInfo info;
    info.lsn = calls_.state().lsn;
    auto reading = source_->Difference(known, info, calls_.state(), std::move(readable));
    ASSERT_TRUE(reading.ok()) << reading.status();
    reading_ = *std::move(reading);
  }
  // Whatever can be read now.
  void Drain() {
    while (reading_->running()) {
      absl::StatusOr<absl::optional<StateItem>> item = reading_->Read();
      ASSERT_TRUE(item.ok()) << item.status();
      if (!item->has_value()) return;
      items_.push_back(**std::move(item));
    }
  }
  void RunUntil(const std::function<bool()>& done) {
    const net::MonotonicTime deadline = loop_.Now() + Duration::Seconds(30);
    while (!done()) {
      ASSERT_LT(loop_.Now(), deadline) << "it did not happen";
      loop_.RunTurn(Duration::Milliseconds(20));
    }
  }
  std::string Bytes() const {
    std::string bytes;
    for (const StateItem& item : items_) {
      if (const auto* chunk = std::get_if<StateChunk>(&item)) bytes += chunk->bytes;
    }
    return bytes;
  }

  net::IoLoop loop_;
  engine::SippCalls calls_;
  std::unique_ptr<StateSource> source_;
  std::unique_ptr<StateReading> reading_;
  std::vector<StateItem> items_;
};

INSTANTIATE_TEST_SUITE_P(Both, StateSourceTest, ::testing::Values(Kind::kForked, Kind::kInline),
                         [](const auto& test) { return test.param == Kind::kForked ? "Forked" : "Inline"; });

TEST_P(StateSourceTest, GivesTheStateAsItWasWhenItBegan) {
  const engine::State then = calls_.state();
  Begin({}, [this] { Drain(); });
  for (int i = 0; i < 5; ++i) calls_.SetUp();
  RunUntil([this] { return !reading_->running(); });
  ASSERT_GT(items_.size(), 2u);
  const auto* trailer = std::get_if<StateTrailer>(&items_.back());
  ASSERT_NE(trailer, nullptr);
  EXPECT_EQ(trailer->info.lsn, then.lsn);
  EXPECT_EQ(trailer->info.digest, engine::DigestState(then));
  EXPECT_EQ(trailer->counts, engine::CountState(then));
  engine::DifferenceReader reader{engine::ObjectPool()};
  ASSERT_TRUE(reader.Add(Bytes()).ok());
  EXPECT_EQ(reader.totals(), trailer->totals);
  engine::State state;
  ASSERT_TRUE(engine::LoadState(reader.TakeState().value(), &state).ok());
  EXPECT_EQ(state, then);
}

TEST_P(StateSourceTest, LeavesOutWhatThePeerHas) {
  std::string saved;
  engine::SaveState(calls_.state(), &saved);
  engine::ObjectPool pool;
  ASSERT_TRUE(pool.AddSaved(saved).ok());
  for (int i = 0; i < 3; ++i) calls_.SetUp();
  Begin(pool.Digests(), [this] { Drain(); });
  RunUntil([this] { return !reading_->running(); });
  EXPECT_EQ(std::get<StateTrailer>(items_.back()).totals.calls_sent, 3u);
  EXPECT_EQ(std::get<StateTrailer>(items_.back()).totals.calls_skipped, 50u);
}

TEST_P(StateSourceTest, APausedReadingIsSilentAndGoesOnWhenResumed) {
  int called = 0;
  Begin({}, [this, &called] {
    ++called;
    Drain();
  });
  reading_->Pause();
  for (int i = 0; i < 5; ++i) loop_.RunTurn(Duration::Milliseconds(10));
  EXPECT_EQ(called, 0);
  reading_->Resume();
  RunUntil([this] { return !reading_->running(); });
  EXPECT_GT(called, 0);
  EXPECT_TRUE(std::holds_alternative<StateTrailer>(items_.back()));
}

TEST_P(StateSourceTest, WhatIsNotReadIsOfferedAgain) {
  int called = 0;
  Begin({}, [this, &called] {
    if (++called > 3) Drain();
  });
  RunUntil([this] { return !reading_->running(); });
  EXPECT_GT(called, 3);
}

TEST_P(StateSourceTest, AReadingMayEndWithinItsCallback) {
  int called = 0;
  Begin({}, [this, &called] {
    ++called;
    reading_.reset();
  });
  RunUntil([&called] { return called > 0; });
  for (int i = 0; i < 5; ++i) loop_.RunTurn(Duration::Milliseconds(5));
  EXPECT_EQ(called, 1);
}

TEST_P(StateSourceTest, ProvesTheStateAsItWasOnce) {
  const StateProof expected{calls_.state().lsn, engine::DigestState(calls_.state()),
                            engine::CountState(calls_.state())};
  std::vector<StateProof> proofs;
  std::unique_ptr<StateProofing> proofing;
  auto begun = source_->Proof(calls_.state(), [&](const absl::StatusOr<StateProof>& proof) {
    ASSERT_TRUE(proof.ok()) << proof.status();
    const StateProof copy = *proof;
    proofing.reset();
    proofs.push_back(copy);
  });
  ASSERT_TRUE(begun.ok()) << begun.status();
  proofing = *std::move(begun);
  EXPECT_TRUE(proofs.empty());  // in a later turn
  calls_.SetUp();
  RunUntil([&proofs] { return !proofs.empty(); });
  for (int i = 0; i < 5; ++i) loop_.RunTurn(Duration::Milliseconds(5));
  EXPECT_EQ(proofs, std::vector<StateProof>{expected});
}

TEST_P(StateSourceTest, AProofingThatIsGoneSaysNothing) {
  int called = 0;
  auto begun = source_->Proof(calls_.state(), [&called](const absl::StatusOr<StateProof>&) { ++called; });
  ASSERT_TRUE(begun.ok()) << begun.status();
  begun->reset();
  for (int i = 0; i < 10; ++i) loop_.RunTurn(Duration::Milliseconds(5));
  EXPECT_EQ(called, 0);
}

}  // namespace
}  // namespace understudy::daemon
