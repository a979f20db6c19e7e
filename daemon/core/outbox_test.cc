#include "daemon/core/outbox.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/shared_bytes.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

class OutboxTest : public testing::Test, public EffectSink {
 protected:
  void Release(Lsn lsn, const engine::Effect& effect) override {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) {
      left_.push_back(std::string(send->bytes.view()));
    } else {
      left_.push_back("other");
    }
    if (hold_when_released_ && lsn == Lsn(1)) Hold(3, {"c"});
  }

  void Hold(uint64_t lsn, const std::vector<std::string>& texts) {
    engine::Effects effects;
    for (const std::string& text : texts) {
      engine::SendSip send;
      send.bytes = SharedBytes(text);
      effects.list.push_back(std::move(send));
    }
    outbox_.Hold(Lsn(lsn), now_, &effects);
    EXPECT_TRUE(effects.list.empty());
  }
  void Commit(uint64_t lsn) { outbox_.Commit(Lsn(lsn), now_); }

  Duration now_ = Duration::Seconds(100);
  Outbox outbox_{this, Duration::Seconds(2)};
  std::vector<std::string> left_;
  bool hold_when_released_ = false;
};

using Texts = std::vector<std::string>;

TEST_F(OutboxTest, NothingLeavesBeforeItsEntryIsCommitted) {
  Hold(1, {"a", "b"});
  Hold(2, {"c"});
  EXPECT_EQ(left_, Texts());
  Commit(1);
  EXPECT_EQ(left_, Texts({"a", "b"}));
  EXPECT_EQ(outbox_.released(), Lsn(1));
  EXPECT_EQ(outbox_.held(), 1u);
  Commit(2);
  EXPECT_EQ(left_, Texts({"a", "b", "c"}));
}

TEST_F(OutboxTest, WhatIsCommittedTwiceLeavesOnce) {
  Hold(1, {"a"});
  Commit(1);
  Commit(1);
  EXPECT_EQ(left_, Texts({"a"}));
  EXPECT_EQ(outbox_.released_count(), 1u);
}

TEST_F(OutboxTest, AnEntryWithoutEffectsIsReleasedToo) {
  Hold(1, {});
  Commit(1);
  EXPECT_EQ(outbox_.released(), Lsn(1));
}

TEST_F(OutboxTest, AMessageOlderThanTheReleaseAgeIsNotSent) {
  Hold(1, {"old"});
  now_ = now_ + Duration::Seconds(2) + Duration::Nanoseconds(1);
  Hold(2, {"new"});
  Commit(2);
  EXPECT_EQ(left_, Texts({"new"}));
  EXPECT_EQ(outbox_.too_old(), 1u);
  EXPECT_EQ(outbox_.released(), Lsn(2));
}

TEST_F(OutboxTest, OverAConnectionAMessageLeavesAsLongAsItsTransactionLives) {
  for (const Duration age : {Duration::Seconds(32), Duration::Seconds(33)}) {
    engine::SendSip send;
    send.transport = Transport::kTcp;
    send.bytes = SharedBytes("tcp");
    engine::Effects effects;
    effects.list.push_back(send);
    outbox_.Hold(outbox_.released().Next(), now_, &effects);
    now_ = now_ + age;
    outbox_.Commit(outbox_.released().Next(), now_);
  }
  EXPECT_EQ(left_, Texts({"tcp"}));
  EXPECT_EQ(outbox_.too_old(), 1u);
}

TEST_F(OutboxTest, WhatIsNotSentHasNoAge) {
  engine::Effects effects;
  effects.list.push_back(engine::CallProgress{});
  outbox_.Hold(Lsn(1), now_, &effects);
  now_ = now_ + Duration::Seconds(60);
  Commit(1);
  EXPECT_EQ(left_, Texts({"other"}));
}

TEST_F(OutboxTest, WhatASinkAppendsInAnswerWaitsForItsOwnCommit) {
  hold_when_released_ = true;
  Hold(1, {"a"});
  Hold(2, {"b"});
  Commit(2);
  EXPECT_EQ(left_, Texts({"a", "b"}));
  EXPECT_EQ(outbox_.held(), 1u);
  Commit(3);
  EXPECT_EQ(left_, Texts({"a", "b", "c"}));
}

TEST_F(OutboxTest, AnEntryThatWasReleasedIsNeverHeldAgain) {
  Hold(1, {"a"});
  Commit(1);
  EXPECT_DEATH(Hold(1, {"a"}), "");
}

}  // namespace
}  // namespace understudy::daemon
