#include "engine/timer_table.h"

namespace understudy::engine {

TimerHandle TimerTable::Start(EngineTime now, Duration after, Timer timer) {
  last_id_ = last_id_.Next();
  TimerHandle handle;
  handle.deadline = (OnEngineClock(timer.kind) ? now : TransactionTime(now)) + after;
  handle.id = last_id_;
  RowsOf(timer.kind).emplace(handle, timer);
  return handle;
}

void TimerTable::Cancel(TimerHandle* handle) {
  if (handle->id.empty()) return;
  if (transaction_timers_.erase(*handle) == 0) engine_timers_.erase(*handle);
  *handle = TimerHandle();
}

absl::optional<Timer> TimerTable::PopDue(EngineTime now) {
  const bool transaction_due =
      !transaction_timers_.empty() && transaction_timers_.begin()->first.deadline <= TransactionTime(now);
  const bool engine_due = !engine_timers_.empty() && engine_timers_.begin()->first.deadline <= now;
  if (!transaction_due && !engine_due) return absl::nullopt;
  bool take_engine = !transaction_due;
  if (transaction_due && engine_due) {
    TimerHandle first = transaction_timers_.begin()->first;
    first.deadline = first.deadline + unserved_;
    take_engine = engine_timers_.begin()->first < first;
  }
  Rows& rows = take_engine ? engine_timers_ : transaction_timers_;
  Timer timer = rows.begin()->second;
  rows.erase(rows.begin());
  return timer;
}

absl::optional<EngineTime> TimerTable::NextDeadline() const {
  absl::optional<EngineTime> next;
  if (!transaction_timers_.empty()) next = transaction_timers_.begin()->first.deadline + unserved_;
  if (!engine_timers_.empty() && (!next || engine_timers_.begin()->first.deadline < *next)) {
    next = engine_timers_.begin()->first.deadline;
  }
  return next;
}

std::vector<std::pair<TimerHandle, Timer>> TimerTable::EngineTimersBefore(EngineTime until) const {
  std::vector<std::pair<TimerHandle, Timer>> rows;
  for (const auto& [handle, timer] : engine_timers_) {
    if (handle.deadline >= until) break;
    rows.emplace_back(handle, timer);
  }
  return rows;
}

}  // namespace understudy::engine
