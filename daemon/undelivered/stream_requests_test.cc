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
constexpr Duration kNow = Duration::Seconds(100);

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

  void Sent(uint64_t flow, engine::TransactionId id, bool again = false) {
    requests_.Sent(flow, {id, Transport::kTcp, kGateway, kNow, again}, state_);
  }

  engine::TransactionId Sent(uint64_t flow) {
    const engine::TransactionId id = Add().id;
    Sent(flow, id);
    return id;
  }

  engine::ClientTransaction& Row(engine::TransactionId id) { return *state_.transactions.FindClient(id); }

  StreamRequests::Lost Take(uint64_t flow, FlowEnd why) { return requests_.Take(flow, why, state_); }

  static std::vector<engine::TransactionId> Ids(const std::vector<StreamRequest>& requests) {
    std::vector<engine::TransactionId> ids;
    for (const StreamRequest& request : requests) ids.push_back(request.id);
    return ids;
  }

  engine::State state_;
  StreamRequests requests_;
};

TEST_F(StreamRequestsTest, WhatNobodyAnsweredIsSaidAgainOnce) {
  const engine::TransactionId first = Sent(7), second = Sent(7);
  Sent(8);
  StreamRequests::Lost lost = Take(7, FlowEnd::kPeerClosed);
  EXPECT_THAT(Ids(lost.again), ElementsAre(first, second));
  EXPECT_EQ(lost.again[0].sent_at, kNow);
  EXPECT_THAT(lost.failed, IsEmpty());
  EXPECT_THAT(Take(7, FlowEnd::kPeerClosed).again, IsEmpty()) << "a connection ends once";
  Sent(9, first, true);
  lost = Take(9, FlowEnd::kPeerReset);
  EXPECT_THAT(lost.again, IsEmpty());
  EXPECT_THAT(lost.failed, ElementsAre(first)) << "it would go on for ever";
}

TEST_F(StreamRequestsTest, WhatWasSentTwiceOverAConnectionIsOneRequest) {
  const engine::TransactionId id = Sent(7);
  Sent(7, id, true);
  EXPECT_THAT(Take(7, FlowEnd::kPeerClosed).failed, ElementsAre(id));
}

TEST_F(StreamRequestsTest, WhatIsAnsweredOverOrSentElsewhereIsLeftAlone) {
  const engine::TransactionId rings = Sent(7), other_place = Sent(7), by_udp = Sent(7), named = Sent(7);
  Sent(7, engine::TransactionId(1000));  // its row has ended
  Row(rings).state = static_cast<uint8_t>(sip::InviteClientTransaction::State::kProceeding);
  Row(other_place).hop.remote = Endpoint::V4(10, 0, 0, 2, 5060);
  Row(by_udp).hop.transport = Transport::kUdp;
  Row(named).hop.flow = engine::FlowId(5);
  state_.flows[engine::FlowId(5)];
  const StreamRequests::Lost lost = Take(7, FlowEnd::kPeerClosed);
  EXPECT_THAT(lost.again, IsEmpty());
  EXPECT_THAT(lost.failed, IsEmpty());
}

// As in a call whose connection went before: the engine sends by address then.
TEST_F(StreamRequestsTest, OneThatNamesAConnectionThatIsGoneWentByItsAddress) {
  const engine::TransactionId id = Sent(7);
  Row(id).hop.flow = engine::FlowId(5);
  EXPECT_THAT(Ids(Take(7, FlowEnd::kPeerClosed).again), ElementsAre(id));
}

TEST_F(StreamRequestsTest, WhereTheConnectionWasNoGoodTheyHaveFailed) {
  const std::set<FlowEnd> good = {FlowEnd::kPeerClosed, FlowEnd::kPeerReset, FlowEnd::kIdle, FlowEnd::kOurs};
  for (int i = 0; i < net::kFlowEndCount; ++i) {
    Sent(7);
    const FlowEnd why = static_cast<FlowEnd>(i);
    const StreamRequests::Lost lost = Take(7, why);
    EXPECT_EQ(lost.again.size(), good.count(why)) << net::FlowEndName(why);
    EXPECT_EQ(lost.failed.size(), 1 - good.count(why)) << net::FlowEndName(why);
  }
}

TEST_F(StreamRequestsTest, OnlyThoseThatWaitTakeRoom) {
  for (uint64_t flow = 1; flow <= 10000; ++flow) {
    engine::ClientTransaction& row = Add(sip::Method::kBye);
    Sent(flow, row.id);
    state_.transactions.RemoveClient(row.id);
  }
  EXPECT_LE(requests_.size(), 64u);
  const engine::TransactionId waits = Sent(10001);
  EXPECT_THAT(Ids(Take(10001, FlowEnd::kPeerClosed).again), ElementsAre(waits));
}

}  // namespace
}  // namespace understudy::daemon
