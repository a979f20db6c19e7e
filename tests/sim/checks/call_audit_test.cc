// Phones and a server that agree are left in peace, and each way to disagree is named within its bound.
#include "tests/sim/checks/call_audit.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/sip_ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/agents/town.h"

namespace understudy::sim {
namespace {

using ::testing::HasSubstr;

constexpr Duration kLong = Duration::Seconds(1000);
constexpr char kNobodysCallId[] = "nobody@10.9.9.9";
constexpr Duration kTick = Duration::Milliseconds(500);

TownOptions Calm() {
  TownOptions options;
  options.workload.restart_percent = options.workload.mute_percent = 0;
  return options;
}

// Looks at a town as often as the simulator does.
class Watched {
 public:
  Watched(uint64_t seed, const TownOptions& options) : town_(seed, options) { LookLater(); }

  void Run() { town_.Run(); }
  const Town& town() const { return town_; }
  Town& town() { return town_; }
  const std::string& wrong() const { return wrong_; }
  uint64_t looks() const { return looks_; }

 private:
  void LookLater() {
    town_.events().After(kTick, [this] {
      ++looks_;
      const Duration now = town_.events().now();
      const std::string wrong = audit_.Run(town_.state(), town_.workload(), now, kLong);
      if (wrong_.empty() && !wrong.empty()) wrong_ = absl::StrCat(now.milliseconds(), " ms: ", wrong);
      LookLater();
    });
  }

  Town town_;
  CallAudit audit_;
  std::string wrong_;
  uint64_t looks_ = 0;
};

void ExpectAgreement(const TownOptions& options) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Watched watched(seed, options);
    watched.Run();
    Town& town = watched.town();
    EXPECT_EQ(watched.wrong(), "") << "seed " << seed;
    EXPECT_EQ(CallAudit::AtEnd(town.state(), town.workload(), town.events().now()), "") << "seed " << seed;
    EXPECT_GT(watched.looks(), 270u);
  }
}

TEST(CallAuditInPeaceTest, APerfectPathLeavesNothingToSay) {
  ExpectAgreement(Calm());
}

TEST(CallAuditInPeaceTest, LossesAndLateMessagesAndBrokenConnectionsLeaveNothingToSay) {
  TownOptions options = Calm();
  options.loss = 30000;
  options.doubling = 30000;
  options.longest = Duration::Milliseconds(300);
  options.breaks = 5;
  ExpectAgreement(options);
}

TEST(CallAuditInPeaceTest, PartiesThatForgetTheirCallsLeaveNothingToSay) {
  TownOptions options;
  options.loss = 10000;
  options.workload.restart_percent = 20;
  options.workload.mute_percent = 10;
  ExpectAgreement(options);
}

class CallAuditTest : public ::testing::Test {
 protected:
  // A town in the middle of its calls.
  CallAuditTest() {
    town_.workload().Start();
    town_.RunUntil(Duration::Seconds(30));
  }

  Duration now() { return town_.events().now(); }
  std::string Run(const engine::State& state, Duration served = kLong) {
    return audit_.Run(state, town_.workload(), now(), served);
  }

  // A call that a party holds for established, for long enough.
  CallBelief Established() {
    for (const std::unique_ptr<Agent>& agent : town_.workload().agents()) {
      for (const CallBelief& belief : agent->Calls(Duration())) {
        const bool old = now() - belief.since > Duration::Seconds(3);
        const bool may_end = town_.workload().book().MayEnd(belief.call, belief.side);
        if (belief.state == CallBelief::State::kEstablished && old && !may_end) return belief;
      }
    }
    ADD_FAILURE() << "nobody has a call at " << now().milliseconds() << " ms";
    return CallBelief();
  }

  RegistrationBelief Registered() {
    for (const std::unique_ptr<Agent>& agent : town_.workload().agents()) {
      const std::vector<RegistrationBelief> all = agent->Registrations();
      if (!all.empty()) return all.front();
    }
    ADD_FAILURE() << "nobody is registered at " << now().milliseconds() << " ms";
    return RegistrationBelief();
  }

  engine::State WithoutACall() {
    engine::State state = town_.state();
    const engine::CallId call = state.legs.Find(engine::ParseTag(Established().server_tag)->leg)->call;
    for (const engine::LegId leg : state.calls.Find(call)->legs) state.legs.Remove(leg);
    state.calls.Remove(call);
    return state;
  }

  engine::State WithACallOfNobodys() {
    engine::State state = town_.state();
    engine::Call call;
    call.id = engine::CallId(999999);
    for (const absl::string_view number : {"1001", "1002"}) {
      engine::Leg& leg = state.legs.Add(call.id);
      leg.number = std::string(number);
      leg.dialog.call_id = kNobodysCallId;
      call.legs.push_back(leg.id);
    }
    state.calls.Load(std::move(call));
    return state;
  }

  std::string AtEnd(const engine::State& state) { return CallAudit::AtEnd(state, town_.workload(), now()); }

  Town town_{3, Calm()};
  CallAudit audit_;
};

TEST_F(CallAuditTest, ACallThatAPhoneHoldsForEstablishedAndTheServerDoesNotKnowIsNamed) {
  const engine::State state = WithoutACall();
  EXPECT_EQ(Run(town_.state()), "");
  EXPECT_THAT(Run(state), HasSubstr("for established since"));
}

TEST_F(CallAuditTest, WhatMayBeOnItsWayJustAfterNobodyServedIsNotNamed) {
  const engine::State state = WithoutACall();
  EXPECT_EQ(Run(state, Duration::Seconds(1)), "");
  EXPECT_NE(Run(state, Duration::Seconds(3)), "");
}

TEST_F(CallAuditTest, ACallThatTheOtherPartyHasEndedMayBeGone) {
  const engine::State state = WithoutACall();
  for (CallSide& side : town_.workload().book().Find(Established().call)->side) side.hung_up = true;
  EXPECT_EQ(Run(state), "");
}

TEST_F(CallAuditTest, ACallThatIsNobodysIsNamedAfterItsBound) {
  const Duration begin = now();
  EXPECT_EQ(Run(WithACallOfNobodys()), "");
  while (now() - begin + kTick <= CallAudit::kNobodys) {
    town_.RunUntil(now() + kTick);
    ASSERT_EQ(Run(WithACallOfNobodys()), "") << now().milliseconds();
  }
  town_.RunUntil(now() + kTick);
  EXPECT_THAT(Run(WithACallOfNobodys()), HasSubstr("call 999999 (1001 to 1002, Call-ID nobody@10.9.9.9) is in the server's state"));
}

TEST_F(CallAuditTest, TheBoundBeginsAnewForACallThatWasSomebodysMeanwhile) {
  Run(WithACallOfNobodys());
  town_.RunUntil(now() + CallAudit::kNobodys - kTick);
  Run(town_.state());
  town_.RunUntil(now() + kTick + kTick);
  EXPECT_EQ(Run(WithACallOfNobodys()), "");
}

TEST_F(CallAuditTest, ARegistrationThatTheServerDoesNotKnowIsNamedAtOnce) {
  const RegistrationBelief belief = Registered();
  engine::State state = town_.state();
  state.registrar.Remove(state.registrar.Latest(belief.number)->id);
  EXPECT_THAT(Run(state), HasSubstr(absl::StrCat("is registered as ", belief.number)));
  EXPECT_THAT(Run(state, Duration()), HasSubstr("is registered as"));  // nothing that is on its way takes it back
}

TEST_F(CallAuditTest, ARegistrationOfAnotherContactIsNamed) {
  engine::State state = town_.state();
  state.registrar.Find(state.registrar.Latest(Registered().number)->id)->contact = "sip:elsewhere@10.9.9.9";
  EXPECT_THAT(Run(state), HasSubstr("is registered as"));
}

TEST_F(CallAuditTest, AtTheEndWhatIsUnfinishedIsNamed) {
  EXPECT_THAT(AtEnd(town_.state()), HasSubstr("after everything was hung up: "));
}

TEST_F(CallAuditTest, AtTheEndACallThatIsLeftIsNamedAndOneThatBothHaveAbandonedIsNot) {
  town_.workload().StopBeginning();
  town_.workload().WindDown();
  town_.RunUntil(now() + Duration::Seconds(100));
  EXPECT_EQ(AtEnd(town_.state()), "");
  EXPECT_THAT(AtEnd(WithACallOfNobodys()), HasSubstr("call 999999"));
  CallBook& book = town_.workload().book();
  const uint32_t other = 1;
  for (CallSide& side : book.Find(other)->side) side.gone = true;
  EXPECT_THAT(AtEnd(WithACallOfNobodys()), HasSubstr("call 999999")) << "it is not the one that was abandoned";
  const uint32_t call = 2;
  book.NoteCallId(call, kNobodysCallId);
  EXPECT_THAT(AtEnd(WithACallOfNobodys()), HasSubstr("call 999999"));
  for (CallSide& side : book.Find(call)->side) side.gone = true;
  EXPECT_EQ(AtEnd(WithACallOfNobodys()), "");
}

TEST_F(CallAuditTest, ARegistrationFromBeforeTheServersLostTimeMayBeGoneAndOneSinceMayNot) {
  const RegistrationBelief belief = Registered();
  engine::State state = town_.state();
  state.registrar.Remove(state.registrar.Latest(belief.number)->id);
  town_.workload().book().NoteLostTime();
  EXPECT_EQ(Run(state), "");
  EXPECT_FALSE(town_.workload().book().HasLostTime(now() + kTick));
}

TEST_F(CallAuditTest, AtTheEndARegistrationThatTheServerDoesNotKnowIsNamed) {
  Town town(3, Calm());
  town.workload().Start();
  town.RunUntil(Duration::Milliseconds(1900));  // all are registered, and nobody has called yet
  ASSERT_EQ(CallAudit::AtEnd(town.state(), town.workload(), town.events().now()), "");
  const engine::State none;
  EXPECT_THAT(CallAudit::AtEnd(none, town.workload(), town.events().now()), HasSubstr("is registered as 1001"));
}

}  // namespace
}  // namespace understudy::sim
