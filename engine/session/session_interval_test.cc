#include "engine/session/session_interval.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

constexpr SessionPolicy kPolicy = {1800, 120};

// An UPDATE with those lines, or the answer to it.
sip::Message Parsed(const std::string& start, const std::string& lines) {
  static std::string text;
  text =
      absl::StrCat(start,
                   "\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\n"
                   "Call-ID: c\r\nCSeq: 1 UPDATE\r\nMax-Forwards: 70\r\n",
                   lines, "Content-Length: 0\r\n\r\n");
  sip::Message message;
  sip::ParseError error;
  EXPECT_TRUE(sip::ParseMessage(text, &message, &error)) << error.text << text;
  return message;
}

AskedSession Asked(const std::string& lines) {
  return ReadAsked(Parsed("UPDATE sip:b@b SIP/2.0", lines));
}

TEST(SessionIntervalTest, ARequestSaysWhatItAsksFor) {
  const AskedSession none = Asked("");
  EXPECT_EQ(none, AskedSession());
  const AskedSession all = Asked("Supported: 100rel, timer\r\nx: 300;refresher=UAS\r\nMin-SE: 100;x=y\r\n");
  EXPECT_EQ(all, (AskedSession{300, 100, Refresher::kUs, true}));
  EXPECT_EQ(Asked("Session-Expires: many;refresher=uac\r\n"), (AskedSession{0, 0, Refresher::kParty, false}));
}

TEST(SessionIntervalTest, OnlyWhoSpeaksTimerIsRefused) {
  EXPECT_EQ(RefusedInterval({119, 0, Refresher::kNone, true}, kPolicy), 120u);
  EXPECT_EQ(RefusedInterval({120, 0, Refresher::kNone, true}, kPolicy), 0u);
  EXPECT_EQ(RefusedInterval({119, 0, Refresher::kNone, false}, kPolicy), 0u);
  EXPECT_EQ(RefusedInterval({0, 0, Refresher::kNone, true}, kPolicy), 0u);
  EXPECT_EQ(RefusedInterval({80, 0, Refresher::kNone, true}, {1800, 0}), kShortestSession);
}

TEST(SessionIntervalTest, TheIntervalIsNeverLongerThanAskedForNorShorterThanEitherTakes) {
  EXPECT_EQ(ChooseInterval({0, 0, Refresher::kNone, true}, kPolicy), 1800u);
  EXPECT_EQ(ChooseInterval({600, 0, Refresher::kNone, true}, kPolicy), 600u);
  EXPECT_EQ(ChooseInterval({3600, 0, Refresher::kNone, true}, kPolicy), 1800u);
  EXPECT_EQ(ChooseInterval({3600, 2400, Refresher::kNone, true}, kPolicy), 2400u);
  EXPECT_EQ(ChooseInterval({60, 0, Refresher::kNone, false}, kPolicy), 120u);
}

TEST(SessionIntervalTest, TheRefresherIsThatOfTheTable) {
  struct Row {
    AskedSession asked;
    Refresher present;
    Refresher chosen;
  };
  constexpr Refresher kNone = Refresher::kNone, kUs = Refresher::kUs, kParty = Refresher::kParty;
  const Row rows[] = {
      {{1, 1, kNone, false}, kNone, kUs},    {{1, 1, kNone, false}, kParty, kUs},  {{1, 1, kParty, false}, kUs, kUs},
      {{1, 1, kUs, false}, kParty, kUs},     {{1, 1, kNone, true}, kNone, kParty}, {{1, 1, kNone, true}, kUs, kUs},
      {{1, 1, kNone, true}, kParty, kParty}, {{1, 1, kParty, true}, kUs, kParty},  {{1, 1, kUs, true}, kParty, kUs},
      {{1, 1, kParty, true}, kNone, kParty}, {{1, 1, kUs, true}, kNone, kUs},
  };
  for (const Row& row : rows) EXPECT_EQ(ChooseRefresher(row.asked, row.present), row.chosen);
}

TEST(SessionIntervalTest, AnAnswerWithoutAnIntervalLeavesTheRefreshToUs) {
  uint32_t interval = 1800;
  EXPECT_EQ(ReadAgreed(Parsed("SIP/2.0 200 OK", ""), &interval), Refresher::kUs);
  EXPECT_EQ(interval, 1800u);
  EXPECT_EQ(ReadAgreed(Parsed("SIP/2.0 200 OK", "Session-Expires: 300;refresher=uas\r\n"), &interval),
            Refresher::kParty);
  EXPECT_EQ(interval, 300u);
  EXPECT_EQ(ReadAgreed(Parsed("SIP/2.0 200 OK", "Session-Expires: 5;refresher=uac\r\n"), &interval), Refresher::kUs);
  EXPECT_EQ(interval, kShortestSession);
}

TEST(SessionIntervalTest, WhoRefreshesDoesSoAtHalfAndWhoDoesNotEndsShortlyBefore) {
  EXPECT_EQ(AfterWhich(Refresher::kUs, 1800), Duration::Seconds(900));
  EXPECT_EQ(AfterWhich(Refresher::kParty, 1800), Duration::Seconds(1768));
  EXPECT_EQ(AfterWhich(Refresher::kParty, 90), Duration::Seconds(60));
}

}  // namespace
}  // namespace understudy::engine
