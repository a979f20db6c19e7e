// Holds effects until their entry is committed. The one place where the rule "no effect leaves before its entry is
// committed" is kept.
//
//   outbox.Hold(lsn, now, std::move(effects));   // the engine may run ahead
//   outbox.Commit(lsn, now);                     // releases everything up to there, in order
#ifndef UNDERSTUDY_DAEMON_CORE_OUTBOX_H_
#define UNDERSTUDY_DAEMON_CORE_OUTBOX_H_

#include <cstdint>
#include <deque>

#include "absl/functional/function_ref.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "engine/effect.h"

namespace understudy::daemon {

// Where released effects go.
class EffectSink {
 public:
  virtual ~EffectSink() = default;
  virtual void Release(Lsn lsn, const engine::Effect& effect) = 0;
};

class Outbox {
 public:
  // `sink` outlives the outbox. A datagram older than `release_age` when its turn comes is not sent: by then its
  // transaction's timers decide (0: no limit). Over a connection nobody repeats what was not sent: there it is the life
  // of a transaction, 64*T1 (RFC 3261 17.1.1.2). An event for a client never ages: it waits in its session, and is the
  // same whenever it comes. Of a link that has gone meanwhile nothing is sent.
  Outbox(EffectSink* sink, Duration release_age) : sink_(sink), release_age_(release_age) {}

  // `now` is CLOCK_BOOTTIME when the entry was stamped: sleep ages too. Lsns ascend.
  void Hold(Lsn lsn, Duration now, engine::Effects* effects);

  // Everything up to `lsn` is committed.
  void Commit(Lsn lsn, Duration now);

  // What was held is gone: this node is not primary any more. `take` sees each entry's part of it, in order.
  void Drop(absl::FunctionRef<void(Lsn lsn, Duration stamped, engine::Effect effect)> take);
  // When the oldest that waits was stamped; nullopt: nothing waits.
  absl::optional<Duration> held_since() const;

  // Effects of entries up to there have left, or were too old to.
  Lsn released() const { return released_; }
  void set_released(Lsn lsn) { released_ = lsn; }

  size_t held() const { return held_.size(); }
  uint64_t too_old() const { return too_old_; }
  uint64_t released_count() const { return released_count_; }

 private:
  struct Held {
    Lsn lsn;
    Duration stamped;
    engine::Effect effect;
  };

  static constexpr Duration kTransactionLife = Duration::Seconds(32);

  bool IsTooOld(const Held& held, Duration now) const;

  EffectSink* const sink_;
  const Duration release_age_;
  std::deque<Held> held_;
  Lsn released_;
  uint64_t too_old_ = 0;
  uint64_t released_count_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_OUTBOX_H_
