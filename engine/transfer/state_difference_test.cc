#include "engine/transfer/state_difference.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/bench/sipp_calls.h"
#include "engine/transfer/state_counts.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

std::string Saved(const State& state) {
  std::string bytes;
  SaveState(state, &bytes);
  return bytes;
}

ObjectPool PoolOf(const State& state) {
  ObjectPool pool;
  EXPECT_TRUE(pool.AddSaved(Saved(state)).ok());
  return pool;
}

struct Written {
  std::vector<std::string> chunks;
  uint64_t calls_sent = 0;
  uint64_t calls_skipped = 0;
  DifferenceTotals totals;

  std::string All() const {
    std::string all;
    for (const std::string& chunk : chunks) all += chunk;
    return all;
  }
};

Written Write(const State& state, const std::vector<Hash128>& known) {
  Written out;
  absl::StatusOr<DifferenceTotals> totals = WriteDifference(state, known, [&out](const DifferenceChunk& chunk) {
    EXPECT_LE(chunk.bytes.size(), kMaxDifferenceChunk);
    EXPECT_LE(chunk.calls_sent, kMostCallsInChunk);
    out.chunks.emplace_back(chunk.bytes);
    out.calls_sent += chunk.calls_sent;
    out.calls_skipped += chunk.calls_skipped;
    return absl::OkStatus();
  });
  EXPECT_TRUE(totals.ok()) << totals.status();
  if (totals.ok()) out.totals = *totals;
  return out;
}

// So many calls, all of them up.
SippCalls Recording(int calls) {
  SippCalls recording;
  for (int i = 0; i < calls; ++i) recording.SetUp();
  return recording;
}

TEST(StateDifference, WithoutABaseTheWholeStateTravels) {
  const SippCalls calls = Recording(500);
  const Written written = Write(calls.state(), {});
  EXPECT_EQ(written.calls_sent, 500u);
  EXPECT_EQ(written.calls_skipped, 0u);
  EXPECT_EQ(written.totals.digest, DigestState(calls.state()));
  EXPECT_GT(written.chunks.size(), 1u);
  DifferenceReader reader{ObjectPool()};
  for (const std::string& chunk : written.chunks) ASSERT_TRUE(reader.Add(chunk).ok());
  ASSERT_TRUE(reader.complete());
  EXPECT_EQ(reader.totals(), written.totals);
  const absl::StatusOr<std::string> bytes = reader.TakeState();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, Saved(calls.state()));
  State loaded;
  ASSERT_TRUE(LoadState(*bytes, &loaded).ok());
  EXPECT_EQ(loaded, calls.state());
  EXPECT_EQ(CountState(loaded), CountState(calls.state()));
}

TEST(StateDifference, OnlyMissingCallsTravel) {
  SippCalls calls = Recording(300);
  ObjectPool pool = PoolOf(calls.state());
  for (int i = 0; i < 20; ++i) calls.SetUp();
  for (int i = 0; i < 10; ++i) calls.Release();
  const absl::StatusOr<std::vector<Hash128>> known = DecodeDigests(EncodeDigests(pool.Digests()));
  ASSERT_TRUE(known.ok()) << known.status();
  const Written written = Write(calls.state(), *known);
  EXPECT_EQ(written.calls_sent, 20u);
  EXPECT_EQ(written.calls_skipped, 290u);
  EXPECT_LT(written.totals.bytes_sent, written.totals.state_bytes / 4);
  DifferenceReader reader(std::move(pool));
  ASSERT_TRUE(reader.Add(written.All()).ok());
  EXPECT_EQ(reader.totals(), written.totals);
  EXPECT_EQ(reader.TakeState().value(), Saved(calls.state()));
}

TEST(StateDifference, AnEqualStateTravelsAsDigests) {
  const SippCalls calls = Recording(100);
  ObjectPool pool = PoolOf(calls.state());
  const Written written = Write(calls.state(), pool.Digests());
  EXPECT_EQ(written.calls_sent, 0u);
  EXPECT_EQ(written.calls_skipped, 100u);
  DifferenceReader reader(std::move(pool));
  ASSERT_TRUE(reader.Add(written.All()).ok());
  EXPECT_EQ(reader.TakeState().value(), Saved(calls.state()));
}

TEST(StateDifference, AnInterruptedTransferGoesOnWhereItEnded) {
  SippCalls calls = Recording(400);
  const Written first = Write(calls.state(), {});
  DifferenceReader interrupted{ObjectPool()};
  const std::string all = first.All();
  ASSERT_TRUE(interrupted.Add(absl::string_view(all).substr(0, all.size() * 9 / 10)).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(interrupted.TakeState().status()));
  const uint64_t received = interrupted.totals().calls_sent;
  EXPECT_GT(received, 100u);
  ObjectPool pool = interrupted.TakePool();
  // The next mark is a later one.
  for (int i = 0; i < 5; ++i) calls.SetUp();
  const Written second = Write(calls.state(), pool.Digests());
  EXPECT_EQ(second.calls_sent, 405 - received);
  EXPECT_EQ(second.calls_skipped, received);
  DifferenceReader reader(std::move(pool));
  for (const std::string& chunk : second.chunks) ASSERT_TRUE(reader.Add(chunk).ok());
  EXPECT_EQ(reader.TakeState().value(), Saved(calls.state()));
}

TEST(StateDifference, PiecesOfAnySizeGiveTheSameState) {
  const SippCalls calls = Recording(20);
  const std::string all = Write(calls.state(), {}).All();
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}, all.size()}) {
    DifferenceReader reader{ObjectPool()};
    for (size_t at = 0; at < all.size(); at += piece) {
      ASSERT_FALSE(reader.complete());
      ASSERT_TRUE(reader.Add(absl::string_view(all).substr(at, piece)).ok());
    }
    EXPECT_EQ(reader.TakeState().value(), Saved(calls.state())) << piece;
  }
}

TEST(StateDifference, AnObjectLargerThanAChunkIsCutIntoChunks) {
  SippCalls calls = Recording(1);
  State state = calls.state();
  state.ingress_counts.assign(400000, 1);
  const Written written = Write(state, {});
  EXPECT_GE(written.chunks.size(), 2u);
  DifferenceReader reader{ObjectPool()};
  for (const std::string& chunk : written.chunks) ASSERT_TRUE(reader.Add(chunk).ok());
  EXPECT_EQ(reader.TakeState().value(), Saved(state));
}

TEST(StateDifference, TheFirstErrorOfTheSinkEndsTheWriting) {
  const SippCalls calls = Recording(800);
  int chunks = 0;
  const auto totals = WriteDifference(calls.state(), {}, [&chunks](const DifferenceChunk&) {
    return ++chunks == 2 ? absl::UnavailableError("gone") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(totals.status()));
  EXPECT_EQ(chunks, 2);
}

// What a reader says of `bytes`.
absl::Status Read(absl::string_view bytes, const DifferenceReader::Limits& limits = {}) {
  DifferenceReader reader(ObjectPool(), limits);
  if (absl::Status s = reader.Add(bytes); !s.ok()) {
    EXPECT_EQ(reader.Add("x"), s) << "final";
    EXPECT_EQ(reader.TakeState().status(), s);
    return s;
  }
  return reader.TakeState().status();
}

TEST(StateDifference, EveryLimitIsNamedInItsError) {
  const SippCalls calls = Recording(3);
  const std::string good = Write(calls.state(), {}).All();
  DifferenceReader::Limits limits;
  limits.max_object_bytes = 40;
  EXPECT_TRUE(absl::StrContains(Read(good, limits).message(), "bytes, at most 40 are allowed"));
  limits = {};
  limits.max_state_bytes = 100;
  EXPECT_TRUE(absl::IsResourceExhausted(Read(good, limits)));
  EXPECT_EQ(Read(std::string(1, 9)).message(), "state transfer: object 1: no record begins with 9");
  const std::string unknown = "\2" + std::string(16, 'x');
  EXPECT_TRUE(absl::StrContains(Read(unknown).message(), "object 1: refers to 7878"));
  EXPECT_TRUE(absl::StrContains(Read(good + "\1").message(), "bytes after the end"));
  EXPECT_TRUE(absl::StrContains(Read("\3" + std::string(32, '\1')).message(), "the end says"));
  std::string other_digest = good;
  other_digest.back() ^= 1;
  EXPECT_TRUE(absl::StrContains(Read(other_digest).message(), "the end says digest"));
}

TEST(StateDifference, DamageIsAlwaysNoticed) {
  const SippCalls calls = Recording(2);
  const std::string good = Write(calls.state(), {}).All();
  for (size_t size = 0; size < good.size(); ++size) ASSERT_FALSE(Read(good.substr(0, size)).ok()) << size;
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = good;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    ASSERT_FALSE(Read(damaged).ok()) << round;
  }
}

TEST(StateDifference, DigestsComeSortedOnceAndWhole) {
  const std::vector<Hash128> digests = PoolOf(Recording(10).state()).Digests();
  ASSERT_GT(digests.size(), 10u);
  const std::string good = EncodeDigests(digests);
  EXPECT_EQ(DecodeDigests(good).value(), digests);
  EXPECT_FALSE(DecodeDigests(good.substr(1)).ok());
  EXPECT_FALSE(DecodeDigests(good.substr(16) + good.substr(0, 16)).ok());
  EXPECT_FALSE(DecodeDigests(good.substr(0, 16) + good).ok());
  EXPECT_FALSE(DecodeDigests(std::string(16 * (kMaxKnownDigests + 1), '\0')).ok());
}

TEST(StateDifference, ACutOffSavedStateIsNotTaken) {
  const std::string saved = Saved(Recording(1).state());
  ObjectPool pool;
  EXPECT_TRUE(absl::IsInvalidArgument(pool.AddSaved(saved.substr(0, saved.size() - 1))));
  EXPECT_EQ(pool.objects(), 0u);
  EXPECT_EQ(pool.bytes(), 0u);
}

TEST(StateCountsTest, EveryTableIsCounted) {
  SippCalls calls = Recording(3);
  const StateCounts counts = CountState(calls.state());
  EXPECT_EQ(counts.calls, 3u);
  EXPECT_EQ(counts.transactions, calls.state().transactions.servers().size() +
                                     calls.state().transactions.clients().size() +
                                     calls.state().transactions.finished());
  StateCounts other = counts;
  other.dns += 1;
  EXPECT_FALSE(other == counts);
  EXPECT_EQ(ToText(StateCounts{1, 2, 3, 4, 5, 6, 7}),
            "1 calls, 2 bindings, 3 transactions, 4 timers, 5 flows, 6 DNs, 7 sessions");
}

}  // namespace
}  // namespace understudy::engine
