#include <sstream>
#include <string>

#include "base/siphash.h"
#include "base/time.h"
#include "engine/input.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/golden_testing.h"
#include "tools/journal_dump.h"
#include "tools/test_journal.h"

namespace understudy::tools {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr char kGateway[] = "10.0.0.9:5080";
constexpr char kGateway2[] = "10.0.0.8:5080";
constexpr char kPhone[] = "10.0.0.2:5060";
constexpr char kDesk[] = "10.0.0.3:5060";
constexpr char kHome[] = "10.0.0.4:5060";

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

TEST_F(LadderOf, ACallThatOverflowsHasAColumnForEachTrunk) {
  journal_.AddTrunk();
  journal_.AddSecondTrunk();
  journal_.InviteTrunk();
  journal_.Answer(kGateway, "503 Service Unavailable");
  journal_.Answer(kGateway2, "180 Ringing");
  journal_.Answer(kGateway2, "200 OK");
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("call 1: 1001 to gw, gw2, began"));
  EXPECT_THAT(text, HasSubstr("* gw sends its call elsewhere (503)"));
  EXPECT_THAT(text, Not(HasSubstr("received:")));
  ExpectGolden("ladder_overflow", text);
}

TEST_F(LadderOf, ATrunkThatStaysSilentHasItsInvitesInItsColumn) {
  journal_.AddTrunk();
  journal_.AddSecondTrunk();
  journal_.InviteTrunk();
  journal_.Wait(Duration::Seconds(33));
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("* gw sends its call elsewhere (408)"));
  ExpectGolden("ladder_silent_trunk", text);
}

TEST_F(LadderOf, ACallThatIsSentToTheNextServerHasAColumnForEach) {
  journal_.AddTrunkOfTwoServers();
  journal_.InviteTrunk();
  journal_.Answer(kGateway, "503 Service Unavailable");
  journal_.Answer(kGateway2, "200 OK");
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("call 1: 1001 to gw, began"));
  EXPECT_THAT(text, HasSubstr("* gw is called at its next address: UDP 10.0.0.8:5080"));
  ExpectGolden("ladder_next_server", text);
}

TEST_F(LadderOf, ARequestThatGoesByUdpAfterAllStaysInItsColumn) {
  journal_.LimitDatagrams();
  journal_.InviteOnly();
  journal_.FailToReach(kPhone);
  journal_.Answer(kPhone, "180 Ringing");
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("call 1: 1001 to 1002, began"));
  EXPECT_THAT(text, Not(HasSubstr("next address")));
}

TEST_F(LadderOf, ADnThatRingsAtSeveralContactsHasAColumnForEach) {
  journal_.RegisterAt(kDesk);
  journal_.RegisterAt(kHome);
  journal_.InviteRegistered();
  journal_.Answer(kHome, "180 Ringing");
  journal_.Answer(kDesk, "180 Ringing");
  journal_.Answer(kDesk, "200 OK");
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("call 1: 1001 to 1003, began"));
  EXPECT_THAT(text, Not(HasSubstr("received:")));
  ExpectGolden("ladder_contacts", text);
}

TEST_F(LadderOf, AForwardedCallSaysWhoForwardedIt) {
  journal_.AttachClient();
  journal_.Register();
  journal_.Forward();
  journal_.InviteOnly();
  journal_.Wait(Duration::Seconds(2));
  const std::string text = Draw();
  EXPECT_THAT(text, HasSubstr("call 1: 1001 to 1003, began"));
  const size_t said = text.find("* diverted by 1002 (unconditional) ");
  EXPECT_NE(said, std::string::npos) << text;
  EXPECT_EQ(text.find("* diverted by", said + 1), std::string::npos) << "an INVITE that is repeated says it once";
}

TEST_F(LadderOf, AReignThatFollowsWithoutAGapDoesNotReadLikeACrash) {
  journal_.RingOnly();
  journal_.Append(engine::EpochStart{HashKey{1, 2}, false});
  journal_.Append(engine::ServiceGap{Duration::Microseconds(400)});
  journal_.Answer(kPhone, "200 OK");
  const std::string planned = Draw();
  EXPECT_THAT(planned, HasSubstr("* a new reign begins: epoch 1"));
  EXPECT_THAT(planned, Not(HasSubstr("nobody served")));
}

// The reign's own entry has the engine's time of the last one before it.
TEST_F(LadderOf, AGapBetweenReignsIsShownWithItsLengthAtTheTimeOfTheReign) {
  journal_.RingOnly();
  journal_.Wait(Duration::Milliseconds(100));
  journal_.Append(engine::EpochStart{HashKey{1, 2}, false});
  journal_.Wait(Duration::Milliseconds(300));
  journal_.Append(engine::ServiceGap{Duration::Milliseconds(1500)});
  journal_.Answer(kPhone, "200 OK");
  EXPECT_THAT(Draw(), ContainsRegex(" 0\\.600 +[0-9]+ +\\|.* a new reign begins[^\n]*\n"
                                    " +0\\.600 +[0-9]+ +\\|.* nobody served for 1\\.500 s"));
}

// Its entry is of the call then.
TEST_F(LadderOf, AReignThatSaysARequestOfTheCallAgainIsShownLikewise) {
  journal_.LimitDatagrams();
  journal_.InviteOnly();
  journal_.Wait(Duration::Milliseconds(100));
  journal_.Append(engine::EpochStart{HashKey{1, 2}, false});
  journal_.Wait(Duration::Milliseconds(300));
  journal_.Append(engine::ServiceGap{Duration::Milliseconds(1500)});
  journal_.FailToReach(kPhone);
  EXPECT_THAT(Draw(), ContainsRegex(" 0\\.500 +[0-9]+ +\\|.* a new reign begins[^\n]*\n"
                                    " +0\\.500 +[0-9]+ +\\|.* INVITE [^\n]*\n"
                                    " +0\\.500 +[0-9]+ +\\|.* nobody served for 1\\.500 s"));
}

}  // namespace
}  // namespace understudy::tools
