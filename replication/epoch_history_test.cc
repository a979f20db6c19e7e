#include "replication/epoch_history.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

EpochHistory Make(const std::vector<EpochBegin>& epochs) {
  EpochHistory history;
  for (const EpochBegin& e : epochs) EXPECT_TRUE(history.Add(e.epoch, e.first_lsn).ok());
  return history;
}

// A log in which entry l has epoch log[l - 1]; 0: not known.
using Log = std::vector<uint64_t>;

EpochHistory HistoryOf(const Log& log) {
  EpochHistory history;
  uint64_t epoch = 0;
  for (size_t i = 0; i < log.size(); ++i) {
    if (log[i] == epoch) continue;
    epoch = log[i];
    EXPECT_TRUE(history.Add(Epoch(epoch), Lsn(i + 1)).ok());
  }
  return history;
}

// All logs of up to `length` entries, of epochs 0 (not known) to `epochs` in order, that begin with `log`.
void Extend(const Log& log, size_t length, uint64_t epochs, std::vector<Log>* out) {
  out->push_back(log);
  if (log.size() == length) return;
  for (uint64_t epoch = log.empty() ? 0 : log.back(); epoch <= epochs; ++epoch) {
    Log longer = log;
    longer.push_back(epoch);
    Extend(longer, length, epochs, out);
  }
}

absl::optional<CommonPoint> LastCommonByLooking(const Log& a, const Log& b) {
  for (size_t lsn = std::min(a.size(), b.size()); lsn > 0; --lsn) {
    if (a[lsn - 1] != 0 && a[lsn - 1] == b[lsn - 1]) return CommonPoint{Epoch(a[lsn - 1]), Lsn(lsn)};
  }
  return absl::nullopt;
}

TEST(EpochHistory, KnowsTheEpochOfEveryEntryAndTheEndOfEveryEpochOfAllSmallLogs) {
  std::vector<Log> logs;
  Extend({}, 6, 3, &logs);
  for (const Log& log : logs) {
    const EpochHistory history = HistoryOf(log);
    for (size_t lsn = 1; lsn <= log.size(); ++lsn) EXPECT_EQ(history.EpochOf(Lsn(lsn)).value(), log[lsn - 1]);
    for (uint64_t epoch = 1; epoch <= 4; ++epoch) {
      uint64_t end = 0;
      for (size_t lsn = 1; lsn <= log.size(); ++lsn) end = log[lsn - 1] == epoch ? lsn : end;
      EXPECT_EQ(history.EndOf(Epoch(epoch), Lsn(log.size())).value(), end) << history.ToText();
    }
    for (size_t cut = 0; cut <= log.size(); ++cut) {
      EpochHistory shorter = history;
      shorter.Truncate(Lsn(cut));
      EXPECT_EQ(shorter, HistoryOf(Log(log.begin(), log.begin() + static_cast<ptrdiff_t>(cut))));
    }
    const absl::StatusOr<EpochHistory> decoded = EpochHistory::Decode(history.Encode());
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, history);
  }
}

TEST(EpochHistory, TheLastCommonEntryIsFoundOfAllPairsOfSmallLogs) {
  std::vector<Log> logs;
  Extend({}, 5, 3, &logs);
  std::vector<EpochHistory> histories;
  for (const Log& log : logs) histories.push_back(HistoryOf(log));
  for (size_t a = 0; a < logs.size(); ++a) {
    for (size_t b = 0; b < logs.size(); ++b) {
      const auto common = LastCommon(histories[a], Lsn(logs[a].size()), histories[b], Lsn(logs[b].size()));
      ASSERT_EQ(common, LastCommonByLooking(logs[a], logs[b]))
          << histories[a].ToText() << " to " << logs[a].size() << "; " << histories[b].ToText() << " to "
          << logs[b].size();
    }
  }
}

TEST(EpochHistory, LogsOfOneLengthAreNotTakenForEqual) {
  const EpochHistory stale = Make({{Epoch(1), Lsn(1)}});
  const EpochHistory primary = Make({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(10)}});
  EXPECT_EQ(LastCommon(stale, Lsn(10), primary, Lsn(10)), (CommonPoint{Epoch(1), Lsn(9)}));
}

TEST(EpochHistory, AnEpochThatWasGrantedAndNeverServedIsNoObstacle) {
  const EpochHistory old = Make({{Epoch(1), Lsn(1)}});
  const EpochHistory now = Make({{Epoch(1), Lsn(1)}, {Epoch(4), Lsn(8)}});
  EXPECT_EQ(LastCommon(old, Lsn(20), now, Lsn(30)), (CommonPoint{Epoch(1), Lsn(7)}));
}

TEST(EpochHistory, AHistoryThatBeginsInsideAnEpochIsComparedFromThereOn) {
  const EpochHistory whole = Make({{Epoch(1), Lsn(1)}, {Epoch(3), Lsn(20)}});
  const EpochHistory filled = Make({{Epoch(3), Lsn(30)}});
  EXPECT_EQ(LastCommon(whole, Lsn(40), filled, Lsn(35)), (CommonPoint{Epoch(3), Lsn(35)}));
  EXPECT_EQ(LastCommon(whole, Lsn(29), filled, Lsn(35)), absl::nullopt);
}

TEST(EpochHistory, WhatIsOutOfOrderIsRefusedAndTheSameAgainIsNot) {
  EpochHistory history = Make({{Epoch(2), Lsn(5)}});
  EXPECT_TRUE(history.Add(Epoch(2), Lsn(5)).ok());
  EXPECT_EQ(history.epochs().size(), 1u);
  for (const EpochBegin& bad : {EpochBegin{Epoch(2), Lsn(6)}, EpochBegin{Epoch(1), Lsn(6)}, EpochBegin{Epoch(3), Lsn(5)},
                                EpochBegin{Epoch(3), Lsn(4)}, EpochBegin{Epoch(), Lsn(6)}, EpochBegin{Epoch(3), Lsn()}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(history.Add(bad.epoch, bad.first_lsn)));
  }
  EXPECT_EQ(history, Make({{Epoch(2), Lsn(5)}}));
}

TEST(EpochHistory, ForgetsItsOldestBeyondTheLimit) {
  EpochHistory history;
  for (uint64_t e = 1; e <= EpochHistory::kMaxEpochs + 3; ++e) ASSERT_TRUE(history.Add(Epoch(e), Lsn(2 * e)).ok());
  EXPECT_EQ(history.epochs().size(), EpochHistory::kMaxEpochs);
  EXPECT_EQ(history.EpochOf(Lsn(7)), Epoch());
  EXPECT_EQ(history.EpochOf(Lsn(8)), Epoch(4));
  EXPECT_EQ(EpochHistory::Decode(history.Encode()).value(), history);
}

TEST(EpochHistory, DamagedBytesAreRefusedWithAReason) {
  const std::string good = Make({{Epoch(1), Lsn(1)}, {Epoch(2), Lsn(9)}}).Encode();
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(EpochHistory::Decode(good.substr(0, size)).ok());
  EXPECT_FALSE(EpochHistory::Decode(good + "x").ok());
  std::string other_version = good;
  other_version[0] = 2;
  EXPECT_EQ(EpochHistory::Decode(other_version).status().message(), "epoch history: version 2 is not known");
  std::string huge = good;
  huge[4] = 1;
  EXPECT_EQ(EpochHistory::Decode(huge).status().message(),
            "epoch history: 16777218 epochs, at most 4096 are allowed");
  std::string twice = good.substr(0, 21) + good.substr(5, 16);
  EXPECT_EQ(EpochHistory::Decode(twice).status().message(), "epoch history: epoch 1 twice");
}

}  // namespace
}  // namespace understudy::replication
