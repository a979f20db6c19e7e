// The INVITE server transaction: RFC 3261 17.2.1 and figure 7, with the Accepted state and Timer L of RFC 6026
// (7.1 and 8.7 there), and its rule for transport errors (8.8): the TU hears, the state stays. The owner
// sends, starts timers and tells the TU as each step says.
//
// Retransmission of a 2xx is the UAS core's (13.3.1.4), on every transport; it comes here as kTu2xx.
// On reliable transports Timer G does not run and Timer I is zero, so Confirmed is passed through at once.
#ifndef UNDERSTUDY_SIP_INVITE_SERVER_TRANSACTION_H_
#define UNDERSTUDY_SIP_INVITE_SERVER_TRANSACTION_H_

#include "sip/transaction_step.h"

namespace understudy::sip {

struct InviteServerTransaction {
  // The numbers of the states are stored: they never change their meaning.
  enum class State : uint8_t { kProceeding, kCompleted, kConfirmed, kAccepted, kTerminated };
  enum class Event : uint8_t {
    kRequestRetransmitted,
    kAck,
    kTuProvisional,  // 101 to 199
    kTu2xx,
    kTu300To699,
    kTimerG,
    kTimerH,
    kTimerI,
    kTimerL,
    kTransportError,
  };
  static constexpr size_t kStates = 5;
  static constexpr size_t kEvents = 10;

  // How a received INVITE begins a transaction (17.2.1, first paragraph). The 100 goes out at once: a B2BUA
  // never knows that its other side will answer within 200 ms.
  static constexpr Step<State> Start() { return {State::kProceeding, Action::kSendTrying | Action::kPassToTu}; }

  // Total: every event in every state has an outcome.
  static constexpr Step<State> Next(State state, Event event, Reliability reliability);
};

namespace invite_server {
using enum Action;
using enum InviteServerTransaction::State;
using Event = InviteServerTransaction::Event;
using Step = sip::Step<InviteServerTransaction::State>;

// Columns: state, event, the step; or the step over an unreliable and the step over a reliable transport.
// clang-format off
inline constexpr TransactionRow<InviteServerTransaction::State, Event> kRows[] = {
    {kProceeding, Event::kRequestRetransmitted, Step{kProceeding, kRetransmitResponse}},            // 17.2.1
    {kProceeding, Event::kAck, kIgnore},  // nothing to acknowledge yet
    {kProceeding, Event::kTuProvisional, Step{kProceeding, kSendResponse}},                         // 17.2.1
    {kProceeding, Event::kTu2xx, Step{kAccepted, kStartTimerL | kSendResponse}},                    // RFC 6026 8.7
    {kProceeding, Event::kTu300To699,                                                               // 17.2.1
     Step{kCompleted, kStartTimerG | kStartTimerH | kSendResponse},
     Step{kCompleted, kStartTimerH | kSendResponse}},
    {kProceeding, Event::kTimerG, kIgnore},
    {kProceeding, Event::kTimerH, kIgnore},
    {kProceeding, Event::kTimerI, kIgnore},
    {kProceeding, Event::kTimerL, kIgnore},
    {kProceeding, Event::kTransportError, Step{kProceeding, kInformTransportError}},                // RFC 6026 8.8

    {kCompleted, Event::kRequestRetransmitted, Step{kCompleted, kRetransmitResponse}},              // 17.2.1
    {kCompleted, Event::kAck,                                                                       // 17.2.1
     Step{kConfirmed, kStopTimers | kStartTimerI},
     Step{kTerminated, kStopTimers | kTerminate}},
    {kCompleted, Event::kTuProvisional, kIgnore},  // the final response has gone out
    {kCompleted, Event::kTu2xx, kIgnore},          // likewise: discarded (17.2.1)
    {kCompleted, Event::kTu300To699, kIgnore},
    {kCompleted, Event::kTimerG, Step{kCompleted, kResetTimerG | kRetransmitResponse}, kIgnore},    // 17.2.1
    {kCompleted, Event::kTimerH, Step{kTerminated, kStopTimers | kInformTimeout | kTerminate}},     // 17.2.1
    {kCompleted, Event::kTimerI, kIgnore},
    {kCompleted, Event::kTimerL, kIgnore},
    {kCompleted, Event::kTransportError, Step{kCompleted, kInformTransportError}},                  // RFC 6026 8.8

    {kConfirmed, Event::kRequestRetransmitted, Step{kConfirmed, kAbsorb}},                          // 17.2.1
    {kConfirmed, Event::kAck, Step{kConfirmed, kAbsorb}},                                           // 17.2.1
    {kConfirmed, Event::kTuProvisional, kIgnore},
    {kConfirmed, Event::kTu2xx, kIgnore},
    {kConfirmed, Event::kTu300To699, kIgnore},
    {kConfirmed, Event::kTimerG, kIgnore},
    {kConfirmed, Event::kTimerH, kIgnore},
    {kConfirmed, Event::kTimerI, Step{kTerminated, kStopTimers | kTerminate}},                      // 17.2.1
    {kConfirmed, Event::kTimerL, kIgnore},
    {kConfirmed, Event::kTransportError, kIgnore},  // nothing is being sent

    {kAccepted, Event::kRequestRetransmitted, Step{kAccepted, kAbsorb}},                            // RFC 6026 8.7
    {kAccepted, Event::kAck, Step{kAccepted, kPassToTu}},                                           // RFC 6026 8.7
    {kAccepted, Event::kTuProvisional, kIgnore},
    {kAccepted, Event::kTu2xx, Step{kAccepted, kSendResponse}},                                     // RFC 6026 8.7
    {kAccepted, Event::kTu300To699, kIgnore},
    {kAccepted, Event::kTimerG, kIgnore},
    {kAccepted, Event::kTimerH, kIgnore},
    {kAccepted, Event::kTimerI, kIgnore},
    {kAccepted, Event::kTimerL, Step{kTerminated, kStopTimers | kTerminate}},                       // RFC 6026 8.7
    {kAccepted, Event::kTransportError, Step{kAccepted, kInformTransportError}},                    // RFC 6026 8.8

    {kTerminated, Event::kRequestRetransmitted, kIgnore},
    {kTerminated, Event::kAck, kIgnore},
    {kTerminated, Event::kTuProvisional, kIgnore},
    {kTerminated, Event::kTu2xx, kIgnore},
    {kTerminated, Event::kTu300To699, kIgnore},
    {kTerminated, Event::kTimerG, kIgnore},
    {kTerminated, Event::kTimerH, kIgnore},
    {kTerminated, Event::kTimerI, kIgnore},
    {kTerminated, Event::kTimerL, kIgnore},
    {kTerminated, Event::kTransportError, kIgnore},
};
// clang-format on
static_assert(IsComplete(kRows, InviteServerTransaction::kStates, InviteServerTransaction::kEvents));
}  // namespace invite_server

constexpr Step<InviteServerTransaction::State> InviteServerTransaction::Next(State state, Event event,
                                                                             Reliability reliability) {
  return LookUp(invite_server::kRows, kEvents, state, event, reliability);
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_INVITE_SERVER_TRANSACTION_H_
