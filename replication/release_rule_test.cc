#include "replication/release_rule.h"

#include <cstdint>
#include <iterator>

#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

enum class Up : uint8_t { kNothing, kOwn, kAck, kBoth };

// docs/replication.md, "Release": the same rows.
struct Row {
  Standing standing;
  Up durable;
  Up received;
  Up warm;
};
constexpr Row kTable[] = {
    {Standing::kNotServing, Up::kNothing, Up::kNothing, Up::kNothing},
    {Standing::kUnsure, Up::kNothing, Up::kNothing, Up::kNothing},
    {Standing::kTwo, Up::kBoth, Up::kAck, Up::kOwn},
    {Standing::kAlone, Up::kOwn, Up::kOwn, Up::kOwn},
    {Standing::kGated, Up::kBoth, Up::kBoth, Up::kOwn},
    {Standing::kChanging, Up::kBoth, Up::kBoth, Up::kOwn},
    {Standing::kHandingOver, Up::kNothing, Up::kNothing, Up::kNothing},
    {Standing::kUnguarded, Up::kOwn, Up::kOwn, Up::kOwn},
};
static_assert(std::size(kTable) == kStandings);

uint64_t Expected(Up up, uint64_t own, uint64_t ack) {
  switch (up) {
    case Up::kNothing: return 0;
    case Up::kOwn: return own;
    case Up::kAck: return ack;
    case Up::kBoth: return own < ack ? own : ack;
  }
  return 0;
}

TEST(ReleaseRule, EveryCellOfTheTableHolds) {
  constexpr uint64_t kLsns[][2] = {{0, 0}, {0, 5}, {5, 0}, {3, 5}, {5, 3}, {4, 4}};
  for (const Row& row : kTable) {
    for (const auto& [own, ack] : kLsns) {
      for (const CommitMode mode : {CommitMode::kDurable, CommitMode::kReceived}) {
        const Up cold = mode == CommitMode::kDurable ? row.durable : row.received;
        EXPECT_EQ(ReleaseLimit({row.standing, mode, false, Lsn(own), Lsn(ack)}).value(), Expected(cold, own, ack));
        EXPECT_EQ(ReleaseLimit({row.standing, mode, true, Lsn(own), Lsn(ack)}).value(), Expected(row.warm, own, ack));
      }
    }
  }
}

TEST(ReleaseRule, WhatIsNotInTheTableReleasesNothing) {
  EXPECT_EQ(ReleaseLimit({static_cast<Standing>(kStandings), CommitMode::kDurable, false, Lsn(5), Lsn(5)}), Lsn());
}

}  // namespace
}  // namespace understudy::replication
