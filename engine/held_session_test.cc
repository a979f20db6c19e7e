#include "engine/held_session.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

constexpr absl::string_view kSession =
    "v=0\r\no=alice 1 7 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\na=sendrecv\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\na=ptime:20\r\nm=video 4002 RTP/AVP 31\r\n";

TEST(HeldSessionTest, EveryStreamIsInactiveAndKeepsItsPort) {
  EXPECT_EQ(HeldSession(kSession, 1),
            "v=0\r\no=alice 1 8 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
            "m=audio 4000 RTP/AVP 0\r\na=ptime:20\r\na=inactive\r\nm=video 4002 RTP/AVP 31\r\na=inactive\r\n");
}

TEST(HeldSessionTest, ALaterSessionIsTheSameUnderAnotherVersion) {
  EXPECT_EQ(LaterSession(kSession, 0), kSession);
  std::string later(kSession);
  later.replace(later.find(" 7 "), 3, " 9 ");
  EXPECT_EQ(LaterSession(kSession, 2), later);
}

TEST(HeldSessionTest, AVersionThatCannotGrowStays) {
  for (const absl::string_view version : {"18446744073709551615", "99999999999999999999999"}) {
    std::string session(kSession);
    session.replace(session.find(" 7 "), 3, " " + std::string(version) + " ");
    EXPECT_EQ(LaterSession(session, 3), session);
  }
}

TEST(HeldSessionTest, WhatIsNoSessionDescriptionStaysAsItIs) {
  for (const absl::string_view text : {"", "hello", "v=1\r\n", "v=0\r\nm=audio\r\n"}) EXPECT_EQ(HeldSession(text, 1), text);
}

}  // namespace
}  // namespace understudy::engine
