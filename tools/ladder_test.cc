#include <sstream>
#include <string>

#include "base/siphash.h"
#include "base/time.h"
#include "engine/input.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/journal_dump.h"
#include "tools/test_journal.h"

namespace understudy::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPhone[] = "10.0.0.2:5060";

class LadderOf : public testing::Test {
 protected:
  LadderOf() : journal_(TempDirectory("ladder")) { journal_.Configure(); }

  std::string Draw() {
    journal_.Close();
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(JournalDump({journal_.directory(), "--call", "1", "--ladder"}, ToolIo{out, err, nullptr}), kDone)
        << err.str();
    return out.str();
  }

  TestJournal journal_;
};

TEST_F(LadderOf, AReignThatFollowsWithoutAGapDoesNotReadLikeACrash) {
  journal_.RingOnly();
  journal_.Append(engine::EpochStart{HashKey{1, 2}, false});
  journal_.Append(engine::ServiceGap{Duration::Microseconds(400)});
  journal_.Answer(kPhone, "200 OK");
  const std::string planned = Draw();
  EXPECT_THAT(planned, HasSubstr("* a new reign begins: epoch 1"));
  EXPECT_THAT(planned, Not(HasSubstr("nobody served")));
}

TEST_F(LadderOf, AGapBetweenReignsIsShownWithItsLength) {
  journal_.RingOnly();
  journal_.Append(engine::EpochStart{HashKey{1, 2}, false});
  journal_.Append(engine::ServiceGap{Duration::Milliseconds(1500)});
  journal_.Answer(kPhone, "200 OK");
  EXPECT_THAT(Draw(), HasSubstr("nobody served for 1.500 s"));
}

}  // namespace
}  // namespace understudy::tools
