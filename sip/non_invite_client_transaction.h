// The non-INVITE client transaction: RFC 3261 17.1.2 and figure 6. Serves BYE, CANCEL, INFO, REGISTER and the
// rest. The owner sends, starts timers and tells the TU as each step says.
//
// On reliable transports Timer E does not run and Timer K is zero, so Completed is passed through at once.
#ifndef UNDERSTUDY_SIP_NON_INVITE_CLIENT_TRANSACTION_H_
#define UNDERSTUDY_SIP_NON_INVITE_CLIENT_TRANSACTION_H_

#include "sip/transaction_step.h"

namespace understudy::sip {

struct NonInviteClientTransaction {
  // The numbers of the states are stored: they never change their meaning.
  enum class State : uint8_t { kTrying, kProceeding, kCompleted, kTerminated };
  enum class Event : uint8_t {
    kProvisional,  // 100 to 199
    k200To699,
    kTimerE,
    kTimerF,
    kTimerK,
    kTransportError,
  };
  static constexpr size_t kStates = 4;
  static constexpr size_t kEvents = 6;

  // How the TU's request begins a transaction (17.1.2.2, first paragraph).
  static constexpr Step<State> Start(Reliability reliability) {
    const ActionSet always = Action::kSendRequest | Action::kStartTimerF;
    return {State::kTrying, reliability == Reliability::kReliable ? always : always | Action::kStartTimerE};
  }

  // Total: every event in every state has an outcome.
  static constexpr Step<State> Next(State state, Event event, Reliability reliability);
};

namespace non_invite_client {
using enum Action;
using enum NonInviteClientTransaction::State;
using Event = NonInviteClientTransaction::Event;
using Step = sip::Step<NonInviteClientTransaction::State>;

// Columns: state, event, the step; or the step over an unreliable and the step over a reliable transport.
// clang-format off
inline constexpr TransactionRow<NonInviteClientTransaction::State, Event> kRows[] = {
    {kTrying, Event::kProvisional, Step{kProceeding, kPassToTu}},                                   // 17.1.2.2
    {kTrying, Event::k200To699,                                                                     // 17.1.2.2
     Step{kCompleted, kStopTimers | kStartTimerK | kPassToTu},
     Step{kTerminated, kStopTimers | kPassToTu | kTerminate}},
    {kTrying, Event::kTimerE, Step{kTrying, kResetTimerE | kRetransmitRequest}, kIgnore},           // 17.1.2.2
    {kTrying, Event::kTimerF, Step{kTerminated, kStopTimers | kInformTimeout | kTerminate}},        // 17.1.2.2
    {kTrying, Event::kTimerK, kIgnore},
    {kTrying, Event::kTransportError,                                                               // 17.1.4
     Step{kTerminated, kStopTimers | kInformTransportError | kTerminate}},

    {kProceeding, Event::kProvisional, Step{kProceeding, kPassToTu}},                               // figure 6
    {kProceeding, Event::k200To699,                                                                 // 17.1.2.2
     Step{kCompleted, kStopTimers | kStartTimerK | kPassToTu},
     Step{kTerminated, kStopTimers | kPassToTu | kTerminate}},
    {kProceeding, Event::kTimerE, Step{kProceeding, kResetTimerE | kRetransmitRequest}, kIgnore},   // 17.1.2.2
    {kProceeding, Event::kTimerF, Step{kTerminated, kStopTimers | kInformTimeout | kTerminate}},    // 17.1.2.2
    {kProceeding, Event::kTimerK, kIgnore},
    {kProceeding, Event::kTransportError,                                                           // 17.1.4
     Step{kTerminated, kStopTimers | kInformTransportError | kTerminate}},

    {kCompleted, Event::kProvisional, kIgnore},
    {kCompleted, Event::k200To699, Step{kCompleted, kAbsorb}},                                      // 17.1.2.2
    {kCompleted, Event::kTimerE, kIgnore},
    {kCompleted, Event::kTimerF, kIgnore},
    {kCompleted, Event::kTimerK, Step{kTerminated, kStopTimers | kTerminate}},                      // 17.1.2.2
    {kCompleted, Event::kTransportError, kIgnore},  // nothing is being sent

    {kTerminated, Event::kProvisional, kIgnore},
    {kTerminated, Event::k200To699, kIgnore},
    {kTerminated, Event::kTimerE, kIgnore},
    {kTerminated, Event::kTimerF, kIgnore},
    {kTerminated, Event::kTimerK, kIgnore},
    {kTerminated, Event::kTransportError, kIgnore},
};
// clang-format on
static_assert(IsComplete(kRows, NonInviteClientTransaction::kStates, NonInviteClientTransaction::kEvents));
}  // namespace non_invite_client

constexpr Step<NonInviteClientTransaction::State> NonInviteClientTransaction::Next(State state, Event event,
                                                                                   Reliability reliability) {
  return LookUp(non_invite_client::kRows, kEvents, state, event, reliability);
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_NON_INVITE_CLIENT_TRANSACTION_H_
