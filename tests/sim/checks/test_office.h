// A state of the engine with something of everything in it: two phones that register and call each other through Apply,
// without a network. For the tests of the checks.
//
//   TestOffice office;
//   office.Register();
//   office.Invite();                     // 1001 calls 1002
//   office.Ring();
//   office.Answer();
//   EXPECT_EQ(AuditState(office.state()), "");
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_CHECKS_TEST_OFFICE_H_
#define UNDERSTUDY_TESTS_SIM_CHECKS_TEST_OFFICE_H_

#include <string>

#include "base/time.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/state.h"
#include "tests/scenarios/phone.h"

namespace understudy::sim {

class TestOffice {
 public:
  TestOffice();

  // Each goes on where the one before has ended.
  void Register();      // both phones
  void Invite();        // 1001 calls 1002, which has heard the INVITE
  void RingReliably();  // with a 180 that waits for its PRACK
  void Ring();
  void Answer();       // the caller has the 200, and the server waits for the ACK
  void Acknowledge();  // the call is established
  void ReInvite();     // by the caller; the callee has heard it
  void HangUp();       // by the caller; the callee has heard the BYE, and not answered
  void AnswerBye();

  // Timers that are due meanwhile fire.
  void Pass(Duration span);
  void Apply(engine::Input input);

  const engine::State& state() const { return state_; }
  // The only one.
  engine::CallId call() const { return state_.calls.rows().begin()->first; }
  const std::string& caller_tag() const { return caller_tag_; }  // the server's, towards 1001

 private:
  void Say(const tests::Phone& from, const std::string& text);
  void Hear(const engine::SendSip& send);

  engine::State state_;
  engine::Effects effects_;
  EngineTime now_;
  tests::Phone alice_;
  tests::Phone bob_;
  std::string caller_tag_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CHECKS_TEST_OFFICE_H_
