// Every state of a call is whole, and every damage to one is named.
#include "tests/sim/checks/state_audit.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "engine/snapshot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/checks/test_office.h"

namespace understudy::sim {
namespace {

using engine::ObjectKind;
using engine::State;
using engine::TimerHandle;
using engine::TimerKind;
using ::testing::HasSubstr;

TEST(StateAuditTest, EveryStateOfACallIsWhole) {
  TestOffice office;
  const struct {
    absl::string_view name;
    void (TestOffice::*step)();
  } steps[] = {
      {"registered", &TestOffice::Register},
      {"invited", &TestOffice::Invite},
      {"rings, and waits for a PRACK", &TestOffice::RingReliably},
      {"rings", &TestOffice::Ring},
      {"waits for the ACK", &TestOffice::Answer},
      {"established", &TestOffice::Acknowledge},
      {"invited again", &TestOffice::ReInvite},
      {"answered again", &TestOffice::Answer},
      {"established again", &TestOffice::Acknowledge},
      {"a BYE is in flight", &TestOffice::HangUp},
      {"over", &TestOffice::AnswerBye},
  };
  EXPECT_EQ(AuditState(office.state()), "");
  for (const auto& [name, step] : steps) {
    (office.*step)();
    EXPECT_EQ(AuditState(office.state()), "") << name;
  }
  EXPECT_EQ(office.state().calls.size(), 0u);
  EXPECT_EQ(office.state().registrar.bindings().size(), 2u);
}

TEST(StateAuditTest, WhatPassesUnansweredIsWholeAtEveryMoment) {
  TestOffice office;
  office.Register();
  office.Invite();
  office.RingReliably();
  for (int i = 0; i < 300; ++i) {
    office.Pass(Duration::Seconds(1));
    ASSERT_EQ(AuditState(office.state()), "") << i << " s";
  }
  EXPECT_EQ(office.state().calls.size(), 0u);
}

// An office, and what the test does to a copy of its state.
class DamageTest : public ::testing::Test {
 protected:
  void InviteOnly() {
    office_.Register();
    office_.Invite();
  }
  void WaitForPrack() {
    InviteOnly();
    office_.RingReliably();
  }
  void WaitForAck() {
    InviteOnly();
    office_.Ring();
    office_.Answer();
  }
  void Establish() {
    WaitForAck();
    office_.Acknowledge();
  }
  void FlyBye() {
    Establish();
    office_.HangUp();
  }

  std::string AfterDamage(absl::FunctionRef<void(State*)> damage) const {
    EXPECT_EQ(AuditState(office_.state()), "");
    State state = office_.state();
    damage(&state);
    return AuditState(state);
  }

  // A snapshot of the state without the objects of that kind.
  std::string AfterLossOf(ObjectKind kind) const {
    EXPECT_EQ(AuditState(office_.state()), "");
    std::string saved;
    size_t lost = 0;
    engine::VisitObjects(office_.state(), [&](const engine::StateObject& object) {
      if (object.kind == kind) {
        ++lost;
      } else {
        engine::AppendSaved(object, &saved);
      }
    });
    EXPECT_GT(lost, 0u);
    State state;
    EXPECT_TRUE(engine::LoadState(saved, &state).ok());
    return AuditState(state);
  }

  engine::Call& CallOf(State* state) const { return *state->calls.Find(office_.call()); }
  engine::Leg& LegOf(State* state, size_t place) const { return *state->legs.Find(CallOf(state).legs[place]); }

  TestOffice office_;
};

TEST_F(DamageTest, TransactionTimersThatASnapshotLost) {
  InviteOnly();
  EXPECT_THAT(AfterLossOf(ObjectKind::kTransactionTimer), HasSubstr("does not run: it would never come"));
}

TEST_F(DamageTest, EngineTimersThatASnapshotLost) {
  office_.Register();
  EXPECT_THAT(AfterLossOf(ObjectKind::kEngineTimer), HasSubstr("the end of a registration of row 1 does not run"));
}

TEST_F(DamageTest, ServerTransactionsThatASnapshotLost) {
  InviteOnly();
  EXPECT_THAT(AfterLossOf(ObjectKind::kServerTransaction), HasSubstr("names transaction"));
}

TEST_F(DamageTest, ClientTransactionsThatASnapshotLost) {
  InviteOnly();
  EXPECT_THAT(AfterLossOf(ObjectKind::kClientTransaction), HasSubstr("names transaction"));
}

TEST_F(DamageTest, FinishedTransactionsThatASnapshotLostWhileAnAckIsOwed) {
  WaitForAck();
  EXPECT_THAT(AfterLossOf(ObjectKind::kFinishedLong), HasSubstr("names transaction"));
}

TEST_F(DamageTest, CallsThatASnapshotLost) {
  InviteOnly();
  EXPECT_THAT(AfterLossOf(ObjectKind::kCall), HasSubstr("leg 1 is of no call"));
}

TEST_F(DamageTest, LegsThatASnapshotLost) {
  InviteOnly();
  EXPECT_THAT(AfterLossOf(ObjectKind::kLeg), HasSubstr("server transaction 3 has nothing that would end it"));
}

TEST_F(DamageTest, APeerThatDoesNotKnowItsLeg) {
  InviteOnly();
  EXPECT_THAT(AfterDamage([&](State* state) { LegOf(state, 0).peer = engine::LegId(); }),
              HasSubstr("leg 2 has a peer that does not know it"));
}

TEST_F(DamageTest, BindingsThatASnapshotLost) {
  office_.Register();
  EXPECT_THAT(AfterLossOf(ObjectKind::kBinding), HasSubstr("2 timers run, and rows wait for 0"));
}

TEST_F(DamageTest, TheTimersOfEveryRowThatHasSome) {
  WaitForPrack();
  for (const uint8_t which : {0, 1}) {
    EXPECT_THAT(AfterDamage([&](State* state) {
                  engine::AwaitedPrack& awaited = *LegOf(state, 0).awaited_prack;
                  TimerHandle handle = which == 0 ? awaited.retransmit : awaited.timeout;
                  state->timers.Cancel(&handle);
                }),
                HasSubstr(which == 0 ? "the repetition of a 18x" : "the wait for a PRACK"));
  }
  EXPECT_THAT(AfterDamage([&](State* state) {
                TimerHandle handle = CallOf(state).no_answer;
                state->timers.Cancel(&handle);
              }),
              HasSubstr("the no-answer timer of a call"));
  office_.Answer();
  for (const uint8_t which : {0, 1}) {
    EXPECT_THAT(AfterDamage([&](State* state) {
                  engine::AwaitedAck& awaited = *LegOf(state, 0).awaited_ack;
                  TimerHandle handle = which == 0 ? awaited.retransmit : awaited.timeout;
                  state->timers.Cancel(&handle);
                }),
                HasSubstr(which == 0 ? "the repetition of a 2xx" : "the wait for an ACK"));
  }
  EXPECT_THAT(AfterDamage([&](State* state) {
                TimerHandle handle = CallOf(state).session_expiry;
                state->timers.Cancel(&handle);
              }),
              HasSubstr("the session timer of a call"));
}

TEST_F(DamageTest, TheTimersOfAClientTransaction) {
  FlyBye();
  const engine::TransactionId bye = office_.state().transactions.clients().begin()->first;
  for (const uint8_t which : {0, 1}) {
    EXPECT_THAT(AfterDamage([&](State* state) {
                  const engine::ClientTransaction& row = *state->transactions.FindClient(bye);
                  TimerHandle handle = which == 0 ? row.retransmit : row.timeout;
                  state->timers.Cancel(&handle);
                }),
                HasSubstr(which == 0 ? "the repetition of a client transaction" : "the end of a client transaction"));
  }
}

TEST_F(DamageTest, ATimerThatBelongsToNobody) {
  Establish();
  EXPECT_THAT(AfterDamage([](State* state) {
                state->timers.Start(state->engine_time, Duration::Seconds(9), {TimerKind::kNoAnswer, 1});
              }),
              HasSubstr("timers run, and rows wait for"));
}

TEST_F(DamageTest, ATimerThatIsSetForAnotherRowOrLegOrPurpose) {
  WaitForAck();
  const std::vector<engine::Timer> others = {{TimerKind::kAnswerTimeout, 77},
                                             {TimerKind::kAnswerTimeout, 2},
                                             {TimerKind::kNoAnswer, office_.call().value()}};
  for (const engine::Timer& other : others) {
    EXPECT_THAT(AfterDamage([&](State* state) {
                  const TimerHandle named = LegOf(state, 0).awaited_ack->timeout;
                  TimerHandle handle = named;
                  state->timers.Cancel(&handle);
                  state->timers.Load(named, other);
                }),
                HasSubstr("the wait for an ACK of row 1 is set for row"));
  }
}

TEST_F(DamageTest, TwoRowsWithOneTimer) {
  WaitForAck();
  EXPECT_THAT(AfterDamage([&](State* state) {
                TimerHandle own = LegOf(state, 0).awaited_ack->retransmit;
                LegOf(state, 0).awaited_ack->retransmit = LegOf(state, 0).awaited_ack->timeout;
                state->timers.Cancel(&own);
              }),
              HasSubstr("the repetition of a 2xx of row 1 is set for row 1"));
}

TEST_F(DamageTest, ATimerThatIsDueAndHasNotFired) {
  InviteOnly();
  EXPECT_THAT(AfterDamage([](State* state) { state->engine_time = *state->NextDeadline(); }),
              HasSubstr("has not fired"));
}

TEST_F(DamageTest, ABindingWithoutATimer) {
  office_.Register();
  EXPECT_THAT(AfterDamage([](State* state) {
                engine::Binding& binding = *state->registrar.Find(state->registrar.bindings().begin()->first);
                state->timers.Cancel(&binding.timer);
              }),
              HasSubstr("the end of a registration of row 1 is not set, and must be"));
}

TEST_F(DamageTest, ARequestOfTheServersThatNothingEnds) {
  FlyBye();
  EXPECT_THAT(AfterDamage([](State* state) {
                const engine::TransactionId bye = state->transactions.clients().begin()->first;
                state->timers.Cancel(&state->transactions.FindClient(bye)->timeout);
              }),
              HasSubstr("the end of a client transaction"));
}

TEST_F(DamageTest, ARepetitionThatIsLostWithItsTimer) {
  FlyBye();
  EXPECT_THAT(AfterDamage([](State* state) {
                const engine::TransactionId bye = state->transactions.clients().begin()->first;
                state->timers.Cancel(&state->transactions.FindClient(bye)->retransmit);
              }),
              HasSubstr("the repetition of a client transaction"));
}

TEST_F(DamageTest, AWaitForAPrackThatIsLostWithItsTimers) {
  WaitForPrack();
  EXPECT_THAT(AfterDamage([&](State* state) { state->timers.Cancel(&LegOf(state, 0).awaited_prack->retransmit); }),
              HasSubstr("the repetition of a 18x of row 1 is not set, and must be"));
  EXPECT_THAT(AfterDamage([&](State* state) { state->timers.Cancel(&LegOf(state, 0).awaited_prack->timeout); }),
              HasSubstr("the wait for a PRACK of row 1 is not set, and must be"));
}

TEST_F(DamageTest, ATimerThatComesAnHourLate) {
  FlyBye();
  EXPECT_THAT(AfterDamage([](State* state) {
                const engine::TransactionId bye = state->transactions.clients().begin()->first;
                engine::ClientTransaction& row = *state->transactions.FindClient(bye);
                state->timers.Cancel(&row.timeout);
                row.timeout = state->timers.Start(state->engine_time, Duration::Seconds(3632),
                                                  {TimerKind::kClientTimeout, bye.value()});
              }),
              HasSubstr("comes 3600000 ms later than it is ever set for"));
}

TEST_F(DamageTest, ARegistrationWhoseTimerIsNotThatOfItsEnd) {
  office_.Register();
  EXPECT_THAT(AfterDamage([](State* state) {
                engine::Binding& binding = *state->registrar.Find(state->registrar.bindings().begin()->first);
                binding.expires = binding.expires + Duration::Seconds(1);
              }),
              HasSubstr("the registration of 1001 does not end when it expires"));
}

TEST_F(DamageTest, ARequestOfAPhoneThatNobodyAnswers) {
  InviteOnly();
  EXPECT_THAT(AfterDamage([&](State* state) { LegOf(state, 0).server_invite = engine::TransactionId(); }),
              HasSubstr("has nothing that would end it"));
}

TEST_F(DamageTest, AnInviteOfNoLeg) {
  InviteOnly();
  EXPECT_THAT(AfterDamage([&](State* state) { LegOf(state, 1).client_invite = engine::TransactionId(); }),
              HasSubstr("is the INVITE of no leg of call 1"));
}

TEST_F(DamageTest, ACallThatNamesTheTransactionOfAnother) {
  InviteOnly();
  const engine::TransactionId invite = office_.state().transactions.clients().begin()->first;
  EXPECT_THAT(AfterDamage([&](State* state) { LegOf(state, 0).client_update = invite; }),
              HasSubstr("names transaction"));
  EXPECT_THAT(AfterDamage([&](State* state) { LegOf(state, 1).server_update = engine::TransactionId(999); }),
              HasSubstr("call 1 names transaction 999, which is not there"));
}

TEST_F(DamageTest, AWaitForAnAckWithoutAnEnd) {
  WaitForAck();
  EXPECT_THAT(AfterDamage([&](State* state) { state->timers.Cancel(&LegOf(state, 0).awaited_ack->timeout); }),
              HasSubstr("the wait for an ACK of row 1 is not set, and must be"));
}

TEST_F(DamageTest, ALookupThatDoesNotFindItsRow) {
  InviteOnly();
  EXPECT_THAT(AfterDamage([](State* state) {
                const engine::TransactionId invite = state->transactions.servers().begin()->first;
                state->transactions.FindServer(invite)->key.lo ^= 1;
              }),
              HasSubstr("the indexes of the transactions do not agree"));
}

}  // namespace
}  // namespace understudy::sim
