#include "tests/sim/release_book.h"

#include <string>

#include "gtest/gtest.h"
#include "journal/memory_log_store.h"
#include "journal/test_batches.h"

namespace understudy::sim {
namespace {

constexpr Duration kNow = Duration::Seconds(9);

engine::SendSip Message(const std::string& text) {
  engine::SendSip send;
  send.remote = Endpoint::V4(10, 0, 0, 1, 5060);
  send.bytes = SharedBytes(text);
  return send;
}

// Both machines have four batches of one entry.
struct Booked {
  Booked() {
    for (int i = 0; i < 4; ++i) Both(log.Make(1));
  }
  void Both(const journal::EncodedBatch& batch) {
    book.Submitted(0, batch, kNow);
    book.Submitted(1, batch, kNow);
    last = batch;
  }

  journal::TestLog log;
  journal::EncodedBatch last;
  ReleaseBook book{Duration::Seconds(2), Duration::Milliseconds(300)};
};

TEST(ReleaseBookTest, TheSameBytesMayLeaveAgainInALaterEpoch) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(3), Message("180"), kNow);
  booked.book.Released(0, Epoch(1), Lsn(3), Message("183"), kNow);
  booked.book.Examine(1, "becomes primary");
  booked.book.Released(1, Epoch(2), Lsn(3), Message("180"), kNow);
  booked.book.Released(1, Epoch(2), Lsn(3), Message("183"), kNow);
  EXPECT_EQ(booked.book.violation(), "");
  EXPECT_EQ(booked.book.repeated(), 2u);
}

TEST(ReleaseBookTest, OtherBytesForTheSameEntryAreAViolation) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(3), Message("180"), kNow);
  booked.book.Released(1, Epoch(2), Lsn(3), Message("486"), kNow);
  EXPECT_NE(booked.book.violation().find("other bytes"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, TwoNodesInOneEpochAreAViolation) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(3), Message("180"), kNow);
  booked.book.Released(1, Epoch(1), Lsn(4), Message("200"), kNow);
  EXPECT_NE(booked.book.violation().find("two nodes release"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, APrimaryWithoutAReleasedEntryIsAViolation) {
  Booked booked;
  booked.book.Submitted(0, booked.log.Make(1), kNow);
  booked.book.Released(0, Epoch(1), Lsn(5), Message("200"), kNow);
  booked.book.Examine(0, "ends");
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Examine(1, "becomes primary");
  EXPECT_NE(booked.book.violation().find("lsn 5 was released"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, ADivergedTailIsNoViolationUnlessSomethingOfItWasReleased) {
  Booked booked;
  const journal::EncodedBatch before = booked.last;
  booked.book.Submitted(0, booked.log.Make(1), kNow);
  booked.log.ContinueAfter(before);
  booked.log.SetEpoch(Epoch(2));
  booked.Both(booked.log.Make(2));
  booked.book.Released(1, Epoch(2), Lsn(5), Message("200"), kNow);
  booked.book.Examine(0, "ends");
  EXPECT_EQ(booked.book.violation(), "");
}

TEST(ReleaseBookTest, AnEntryOfAnotherHistoryThanTheReleasedOneIsAViolation) {
  Booked booked;
  const journal::EncodedBatch before = booked.last;
  booked.book.Submitted(0, booked.log.Make(1), kNow);
  booked.book.Released(0, Epoch(1), Lsn(5), Message("200"), kNow);
  booked.log.ContinueAfter(before);
  booked.log.SetEpoch(Epoch(2));
  booked.book.Submitted(1, booked.log.Make(2), kNow);
  booked.book.Examine(1, "becomes primary");
  EXPECT_NE(booked.book.violation().find("another entry"), std::string::npos) << booked.book.violation();
}

// Machine 0 has entry 5 of epoch 1 alone; machine 1 serves epoch 2, with two batches of another history, and has
// released the second.
struct TwoHistories : Booked {
  TwoHistories() {
    const journal::EncodedBatch before = last;
    book.Submitted(0, log.Make(2), kNow);
    log.ContinueAfter(before);
    log.SetEpoch(Epoch(2));
    for (int i = 0; i < 3; ++i) book.Submitted(1, log.Make(1), kNow);
    book.Served(1, Epoch(2), Epoch(2));
    book.Released(1, Epoch(2), Lsn(7), Message("200"), kNow);
  }
};

TEST(ReleaseBookTest, WhoReleasesAfterAnotherServedMustReleaseNothingThatItLacks) {
  TwoHistories booked;
  booked.book.Released(0, Epoch(1), Lsn(4), Message("180"), kNow);
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Released(0, Epoch(1), Lsn(5), Message("183"), kNow);
  EXPECT_NE(booked.book.violation().find("machine 1, the primary of epoch 2, does not have it"), std::string::npos)
      << booked.book.violation();
}

TEST(ReleaseBookTest, BatchesThatOverlapAreOfTwoHistories) {
  Booked booked;
  const journal::EncodedBatch before = booked.last;
  booked.book.Submitted(0, booked.log.Make(2), kNow);
  booked.log.ContinueAfter(before);
  booked.log.SetEpoch(Epoch(2));
  for (int i = 0; i < 2; ++i) booked.book.Submitted(1, booked.log.Make(1), kNow);
  booked.book.Released(1, Epoch(2), Lsn(6), Message("200"), kNow);
  booked.book.Released(0, Epoch(1), Lsn(5), Message("183"), kNow);
  EXPECT_NE(booked.book.violation().find("of another history"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, AHistoryThatLacksAnOlderReleasedBatchIsFound) {
  Booked booked;
  const journal::EncodedBatch before = booked.last;
  booked.book.Submitted(0, booked.log.Make(1), kNow);
  booked.book.Released(0, Epoch(1), Lsn(5), Message("183"), kNow);
  booked.log.ContinueAfter(before);
  booked.log.SetEpoch(Epoch(2));
  for (int i = 0; i < 2; ++i) booked.book.Submitted(1, booked.log.Make(1), kNow);
  booked.book.Released(1, Epoch(2), Lsn(6), Message("200"), kNow);
  booked.book.Examine(1, "ends");
  EXPECT_NE(booked.book.violation().find("of two histories"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, AHistoryThatBeganWithAStateCountsByItsChain) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(2), Message("180"), kNow);
  auto store = journal::MemoryLogStore::Open(std::make_shared<journal::MemoryDisk>(), journal::OpenMode::kCreate).value();
  booked.book.Started(1, *store);
  EXPECT_FALSE(booked.book.HasAll(1));
  booked.book.Submitted(1, booked.last, kNow);
  EXPECT_TRUE(booked.book.HasAll(1));
  booked.book.Examine(1, "ends");
  EXPECT_EQ(booked.book.violation(), "");
}

TEST(ReleaseBookTest, NothingLeavesWhenALaterEpochIsServed) {
  Booked booked;
  booked.book.Served(0, Epoch(1), Epoch(1));
  booked.book.Left(0, Epoch(1), Endpoint::V4(10, 0, 0, 1, 5060), "481");
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Served(1, Epoch(2), Epoch(2));
  booked.book.Left(0, Epoch(1), Endpoint::V4(10, 0, 0, 1, 5060), "481");
  EXPECT_EQ(booked.book.check(), Check::kOneReleaser);
}

TEST(ReleaseBookTest, NobodyBeginsAReignThatIsOver) {
  Booked booked;
  booked.book.Served(0, Epoch(2), Epoch(2));
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Served(1, Epoch(3), Epoch(4));
  EXPECT_EQ(booked.book.check(), Check::kOneReleaser);
  EXPECT_NE(booked.book.violation().find("begins epoch 3, and epoch 4 has been granted"), std::string::npos)
      << booked.book.violation();
}

TEST(ReleaseBookTest, AnAnswerThatLeavesBeforeItIsReleasedIsAViolation) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(2), Message("180"), kNow);
  booked.book.Left(0, Epoch(1), Message("180").remote, "180");
  booked.book.Left(0, Epoch(1), Message("200").remote, "200");
  booked.book.Released(0, Epoch(1), Lsn(2), Message("180"), kNow);
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Released(0, Epoch(1), Lsn(3), Message("200"), kNow);
  EXPECT_NE(booked.book.violation().find("left machine 0 before"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, AKeptAnswerWhoseEffectWasTooOldMayLeaveFirst) {
  Booked booked;
  booked.book.Dropped();
  booked.book.Left(0, Epoch(1), Message("491").remote, "491");
  booked.book.Released(0, Epoch(1), Lsn(3), Message("491"), kNow);
  EXPECT_EQ(booked.book.violation(), "");
}

TEST(ReleaseBookTest, WhatIsTooOldMustNotLeave) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(2), Message("200"), kNow + Duration::Seconds(2));
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Released(0, Epoch(1), Lsn(3), Message("200"), kNow + Duration::Milliseconds(2001));
  EXPECT_NE(booked.book.violation().find("2001 ms"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, AnothersBatchMayBeOlderByTheWay) {
  Booked booked;
  booked.book.Released(1, Epoch(2), Lsn(2), Message("200"), kNow + Duration::Milliseconds(2300));
  EXPECT_EQ(booked.book.violation(), "");
  booked.book.Released(1, Epoch(2), Lsn(3), Message("200"), kNow + Duration::Milliseconds(2301));
  EXPECT_NE(booked.book.violation().find("2301 ms"), std::string::npos) << booked.book.violation();
}

TEST(ReleaseBookTest, AHistoryIsReadFromTheLogAtAStart) {
  Booked booked;
  booked.book.Released(0, Epoch(1), Lsn(4), Message("200"), kNow);
  auto disk = std::make_shared<journal::MemoryDisk>();
  auto store = journal::MemoryLogStore::Open(disk, journal::OpenMode::kCreate).value();
  journal::TestLog log;
  ASSERT_TRUE(store->Append(log.MakeMany(3, 1), journal::AppendMode::kSynced).ok());
  booked.book.Started(1, *store);
  EXPECT_EQ(booked.book.end(1), Lsn(3));
  booked.book.Examine(1, "becomes primary");
  EXPECT_NE(booked.book.violation(), "");
}

TEST(ReleaseBookTest, AfterAnAcceptedLossTheOtherHistoryCounts) {
  Booked booked;
  booked.book.Submitted(0, booked.log.Make(1), kNow);
  booked.book.Released(0, Epoch(1), Lsn(5), Message("200"), kNow);
  booked.book.AcceptLoss(1);
  booked.book.Examine(1, "becomes primary");
  EXPECT_EQ(booked.book.violation(), "");
  EXPECT_EQ(booked.book.last(), Lsn());
}

}  // namespace
}  // namespace understudy::sim
