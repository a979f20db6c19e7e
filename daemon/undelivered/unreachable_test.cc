#include "daemon/undelivered/unreachable.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/invite_client_transaction.h"
#include "sip/timer_values.h"

namespace understudy::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Endpoint kGone = Endpoint::V4(10, 0, 0, 1, 5060);
const Endpoint kThere = Endpoint::V4(10, 0, 0, 1, 5062);

class UnreachableTest : public testing::Test {
 protected:
  // A request over UDP that was repeated once and not answered.
  engine::ClientTransaction& Add(const Endpoint& remote, sip::Method method = sip::Method::kInvite) {
    engine::Hop hop;
    hop.remote = remote;
    engine::ClientTransaction& row = state_.transactions.AddClient(hop);
    row.method = method;
    row.interval = sip::kT1 * 2;
    return row;
  }

  engine::State state_;
  UnreachableRemotes unreachable_;
};

TEST_F(UnreachableTest, WhatWaitsForTheRemoteHasFailed) {
  const engine::TransactionId invite = Add(kGone).id;
  Add(kThere);
  const engine::TransactionId bye = Add(kGone, sip::Method::kBye).id;
  EXPECT_THAT(unreachable_.TakeFailed(state_), IsEmpty());
  unreachable_.Report(kGone);
  EXPECT_THAT(unreachable_.TakeFailed(state_), ElementsAre(invite, bye));
}

TEST_F(UnreachableTest, AReportCountsOnce) {
  Add(kGone);
  unreachable_.Report(kGone);
  EXPECT_THAT(unreachable_.TakeFailed(state_), SizeIs(1));
  EXPECT_THAT(unreachable_.TakeFailed(state_), IsEmpty());
}

// Nobody can end by forgery what somebody has answered, and a phone that is about to be back is asked once more.
TEST_F(UnreachableTest, AReportIsAHintOnly) {
  Add(kGone).state = static_cast<uint8_t>(sip::InviteClientTransaction::State::kProceeding);
  Add(kGone).interval = sip::kT1;
  Add(kGone).hop.transport = Transport::kTcp;
  unreachable_.Report(kGone);
  EXPECT_THAT(unreachable_.TakeFailed(state_), IsEmpty());
}

TEST_F(UnreachableTest, AFloodOfReportsIsBounded) {
  for (size_t i = 0; i <= UnreachableRemotes::kMostRemotes; ++i) {
    unreachable_.Report(Endpoint::V4(10, 0, 1, 1, static_cast<uint16_t>(1 + i)));
  }
  unreachable_.Report(kGone);
  Add(kGone);
  EXPECT_THAT(unreachable_.TakeFailed(state_), IsEmpty());
  for (size_t i = 0; i < 2 * UnreachableRemotes::kMostFailed; ++i) Add(kGone);
  unreachable_.Report(kGone);
  EXPECT_THAT(unreachable_.TakeFailed(state_), SizeIs(UnreachableRemotes::kMostFailed));
}

}  // namespace
}  // namespace understudy::daemon
