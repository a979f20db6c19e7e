#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch.h"
#include "journal/batch_builder.h"
#include "journal/batch_view.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

BatchHeader FullHeader() {
  BatchHeader h;
  h.cluster_id = 1;
  h.store_id = 2;
  h.start_number = 3;
  h.epoch = Epoch(4);
  h.engine_time = EngineTime::FromNanoseconds(5);
  h.wall_time = WallTime::FromNanoseconds(6);
  h.boot_id = Hash128{7, 8};
  h.boot_time_ns = 9;
  h.released_up_to = Lsn(10);
  h.feature_level = 11;
  h.digest_lsn = Lsn(12);
  h.digest = Hash128{13, 14};
  return h;
}

EntryRecord Record(uint64_t lsn, absl::string_view payload, absl::Span<const uint64_t> calls = {}) {
  EntryRecord r;
  r.lsn = Lsn(lsn);
  r.engine_time = EngineTime::FromNanoseconds(static_cast<int64_t>(100 * lsn));
  r.wall_time = WallTime::FromNanoseconds(static_cast<int64_t>(1000 * lsn));
  r.effects_hash = lsn << 32;
  r.kind = static_cast<uint16_t>(lsn);
  r.payload = payload;
  r.calls = calls;
  return r;
}

// Makes changed bytes pass the checksums and the chain, so that only the structure can refuse them.
std::string FixChecksums(std::string bytes) {
  BatchPrelude prelude = *BatchPrelude::Load(bytes);
  const std::string body = bytes.substr(BatchPrelude::kBytes);
  prelude.body_crc = Crc32c(body);
  prelude.chain = NextChain(prelude.previous_chain, body);
  prelude.Store(&bytes[0]);
  return bytes;
}

TEST(Batch, ReadsBackWhatWasAdded) {
  const uint64_t calls[] = {77, 78};
  BatchBuilder builder;
  builder.Add(Record(20, "first", calls));
  builder.Add(Record(21, ""));
  builder.Add(Record(22, "the third one"));
  const Hash128 previous{1, 2};
  const EncodedBatch batch = builder.Finish(FullHeader(), previous);
  EXPECT_EQ(batch.first_lsn(), Lsn(20));
  EXPECT_EQ(batch.last_lsn(), Lsn(22));

  BatchView view;
  ASSERT_TRUE(view.Parse(batch.bytes(), previous).ok());
  BatchHeader expected = FullHeader();
  expected.first_lsn = Lsn(20);
  expected.last_lsn = Lsn(22);
  EXPECT_EQ(view.header(), expected);
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view[0].payload, "first");
  EXPECT_THAT(view[0].calls, ElementsAre(77, 78));
  EXPECT_EQ(view[1].payload, "");
  EXPECT_TRUE(view[1].calls.empty());
  EXPECT_EQ(view[2].lsn, Lsn(22));
  EXPECT_EQ(view[2].payload, "the third one");
  EXPECT_EQ(view[2].engine_time.nanoseconds(), 2200);
  EXPECT_EQ(view[2].wall_time.nanoseconds(), 22000);
  EXPECT_EQ(view[2].effects_hash, uint64_t{22} << 32);
  EXPECT_EQ(view[2].kind, 22);
  EXPECT_THAT(view.calls(), ElementsAre(77, 78));
}

TEST(Batch, PayloadsAreAlignedWhereverTheBytesLie) {
  TestLog log;
  const EncodedBatch batch = log.Make(9);
  for (size_t shift = 0; shift < 8; ++shift) {
    std::string elsewhere(batch.bytes().size() + 8, '\0');
    std::memcpy(&elsewhere[shift], batch.bytes().data(), batch.bytes().size());
    BatchView view;
    ASSERT_TRUE(view.Parse({&elsewhere[shift], batch.bytes().size()}).ok());
    for (size_t i = 0; i < view.size(); ++i) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(view[i].payload.data()) % 8, 0u);
      EXPECT_EQ(view[i].payload, TestLog::Payload(view[i].lsn, Epoch(1)));
    }
  }
}

TEST(Batch, SizeIsKnownBeforeItIsBuilt) {
  BatchBuilder builder;
  builder.Add(Record(1, "abc"));
  builder.Add(Record(2, "defghijkl"));
  const size_t announced = builder.EncodedBytes();
  EXPECT_EQ(builder.Finish(FullHeader(), {}).bytes().size(), announced);
  EXPECT_TRUE(builder.empty());
}

TEST(Batch, BuilderStartsOverAndGivesTheSameBytesForTheSameEntries) {
  BatchBuilder builder;
  std::vector<std::string> built;
  for (int round = 0; round < 2; ++round) {
    builder.Add(Record(5, "same"));
    built.push_back(std::string(builder.Finish(FullHeader(), Hash128{3, 4}).bytes()));
  }
  EXPECT_EQ(built[0], built[1]);
}

TEST(Batch, EveryFlippedBitIsSeen) {
  TestLog log;
  const EncodedBatch batch = log.Make(3);
  BatchView view;
  for (size_t bit = 0; bit < 8 * batch.bytes().size(); ++bit) {
    std::string bytes(batch.bytes());
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(absl::IsDataLoss(view.Parse(bytes))) << "bit " << bit;
    ASSERT_EQ(view.size(), 0u);
  }
}

TEST(Batch, EveryTruncationIsSeen) {
  TestLog log;
  const EncodedBatch batch = log.Make(3);
  BatchView view;
  for (size_t size = 0; size < batch.bytes().size(); ++size) {
    ASSERT_TRUE(absl::IsDataLoss(view.Parse(batch.bytes().substr(0, size)))) << size;
  }
  ASSERT_TRUE(absl::IsDataLoss(view.Parse(absl::StrCat(batch.bytes(), std::string(8, '\0')))));
}

TEST(Batch, ABatchOfAnotherHistoryIsRefused) {
  TestLog one;
  TestLog other(8);
  const EncodedBatch first = one.Make(1);
  const EncodedBatch second = one.Make(1);
  BatchView view;
  EXPECT_TRUE(view.Parse(second.bytes(), first.chain()).ok());
  EXPECT_THAT(std::string(view.Parse(second.bytes(), other.Make(1).chain()).message()), HasSubstr("does not follow"));
}

TEST(Batch, UnknownVersionsAndFlagsAreRefused) {
  TestLog log;
  const EncodedBatch batch = log.Make(1);
  BatchPrelude prelude = batch.prelude();
  prelude.flags = BatchPrelude::kFlagEncrypted;
  std::string bytes(batch.bytes());
  prelude.Store(&bytes[0]);
  BatchView view;
  EXPECT_THAT(std::string(view.Parse(bytes).message()), HasSubstr("flags"));
}

// Someone who can fix the checksums can still not make the reader leave the batch or throw.
TEST(Batch, HostileBodiesAreReadInsideTheirBoundsOrRefused) {
  TestLog log;
  const EncodedBatch batch = log.Make(8);
  std::mt19937_64 random(1);
  int refused = 0;
  BatchView view;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(batch.bytes());
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const size_t at = BatchPrelude::kBytes + random() % std::min<size_t>(bytes.size() - BatchPrelude::kBytes, 600);
      bytes[at] = static_cast<char>(random());
    }
    bytes = FixChecksums(bytes);
    if (!view.Parse(bytes).ok()) {
      ++refused;
      continue;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < view.size(); ++i) {
      for (const char c : view[i].payload) sum += static_cast<unsigned char>(c);
      for (const uint64_t call : view[i].calls) sum += call;
    }
    EXPECT_NE(sum, 1u);
  }
  EXPECT_GT(refused, 2000);
}

TEST(Batch, FullLeavesRoomForOneMore) {
  BatchBuilder builder;
  const std::string big(60000, 'x');
  uint64_t lsn = 1;
  while (!builder.Full()) builder.Add(Record(lsn++, big));
  builder.Add(Record(lsn, std::string(65536, 'y')));
  BatchView view;
  EXPECT_TRUE(view.Parse(builder.Finish(FullHeader(), {}).bytes()).ok());
}

TEST(BatchDeathTest, AGapInTheLsnsIsOurOwnMistake) {
  BatchBuilder builder;
  builder.Add(Record(1, "a"));
  EXPECT_DEATH(builder.Add(Record(3, "b")), "check failed");
}

}  // namespace
}  // namespace understudy::journal
