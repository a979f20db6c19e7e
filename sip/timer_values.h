// How long SIP's timers run (RFC 3261 table 4, RFC 6026, RFC 3262). Intervals only: when a timer runs and
// what it does is in the transaction tables; a zero means that the timer is not started.
#ifndef UNDERSTUDY_SIP_TIMER_VALUES_H_
#define UNDERSTUDY_SIP_TIMER_VALUES_H_

#include <algorithm>

#include "base/time.h"
#include "sip/non_invite_client_transaction.h"
#include "sip/transaction_step.h"

namespace understudy::sip {

inline constexpr Duration kT1 = Duration::Milliseconds(500);  // round trip, 17.1.1.1
inline constexpr Duration kT2 = Duration::Seconds(4);         // longest interval between retransmissions, 17.1.2.2
inline constexpr Duration kT4 = Duration::Seconds(5);         // how long a message stays in the network, 17.1.2.2

// Until the other side is given up: Timers B, F, H, J (unreliable), L, M, the wait for the ACK to a 2xx
// (13.3.1.4), for a PRACK (RFC 3262 section 3) and for the answer to a cancelled INVITE (9.1).
inline constexpr Duration kGiveUp = kT1 * 64;

// INVITE carried on, with provisional responses only; over 3 minutes (16.6 step 11).
inline constexpr Duration kTimerC = Duration::Seconds(190);

// The time it takes Timer E to be reset to T2: from then on a request other than INVITE that is not answered gets a 100
// (RFC 4320 4.1).
inline constexpr Duration kTryingAfter = kT1 * (1 + 2 + 4);

inline constexpr Duration kTimerB = kGiveUp;  // INVITE client, no response (17.1.1.2)
inline constexpr Duration kTimerF = kGiveUp;  // non-INVITE client, no final response (17.1.2.2)
inline constexpr Duration kTimerH = kGiveUp;  // INVITE server, no ACK (17.2.1)
inline constexpr Duration kTimerL = kGiveUp;  // INVITE server in Accepted, any transport (RFC 6026 8.7)
inline constexpr Duration kTimerM = kGiveUp;  // INVITE client in Accepted, any transport (RFC 6026 8.4)

constexpr Duration OverUnreliable(Duration interval, Reliability reliability) {
  return reliability == Reliability::kReliable ? Duration() : interval;
}

// Waits for retransmissions of the last message, which reliable transports do not have.
constexpr Duration TimerD(Reliability reliability) {
  return OverUnreliable(Duration::Seconds(32), reliability);
}
constexpr Duration TimerI(Reliability reliability) {
  return OverUnreliable(kT4, reliability);
}
constexpr Duration TimerJ(Reliability reliability) {
  return OverUnreliable(kGiveUp, reliability);
}
constexpr Duration TimerK(Reliability reliability) {
  return OverUnreliable(kT4, reliability);
}

// First intervals of what is retransmitted over unreliable transports.
constexpr Duration TimerA(Reliability reliability) {
  return OverUnreliable(kT1, reliability);
}
constexpr Duration TimerE(Reliability reliability) {
  return OverUnreliable(kT1, reliability);
}
constexpr Duration TimerG(Reliability reliability) {
  return OverUnreliable(kT1, reliability);
}

// The interval that follows `last`: Timer A doubles without a limit of its own (17.1.1.2).
constexpr Duration NextTimerA(Duration last) {
  return last * 2;
}

// Timer E doubles up to T2 in Trying and is T2 in Proceeding (17.1.2.2).
constexpr Duration NextTimerE(Duration last, NonInviteClientTransaction::State state) {
  return state == NonInviteClientTransaction::State::kTrying ? std::min(last * 2, kT2) : kT2;
}

// Timer G doubles up to T2 (17.2.1).
constexpr Duration NextTimerG(Duration last) {
  return std::min(last * 2, kT2);
}

// A 2xx to an INVITE goes out again until its ACK comes, first after T1, on every transport; without ACK
// after 64*T1 the dialog is confirmed but the session should end with a BYE (13.3.1.4).
inline constexpr Duration kFirst2xxInterval = kT1;
constexpr Duration Next2xxInterval(Duration last) {
  return std::min(last * 2, kT2);
}
inline constexpr Duration k2xxGiveUp = kGiveUp;

// A reliable provisional response goes out again until its PRACK comes, first after T1, doubling without a
// limit of its own; without PRACK after 64*T1 the INVITE is rejected with 5xx (RFC 3262 section 3).
inline constexpr Duration kFirstReliableProvisionalInterval = kT1;
constexpr Duration NextReliableProvisionalInterval(Duration last) {
  return last * 2;
}
inline constexpr Duration kReliableProvisionalGiveUp = kGiveUp;

// An INVITE cancelled and still without a final response is given up after this (9.1).
inline constexpr Duration kCancelGiveUp = kGiveUp;

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_TIMER_VALUES_H_
