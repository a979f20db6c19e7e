#include "daemon/undelivered/stream_requests.h"

#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/invite_client_transaction.h"

namespace understudy::daemon {
namespace {

using net::FlowEnd;
using testing::ElementsAre;
using testing::IsEmpty;

const Endpoint kGateway = Endpoint::V4(10, 0, 0, 1, 5060);

class StreamRequestsTest : public testing::Test {
 protected:
  engine::ClientTransaction& Add(sip::Method method = sip::Method::kInvite) {
    engine::Hop hop;
    hop.transport = Transport::kTcp;
    hop.remote = kGateway;
    engine::ClientTransaction& row = state_.transactions.AddClient(hop);
    row.method = method;
    return row;
  }

  void Sent(uint64_t flow, engine::TransactionId id) {
    requests_.Sent(flow, {id, Transport::kTcp, kGateway, sent_at_ = sent_at_ + Duration::Seconds(1)}, state_);
  }

  engine::TransactionId Sent(uint64_t flow) {
    const engine::TransactionId id = Add().id;
    Sent(flow, id);
    return id;
  }

  engine::ClientTransaction& Row(engine::TransactionId id) { return *state_.transactions.FindClient(id); }

  std::vector<engine::TransactionId> Take(uint64_t flow) {
    std::vector<engine::TransactionId> ids;
    for (const StreamRequest& request : requests_.Take(flow, state_)) ids.push_back(request.id);
    return ids;
  }

  engine::State state_;
  StreamRequests requests_;
  Duration sent_at_;
};

TEST_F(StreamRequestsTest, WhatNobodyAnsweredIsLostWithItsConnection) {
  const engine::TransactionId first = Sent(7), second = Sent(7), other = Sent(8);
  Sent(7, first);
  EXPECT_THAT(Take(7), ElementsAre(first, second));
  EXPECT_THAT(Take(7), IsEmpty()) << "a connection ends once";
  Sent(9, first);
  EXPECT_THAT(Take(9), ElementsAre(first));
  EXPECT_THAT(Take(8), ElementsAre(other));
}

TEST_F(StreamRequestsTest, WhatIsAnsweredHasEndedOrGoesElsewhereIsLeftAlone) {
  const engine::TransactionId rings = Sent(7), other_place = Sent(7), by_udp = Sent(7), named = Sent(7);
  Sent(7, engine::TransactionId(1000));  // its row has ended
  Row(rings).state = static_cast<uint8_t>(sip::InviteClientTransaction::State::kProceeding);
  Row(other_place).hop.remote = Endpoint::V4(10, 0, 0, 2, 5060);
  Row(by_udp).hop.transport = Transport::kUdp;
  Row(named).hop.flow = engine::FlowId(5);
  state_.flows[engine::FlowId(5)];
  EXPECT_THAT(Take(7), IsEmpty());
}

TEST_F(StreamRequestsTest, OfOneThatWasSentTwiceTheFirstTimeCounts) {
  const engine::TransactionId id = Sent(7);
  Sent(7, id);
  const std::vector<StreamRequest> lost = requests_.Take(7, state_);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].sent_at, Duration::Seconds(1));
}

// As in a call whose connection went before: the engine sends by address then.
TEST_F(StreamRequestsTest, OneThatNamesAConnectionThatIsGoneWentByItsAddress) {
  const engine::TransactionId id = Sent(7);
  Row(id).hop.flow = engine::FlowId(5);
  EXPECT_THAT(Take(7), ElementsAre(id));
}

TEST_F(StreamRequestsTest, OnlyThoseThatWaitTakeRoom) {
  const engine::TransactionId waits = Sent(20000);
  for (uint64_t flow = 1; flow <= 10000; ++flow) {
    engine::ClientTransaction& row = Add(sip::Method::kBye);
    Sent(flow, row.id);
    state_.transactions.RemoveClient(row.id);
  }
  EXPECT_LE(requests_.size(), 64u);
  EXPECT_THAT(Take(20000), ElementsAre(waits));
}

TEST(MayTryAgain, WhereSomebodyHadEnoughOfTheConnection) {
  const std::set<FlowEnd> those = {FlowEnd::kPeerClosed, FlowEnd::kPeerReset, FlowEnd::kIdle, FlowEnd::kOurs};
  for (int i = 0; i < net::kFlowEndCount; ++i) {
    const FlowEnd why = static_cast<FlowEnd>(i);
    EXPECT_EQ(MayTryAgain(why), those.count(why) == 1) << net::FlowEndName(why);
  }
}

}  // namespace
}  // namespace understudy::daemon
