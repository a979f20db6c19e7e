#include "tests/bench/cti/event_book.h"

#include "gtest/gtest.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::bench {
namespace {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

Message Event(MessageType type, int64_t sequence, const char* dn = "1001", int64_t conn_id = 7) {
  Message event(type);
  event.Set(Attribute::kThisDN, dn).Set(Attribute::kConnID, conn_id).Set(Attribute::kEventSequenceNumber, sequence);
  return event;
}

Message Dialing(int64_t sequence, int64_t conn_id, const char* mark) {
  tlib::KeyValueList data;
  data.Append(kCallKey, mark);
  return Event(MessageType::kEventDialing, sequence, "1001", conn_id).Set(Attribute::kUserData, data);
}

class EventBookTest : public testing::Test {
 protected:
  EventBookTest() {
    book_.Registered(0, "1001", 1);
    book_.Registered(1, "1001", 2);
  }

  EventBook book_;
};

TEST_F(EventBookTest, WhatAllHaveHeardInOrderIsNoFault) {
  for (size_t client : {0, 1}) {
    book_.Heard(client, Event(MessageType::kEventDialing, 5));
    book_.Heard(client, Event(MessageType::kEventEstablished, 6));
    book_.Heard(client, Event(MessageType::kEventReleased, 9));
  }
  EXPECT_EQ(book_.Check().all(), 0);
  EXPECT_EQ(book_.events(), 6);
}

TEST_F(EventBookTest, WhatOneHasNotHeardIsLost) {
  book_.Heard(0, Event(MessageType::kEventDialing, 5));
  book_.Heard(0, Event(MessageType::kEventEstablished, 6));
  book_.Heard(1, Event(MessageType::kEventEstablished, 6));
  EXPECT_EQ(book_.Check().lost, 1);
  EXPECT_EQ(book_.Check().first, "event 5 of 1001 did not come to client 1");
}

TEST_F(EventBookTest, NobodyMissesWhatWasBeforeItsRegistration) {
  book_.Heard(0, Event(MessageType::kEventDialing, 2));
  EXPECT_EQ(book_.Check().all(), 0);
}

TEST_F(EventBookTest, TheSameAgainIsTwice) {
  book_.Heard(0, Event(MessageType::kEventEstablished, 5));
  book_.Heard(0, Event(MessageType::kEventHeld, 6));
  book_.Heard(0, Event(MessageType::kEventEstablished, 5));
  EXPECT_EQ(book_.Check().twice, 1);
  EXPECT_EQ(book_.Check().disordered, 0);
}

TEST_F(EventBookTest, ALowerNumberAfterAHigherIsDisorder) {
  book_.Heard(0, Event(MessageType::kEventHeld, 6));
  book_.Heard(0, Event(MessageType::kEventEstablished, 5));
  EXPECT_EQ(book_.Check().disordered, 1);
  EXPECT_EQ(book_.Check().twice, 0);
}

TEST_F(EventBookTest, OfADnForWhichNobodyIsRegisteredNothingMayCome) {
  book_.Heard(0, Event(MessageType::kEventRinging, 5, "1002"));
  EXPECT_EQ(book_.Check().disordered, 1);
}

TEST_F(EventBookTest, AnotherEndOfTheSamePartyIsDoubled) {
  book_.Heard(0, Event(MessageType::kEventReleased, 5));
  book_.Heard(1, Event(MessageType::kEventReleased, 5));
  EXPECT_EQ(book_.Check().doubled, 0);
  book_.Heard(0, Event(MessageType::kEventReleased, 6));
  EXPECT_EQ(book_.Check().doubled, 1);
}

TEST_F(EventBookTest, TwoCallsOfOneRequestAreDoubled) {
  book_.Heard(0, Dialing(5, 7, "a"));
  book_.Heard(0, Dialing(6, 8, "b"));
  EXPECT_EQ(book_.Check().doubled, 0);
  book_.Heard(0, Dialing(7, 9, "a"));
  EXPECT_EQ(book_.Check().doubled, 1);
}

}  // namespace
}  // namespace understudy::bench
