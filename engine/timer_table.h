// The engine's timers: rows ordered by (deadline, id).
//
// There are two clocks. Timers of transactions and of ringing run on the transaction clock, which stands still
// while nobody serves; registrations and sessions, of calls and of clients, run on the engine clock. A service gap
// therefore moves the first kind by its length without touching a row.
#ifndef UNDERSTUDY_ENGINE_TIMER_TABLE_H_
#define UNDERSTUDY_ENGINE_TIMER_TABLE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "engine/ids.h"

namespace understudy::engine {

// What a timer is for; the number is stored.
enum class TimerKind : uint8_t {
  kClientRetransmit = 0,  // Timers A and E
  kClientTimeout = 1,     // Timers B and F
  kServerRetransmit = 2,  // Timer G
  kServerTimeout = 3,     // Timer H
  kAnswerRetransmit = 4,  // 2xx until ACK, RFC 3261 13.3.1.4
  kAnswerTimeout = 5,
  kReliableRetransmit = 6,  // 18x until PRACK, RFC 3262 section 3
  kReliableTimeout = 7,
  kNoAnswer = 8,
  kCancelTimeout = 9,        // 64*T1 after a CANCEL, RFC 3261 9.1
  kBindingExpiry = 10,       // engine clock
  kTimerC = 11,              // re-INVITE with provisional responses only, RFC 3261 16.8
  kServerTrying = 12,        // request other than INVITE not answered yet, RFC 4320 4.1
  kSessionExpiry = 13,       // engine clock, RFC 4028
  kPatience = 15,            // a leg's, engine/negotiation.h
  kSessionAbsence = 14,      // engine clock: a T-Library client does not come back
  kReferral = 16,            // a party whose call has been handed over does not hang up
  kReferPatience = 17,       // with a phone that we have sent a REFER, engine/refer_call.h
  kSubscriptionExpiry = 18,  // engine clock, RFC 6665
  kSessionRefresh = 19,      // engine clock, a leg's: its refresh or its end, RFC 4028
  kLocating = 20,            // a request waits for the name of its next hop, engine/locating.h
  kName = 21,                // engine clock: of engine/locate/names.h
  kServiceCheck = 24,        // the next OPTIONS to a device, engine/service_check.h
  kServiceForce = 25,        // a device has been silent for too long
  kRest = 26,                // a device gets calls again
  kNotifyAgain = 27,         // a NOTIFY was not taken, engine/events/subscription.h
};

struct Timer {
  TimerKind kind = TimerKind::kClientRetransmit;
  uint64_t row = 0;  // id of the row it belongs to: a transaction, leg, call, binding, session ...

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, kind);
    a.Field(2, row);
  }
  friend bool operator==(const Timer&, const Timer&) = default;
};

// Names a running timer. The default value names none.
struct TimerHandle {
  EngineTime deadline;  // on the timer's clock
  TimerId id;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, deadline);
    a.Field(2, id);
  }
  friend auto operator<=>(const TimerHandle&, const TimerHandle&) = default;
};

class TimerTable {
 public:
  // `now` is the engine time of the entry at hand. The timer fires at now + after, once.
  TimerHandle Start(EngineTime now, Duration after, Timer timer);

  // Clears `handle`. Cancelling none is allowed.
  void Cancel(TimerHandle* handle);

  // Removes and returns the first timer that is due at `now`.
  absl::optional<Timer> PopDue(EngineTime now);

  // In engine time; nullopt when nothing runs.
  absl::optional<EngineTime> NextDeadline() const;

  // For `gap` nobody served: the transaction clock stands still for it.
  void StandStill(Duration gap) { unserved_ = unserved_ + gap; }
  EngineTime TransactionTime(EngineTime now) const { return EngineTime() + (now - EngineTime() - unserved_); }

  // The timers that would fire before `until`, on the engine clock, in order; they stay.
  std::vector<std::pair<TimerHandle, Timer>> EngineTimersBefore(EngineTime until) const;

  // For the snapshot.
  using Rows = absl::btree_map<TimerHandle, Timer>;
  const Rows& transaction_timers() const { return transaction_timers_; }
  const Rows& engine_timers() const { return engine_timers_; }
  size_t size() const { return transaction_timers_.size() + engine_timers_.size(); }
  Duration unserved() const { return unserved_; }
  TimerId last_id() const { return last_id_; }
  void Load(TimerHandle handle, Timer timer) { RowsOf(timer.kind).emplace(handle, timer); }
  void SetCounters(Duration unserved, TimerId last_id) {
    unserved_ = unserved;
    last_id_ = last_id;
  }

  friend bool operator==(const TimerTable&, const TimerTable&) = default;

 private:
  static bool OnEngineClock(TimerKind kind) {
    return kind == TimerKind::kBindingExpiry || kind == TimerKind::kSessionExpiry ||
           kind == TimerKind::kSessionAbsence || kind == TimerKind::kSubscriptionExpiry ||
           kind == TimerKind::kSessionRefresh || kind == TimerKind::kName;
  }
  Rows& RowsOf(TimerKind kind) { return OnEngineClock(kind) ? engine_timers_ : transaction_timers_; }

  Rows transaction_timers_;
  Rows engine_timers_;
  Duration unserved_;
  TimerId last_id_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TIMER_TABLE_H_
