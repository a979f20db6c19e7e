// What the book allows for. Each a claim.
#include "tests/sim/agents/call_book.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {
namespace {

constexpr Duration At(int64_t milliseconds) { return Duration::Milliseconds(milliseconds); }

TEST(CallBook, WhatIsAskedWhileAConnectionIsBeingTriedMayFailWithItAndNothingThatIsAskedLater) {
  EventQueue events;
  CallBook book([](absl::string_view) {}, Tolerance(), &events);
  const uint32_t stream = book.AddAgent("stream", true);
  const uint32_t datagrams = book.AddAgent("datagrams", false);
  for (const uint32_t agent : {stream, datagrams}) book.NoteOff(agent, At(1000), At(2000));
  events.RunUntil(At(10000));
  for (const uint32_t agent : {stream, datagrams}) EXPECT_TRUE(book.MayBeUnreachable(agent, At(1999)));
  EXPECT_TRUE(book.MayBeUnreachable(stream, At(2900)));
  EXPECT_FALSE(book.MayBeUnreachable(datagrams, At(2001)));
  EXPECT_FALSE(book.MayBeUnreachable(stream, At(3300)));
}

}  // namespace
}  // namespace understudy::sim
