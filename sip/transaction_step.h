// What the four transaction tables are made of: a row per (state, event), with the state that follows and
// the set of actions that the owner of the transaction must then take.
//
//   Step<State> step = InviteClientTransaction::Next(row.state, Event::kTimerA, Reliability::kUnreliable);
//   row.state = step.next;
//   if (step.actions.Has(Action::kRetransmitRequest)) ...
//
// Pure data. Actions of one step are taken in the order in which they are declared here: timers stop before
// others start, messages leave before the TU hears, and kTerminate is last.
#ifndef UNDERSTUDY_SIP_TRANSACTION_STEP_H_
#define UNDERSTUDY_SIP_TRANSACTION_STEP_H_

#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace understudy::sip {

// UDP is unreliable; TCP and TLS are reliable (RFC 3261 section 17).
enum class Reliability : uint8_t { kUnreliable, kReliable };

enum class Action : uint32_t {
  kStopTimers = 1u << 0,  // every timer of this transaction
  kStartTimerA = 1u << 1,
  kStartTimerB = 1u << 2,
  kStartTimerD = 1u << 3,
  kStartTimerE = 1u << 4,
  kStartTimerF = 1u << 5,
  kStartTimerG = 1u << 6,
  kStartTimerH = 1u << 7,
  kStartTimerI = 1u << 8,
  kStartTimerJ = 1u << 9,
  kStartTimerK = 1u << 10,
  kStartTimerL = 1u << 11,
  kStartTimerM = 1u << 12,
  kResetTimerA = 1u << 13,  // again after NextTimerA(its last interval)
  kResetTimerE = 1u << 14,  // again after NextTimerE(its last interval, the state)
  kResetTimerG = 1u << 15,  // again after NextTimerG(its last interval)
  kSendRequest = 1u << 16,
  kRetransmitRequest = 1u << 17,
  kSendAck = 1u << 18,  // the ACK of 17.1.1.3, the same bytes each time
  kSendTrying = 1u << 19,
  kSendResponse = 1u << 20,        // the one that the TU has just passed; it becomes the last one
  kRetransmitResponse = 1u << 21,  // the last one
  kAbsorb = 1u << 22,              // an expected repetition, swallowed here
  kPassToTu = 1u << 23,
  kInformTimeout = 1u << 24,
  kInformTransportError = 1u << 25,
  kTerminate = 1u << 26,
};

class ActionSet {
 public:
  constexpr ActionSet() = default;
  constexpr ActionSet(Action action) : bits_(static_cast<uint32_t>(action)) {}  // NOLINT: a set of one

  constexpr bool Has(Action action) const { return (bits_ & static_cast<uint32_t>(action)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

  friend constexpr bool operator==(ActionSet, ActionSet) = default;
  friend constexpr ActionSet operator|(ActionSet a, ActionSet b) {
    ActionSet both;
    both.bits_ = a.bits_ | b.bits_;
    return both;
  }

 private:
  uint32_t bits_ = 0;
};

constexpr ActionSet operator|(Action a, Action b) {
  return ActionSet(a) | ActionSet(b);
}

template <class State>
struct Step {
  State next;
  ActionSet actions;

  friend constexpr bool operator==(const Step&, const Step&) = default;
};

// Marks a cell that cannot happen, or that the RFC gives no meaning: the state stays, nothing is done.
struct Ignore {};
inline constexpr Ignore kIgnore;

// One line of a table: two cells, which differ only where the RFC makes the transport matter.
template <class State, class Event>
struct TransactionRow {
  constexpr TransactionRow(State from, Event on, Ignore)
      : state(from), event(on), unreliable{from, {}}, reliable{from, {}} {}
  constexpr TransactionRow(State from, Event on, Step<State> both)
      : state(from), event(on), unreliable(both), reliable(both) {}
  constexpr TransactionRow(State from, Event on, Step<State> over_unreliable, Step<State> over_reliable)
      : state(from), event(on), unreliable(over_unreliable), reliable(over_reliable) {}
  constexpr TransactionRow(State from, Event on, Step<State> over_unreliable, Ignore)
      : state(from), event(on), unreliable(over_unreliable), reliable{from, {}} {}

  State state;
  Event event;
  Step<State> unreliable;
  Step<State> reliable;
};

// True when `rows` holds every (state, event) once, state by state, so that a row is found by its index.
template <class State, class Event, size_t kRows>
constexpr bool IsComplete(const TransactionRow<State, Event> (&rows)[kRows], size_t states, size_t events) {
  if (kRows != states * events) return false;
  for (size_t i = 0; i < kRows; ++i) {
    if (static_cast<size_t>(rows[i].state) != i / events) return false;
    if (static_cast<size_t>(rows[i].event) != i % events) return false;
  }
  return true;
}

template <class State, class Event, size_t kRows>
constexpr Step<State> LookUp(const TransactionRow<State, Event> (&rows)[kRows], size_t events, State state, Event event,
                             Reliability reliability) {
  const size_t index = static_cast<size_t>(state) * events + static_cast<size_t>(event);
  US_CHECK_LT(index, kRows);
  const auto& row = rows[index];
  return reliability == Reliability::kReliable ? row.reliable : row.unreliable;
}

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_TRANSACTION_STEP_H_
