#include "daemon/undelivered/stream_requests.h"

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

  engine::TransactionId Sent(uint64_t flow) {
    const engine::TransactionId id = Add().id;
    requests_.Sent(flow, id, state_);
    return id;
  }

  StreamRequests::Lost Take(uint64_t flow, FlowEnd why) { return requests_.Take(flow, kGateway, why, state_); }

  engine::State state_;
  StreamRequests requests_;
};

TEST_F(StreamRequestsTest, WhatNobodyAnsweredIsSaidAgainOnce) {
  const engine::TransactionId first = Sent(7), second = Sent(7);
  Sent(8);
  StreamRequests::Lost lost = Take(7, FlowEnd::kPeerClosed);
  EXPECT_THAT(lost.again, ElementsAre(first, second));
  EXPECT_THAT(lost.failed, IsEmpty());
  EXPECT_THAT(Take(7, FlowEnd::kPeerClosed).again, IsEmpty()) << "a connection ends once";
  requests_.Sent(9, first, state_);
  requests_.Sent(9, first, state_);
  lost = Take(9, FlowEnd::kPeerReset);
  EXPECT_THAT(lost.again, IsEmpty());
  EXPECT_THAT(lost.failed, ElementsAre(first)) << "it would go on for ever";
}

TEST_F(StreamRequestsTest, WhatIsAnsweredOrOverIsLeftAlone) {
  const engine::TransactionId rings = Sent(7), other_place = Sent(7), by_udp = Sent(7), named = Sent(7);
  requests_.Sent(7, engine::TransactionId(1000), state_);  // its row has ended
  const auto row = [this](engine::TransactionId id) -> engine::ClientTransaction& {
    return *state_.transactions.FindClient(id);
  };
  row(rings).state = static_cast<uint8_t>(sip::InviteClientTransaction::State::kProceeding);
  row(other_place).hop.remote = Endpoint::V4(10, 0, 0, 2, 5060);
  row(by_udp).hop.transport = Transport::kUdp;
  row(named).hop.flow = engine::FlowId(5);
  const StreamRequests::Lost lost = Take(7, FlowEnd::kPeerClosed);
  EXPECT_THAT(lost.again, IsEmpty());
  EXPECT_THAT(lost.failed, IsEmpty());
}

TEST_F(StreamRequestsTest, WhereNobodyReadsTheyHaveFailed) {
  for (const FlowEnd why : {FlowEnd::kStalled, FlowEnd::kUnframeable, FlowEnd::kShutOut, FlowEnd::kTlsFailed}) {
    const engine::TransactionId id = Sent(7);
    const StreamRequests::Lost lost = Take(7, why);
    EXPECT_THAT(lost.again, IsEmpty());
    EXPECT_THAT(lost.failed, ElementsAre(id));
  }
}

TEST_F(StreamRequestsTest, OnlyThoseThatWaitTakeRoom) {
  for (uint64_t flow = 1; flow <= 10000; ++flow) {
    engine::ClientTransaction& row = Add(sip::Method::kBye);
    requests_.Sent(flow, row.id, state_);
    state_.transactions.RemoveClient(row.id);
  }
  EXPECT_LE(requests_.size(), 64u);
  const engine::TransactionId waits = Sent(10001);
  EXPECT_THAT(Take(10001, FlowEnd::kPeerClosed).again, ElementsAre(waits));
}

}  // namespace
}  // namespace understudy::daemon
