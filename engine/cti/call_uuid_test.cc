#include "engine/cti/call_uuid.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

class CallUuidTest : public testing::Test {
 protected:
  std::string Written(Call& call) {
    std::string text;
    sip::MessageWriter writer(&text);
    WriteCallUuid(context_, call, &writer);
    return text;
  }

  State state_;
  Effects effects_;
  Context context_{state_, effects_, 0, effects_.scratch, {}, {}, {}, {}, {}};
};

TEST_F(CallUuidTest, ACallIsNamedOnceAndKeepsItsName) {
  state_.feature_level = 1;
  Call& call = state_.calls.Add();
  const std::string first = Written(call);
  EXPECT_EQ(call.facts.call_uuid.size(), 32u);
  EXPECT_EQ(first, "X-Understudy-CallUUID: " + call.facts.call_uuid + "\r\n");
  NameCall(context_, call);
  EXPECT_EQ(Written(call), first);
}

TEST_F(CallUuidTest, TwoCallsOfOneEntryHaveTwoNames) {
  state_.feature_level = 1;
  Call& call = state_.calls.Add();
  Call& other = state_.calls.Add();
  EXPECT_NE(Written(call), Written(other));
}

TEST_F(CallUuidTest, BelowLevelOneNothingIsWrittenAndNoIdentifierIsTaken) {
  Call& call = state_.calls.Add();
  EXPECT_EQ(Written(call), "");
  EXPECT_EQ(call.facts.call_uuid, "");
  EXPECT_EQ(context_.ordinal, 0u);
}

}  // namespace
}  // namespace understudy::engine
