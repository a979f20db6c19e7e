// The INVITE client transaction: RFC 3261 17.1.1 and figure 5, with the Accepted state and Timer M of
// RFC 6026 (8.4 there replaces 17.1.1.2). The owner sends, starts timers and tells the TU as each step says.
//
// On reliable transports Timer A does not run and Timer D is zero, so Completed is passed through at once.
#ifndef UNDERSTUDY_SIP_INVITE_CLIENT_TRANSACTION_H_
#define UNDERSTUDY_SIP_INVITE_CLIENT_TRANSACTION_H_

#include "sip/transaction_step.h"

namespace understudy::sip {

struct InviteClientTransaction {
  // The numbers of the states are stored: they never change their meaning.
  enum class State : uint8_t { kCalling, kProceeding, kCompleted, kAccepted, kTerminated };
  enum class Event : uint8_t {
    kProvisional,  // 100 to 199
    k2xx,
    k300To699,
    kTimerA,
    kTimerB,
    kTimerD,
    kTimerM,
    kTransportError,
    kCancelTimeout,  // 64*T1 after a CANCEL without a final response (9.1)
  };
  static constexpr size_t kStates = 5;
  static constexpr size_t kEvents = 9;

  // How the TU's INVITE begins a transaction (17.1.1.2, first paragraph).
  static constexpr Step<State> Start(Reliability reliability) {
    const ActionSet always = Action::kSendRequest | Action::kStartTimerB;
    return {State::kCalling, reliability == Reliability::kReliable ? always : always | Action::kStartTimerA};
  }

  // Total: every event in every state has an outcome.
  static constexpr Step<State> Next(State state, Event event, Reliability reliability);
};

namespace invite_client {
using enum Action;
using enum InviteClientTransaction::State;
using Event = InviteClientTransaction::Event;
using Step = sip::Step<InviteClientTransaction::State>;

// Columns: state, event, the step; or the step over an unreliable and the step over a reliable transport.
// clang-format off
inline constexpr TransactionRow<InviteClientTransaction::State, Event> kRows[] = {
    {kCalling, Event::kProvisional, Step{kProceeding, kStopTimers | kPassToTu}},                    // 17.1.1.2
    {kCalling, Event::k2xx, Step{kAccepted, kStopTimers | kStartTimerM | kPassToTu}},               // RFC 6026 8.4
    {kCalling, Event::k300To699,                                                                    // 17.1.1.2
     Step{kCompleted, kStopTimers | kStartTimerD | kSendAck | kPassToTu},
     Step{kTerminated, kStopTimers | kSendAck | kPassToTu | kTerminate}},
    {kCalling, Event::kTimerA, Step{kCalling, kResetTimerA | kRetransmitRequest}, kIgnore},         // 17.1.1.2
    {kCalling, Event::kTimerB, Step{kTerminated, kStopTimers | kInformTimeout | kTerminate}},       // 17.1.1.2
    {kCalling, Event::kTimerD, kIgnore},
    {kCalling, Event::kTimerM, kIgnore},
    {kCalling, Event::kTransportError,                                                              // 17.1.4
     Step{kTerminated, kStopTimers | kInformTransportError | kTerminate}},
    {kCalling, Event::kCancelTimeout, kIgnore},  // no CANCEL before a provisional response (9.1)

    {kProceeding, Event::kProvisional, Step{kProceeding, kPassToTu}},                               // 17.1.1.2
    {kProceeding, Event::k2xx, Step{kAccepted, kStopTimers | kStartTimerM | kPassToTu}},            // RFC 6026 8.4
    {kProceeding, Event::k300To699,                                                                 // 17.1.1.2
     Step{kCompleted, kStopTimers | kStartTimerD | kSendAck | kPassToTu},
     Step{kTerminated, kStopTimers | kSendAck | kPassToTu | kTerminate}},
    {kProceeding, Event::kTimerA, kIgnore},  // stopped by the provisional response
    {kProceeding, Event::kTimerB, kIgnore},  // counts in Calling only
    {kProceeding, Event::kTimerD, kIgnore},
    {kProceeding, Event::kTimerM, kIgnore},
    {kProceeding, Event::kTransportError, kIgnore},  // nothing is being sent
    {kProceeding, Event::kCancelTimeout,                                                            // 9.1
     Step{kTerminated, kStopTimers | kInformTimeout | kTerminate}},

    {kCompleted, Event::kProvisional, kIgnore},
    {kCompleted, Event::k2xx, kIgnore},
    {kCompleted, Event::k300To699, Step{kCompleted, kSendAck | kAbsorb}},                           // 17.1.1.2
    {kCompleted, Event::kTimerA, kIgnore},
    {kCompleted, Event::kTimerB, kIgnore},
    {kCompleted, Event::kTimerD, Step{kTerminated, kStopTimers | kTerminate}},                      // 17.1.1.2
    {kCompleted, Event::kTimerM, kIgnore},
    {kCompleted, Event::kTransportError,                                                            // 17.1.1.2
     Step{kTerminated, kStopTimers | kInformTransportError | kTerminate}},
    {kCompleted, Event::kCancelTimeout, kIgnore},  // the final response is here

    {kAccepted, Event::kProvisional, kIgnore},
    {kAccepted, Event::k2xx, Step{kAccepted, kPassToTu}},                                           // RFC 6026 8.4
    {kAccepted, Event::k300To699, kIgnore},
    {kAccepted, Event::kTimerA, kIgnore},
    {kAccepted, Event::kTimerB, kIgnore},
    {kAccepted, Event::kTimerD, kIgnore},
    {kAccepted, Event::kTimerM, Step{kTerminated, kStopTimers | kTerminate}},                       // RFC 6026 8.4
    {kAccepted, Event::kTransportError, kIgnore},  // the ACK to a 2xx is the TU's own (13.2.2.4)
    {kAccepted, Event::kCancelTimeout, kIgnore},

    {kTerminated, Event::kProvisional, kIgnore},
    {kTerminated, Event::k2xx, kIgnore},
    {kTerminated, Event::k300To699, kIgnore},
    {kTerminated, Event::kTimerA, kIgnore},
    {kTerminated, Event::kTimerB, kIgnore},
    {kTerminated, Event::kTimerD, kIgnore},
    {kTerminated, Event::kTimerM, kIgnore},
    {kTerminated, Event::kTransportError, kIgnore},
    {kTerminated, Event::kCancelTimeout, kIgnore},
};
// clang-format on
static_assert(IsComplete(kRows, InviteClientTransaction::kStates, InviteClientTransaction::kEvents));
}  // namespace invite_client

constexpr Step<InviteClientTransaction::State> InviteClientTransaction::Next(State state, Event event,
                                                                             Reliability reliability) {
  return LookUp(invite_client::kRows, kEvents, state, event, reliability);
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_INVITE_CLIENT_TRANSACTION_H_
