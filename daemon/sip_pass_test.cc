#include "daemon/sip_pass.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

class SipPassTest : public ::testing::Test {
 protected:
  SipPassTest() { Option("true"); }

  void Option(const std::string& value) {
    engine::ConfigurationChange change;
    change.options.emplace()["TServer"]["sip-pass-check"] = value;
    state_.configuration.Apply(change);
  }

  void AddTrunk(const std::string& number, const std::string& check, const std::string& force, bool out) {
    engine::Dn dn;
    dn.number = number;
    dn.type = engine::DnType::kTrunk;
    dn.options["TServer"] = {{"contact", "10.0.0.1"}, {"oos-check", check}, {"oos-force", force}};
    engine::ConfigurationChange change;
    change.upserts.push_back(std::move(dn));
    state_.configuration.Apply(change);
    state_.devices.Add(number).out = out;
  }

  bool Unavailable(int seconds) const { return pass_.Unavailable(state_, Duration::Seconds(seconds)); }

  engine::State state_;
  SipPass pass_;
};

TEST_F(SipPassTest, SilenceOfTheLongestIntervalAndPatienceIsIt) {
  AddTrunk("east", "10", "7", true);
  AddTrunk("west", "20", "0", true);  // 20 and 5
  pass_.Heard(Duration::Seconds(100));
  EXPECT_FALSE(Unavailable(124));
  EXPECT_TRUE(Unavailable(125));
}

TEST_F(SipPassTest, OneDeviceInServiceIsEnough) {
  AddTrunk("east", "10", "7", true);
  AddTrunk("west", "10", "7", false);
  EXPECT_FALSE(Unavailable(1000));
}

TEST_F(SipPassTest, AnySipMessageIsEnough) {
  AddTrunk("east", "10", "7", true);
  EXPECT_TRUE(Unavailable(1000));
  pass_.Heard(Duration::Seconds(1000));
  EXPECT_FALSE(Unavailable(1000));
}

TEST_F(SipPassTest, WithoutTheOptionOrAnyCheckNothingIsSaid) {
  AddTrunk("rests", "0", "0", false);
  EXPECT_FALSE(Unavailable(1000));
  AddTrunk("east", "10", "7", true);
  EXPECT_TRUE(Unavailable(1000));
  Option("false");
  EXPECT_FALSE(Unavailable(1000));
}

}  // namespace
}  // namespace understudy::daemon
