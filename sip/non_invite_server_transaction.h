// The non-INVITE server transaction: RFC 3261 17.2.2 and figure 8, with RFC 6026's rule for transport errors
// (8.8: the TU hears, the state stays). The owner sends, starts timers and tells the TU as each step says.
//
// On reliable transports Timer J is zero, so Completed is passed through at once.
#ifndef UNDERSTUDY_SIP_NON_INVITE_SERVER_TRANSACTION_H_
#define UNDERSTUDY_SIP_NON_INVITE_SERVER_TRANSACTION_H_

#include "sip/transaction_step.h"

namespace understudy::sip {

struct NonInviteServerTransaction {
  // The numbers of the states are stored: they never change their meaning.
  enum class State : uint8_t { kTrying, kProceeding, kCompleted, kTerminated };
  enum class Event : uint8_t {
    kRequestRetransmitted,
    kTuProvisional,  // 100 to 199
    kTu200To699,
    kTimerJ,
    kTransportError,
  };
  static constexpr size_t kStates = 4;
  static constexpr size_t kEvents = 5;

  // How a received request begins a transaction (17.2.2, first paragraph).
  static constexpr Step<State> Start() { return {State::kTrying, Action::kPassToTu}; }

  // Total: every event in every state has an outcome.
  static constexpr Step<State> Next(State state, Event event, Reliability reliability);
};

namespace non_invite_server {
using enum Action;
using enum NonInviteServerTransaction::State;
using Event = NonInviteServerTransaction::Event;
using Step = sip::Step<NonInviteServerTransaction::State>;

// Columns: state, event, the step; or the step over an unreliable and the step over a reliable transport.
// clang-format off
inline constexpr TransactionRow<NonInviteServerTransaction::State, Event> kRows[] = {
    {kTrying, Event::kRequestRetransmitted, Step{kTrying, kAbsorb}},                                // 17.2.2
    {kTrying, Event::kTuProvisional, Step{kProceeding, kSendResponse}},                             // 17.2.2
    {kTrying, Event::kTu200To699,                                                                   // 17.2.2
     Step{kCompleted, kStartTimerJ | kSendResponse},
     Step{kTerminated, kSendResponse | kTerminate}},
    {kTrying, Event::kTimerJ, kIgnore},
    {kTrying, Event::kTransportError, kIgnore},  // nothing has been sent

    {kProceeding, Event::kRequestRetransmitted, Step{kProceeding, kRetransmitResponse}},            // 17.2.2
    {kProceeding, Event::kTuProvisional, Step{kProceeding, kSendResponse}},                         // 17.2.2
    {kProceeding, Event::kTu200To699,                                                               // 17.2.2
     Step{kCompleted, kStartTimerJ | kSendResponse},
     Step{kTerminated, kSendResponse | kTerminate}},
    {kProceeding, Event::kTimerJ, kIgnore},
    {kProceeding, Event::kTransportError, Step{kProceeding, kInformTransportError}},                // RFC 6026 8.8

    {kCompleted, Event::kRequestRetransmitted, Step{kCompleted, kRetransmitResponse}},              // 17.2.2
    {kCompleted, Event::kTuProvisional, kIgnore},  // the final response has gone out
    {kCompleted, Event::kTu200To699, kIgnore},     // likewise: discarded (17.2.2)
    {kCompleted, Event::kTimerJ, Step{kTerminated, kStopTimers | kTerminate}},                      // 17.2.2
    {kCompleted, Event::kTransportError, Step{kCompleted, kInformTransportError}},                  // RFC 6026 8.8

    {kTerminated, Event::kRequestRetransmitted, kIgnore},
    {kTerminated, Event::kTuProvisional, kIgnore},
    {kTerminated, Event::kTu200To699, kIgnore},
    {kTerminated, Event::kTimerJ, kIgnore},
    {kTerminated, Event::kTransportError, kIgnore},
};
// clang-format on
static_assert(IsComplete(kRows, NonInviteServerTransaction::kStates, NonInviteServerTransaction::kEvents));
}  // namespace non_invite_server

constexpr Step<NonInviteServerTransaction::State> NonInviteServerTransaction::Next(State state, Event event,
                                                                                   Reliability reliability) {
  return LookUp(non_invite_server::kRows, kEvents, state, event, reliability);
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_NON_INVITE_SERVER_TRANSACTION_H_
