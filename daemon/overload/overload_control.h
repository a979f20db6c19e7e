// How much of what begins something is taken. No rate is configured: the node measures how late it is, and takes less
// while it is late, more while it is not.
//
//   control.Look(now);                            // before a round is handled, and a few times a second
//   control.NoteDatagrams(oldest_waited);         // how old its oldest datagram was when it was read
//   if (!control.Takes(Work::kInvite)) ...        // 503
//
// Late is a queue that stands: not even the quickest round of a tick was read within `target` (as CoDel judges a queue,
// RFC 8289). A burst, a slow commit or a stopped process makes many datagrams old and leaves no queue that stands.
// Two answers to it (the integral and the proportional part of PIE, RFC 8033): while late the share that is taken
// shrinks slowly, while not it grows as slowly, for what a call that was taken will ask for comes half a second later
// and a quick answer swings; and of the share a round gets the less the longer it has itself waited beyond the target,
// so that the queue does not grow while the share finds its place. An episode ends when all has been taken for a while
// without being late.
//
// Chance is not needed: of n requests of a kind k are taken, evenly spread. One thread.
#ifndef UNDERSTUDY_DAEMON_OVERLOAD_OVERLOAD_CONTROL_H_
#define UNDERSTUDY_DAEMON_OVERLOAD_OVERLOAD_CONTROL_H_

#include <array>
#include <cstdint>

#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/net/scheduler.h"
#include "daemon/overload/work.h"

namespace understudy::daemon {

struct OverloadOptions {
  // What a queue may stand at. 0: nothing is ever refused.
  Duration target = Duration::Milliseconds(100);
  // The same of entries until their commit. Repeated requests begin at half of it, and past release-age
  // nothing is sent at all.
  Duration commit_target = Duration::Seconds(1);
};

class OverloadControl {
 public:
  explicit OverloadControl(const OverloadOptions& options) : options_(options) {}

  // Since `now` what is noted counts for the next tick.
  void Look(net::MonotonicTime now);

  // A round of datagrams, by its oldest; of messages of a connection that has not been read empty for so long (0: it
  // has been); and datagrams that the kernel has dropped, for nobody read them.
  void NoteDatagrams(Duration waited);
  void NoteStream(Duration waited);
  void NoteDropped() { tick_.dropped = true; }
  // A batch has been committed so long after it was formed. While none is, something has stopped, which is no overload:
  // what waits leaves at once when it goes on.
  void NoteCommit(Duration latency);

  // Whether to take one more; counted if not.
  bool Takes(Work work);
  // Refused for another reason, or again.
  void CountRefused(Work work) { ++refused_[static_cast<size_t>(work)]; }

  // From the first refusal until nothing has been late for a while.
  bool overloaded() const { return overloaded_; }
  int share_percent() const { return share_ * 100 / kAll; }
  Duration late_by() const { return late_by_; }  // of the last tick
  uint64_t episodes() const { return episodes_; }
  uint64_t refused(Work work) const { return refused_[static_cast<size_t>(work)]; }
  uint64_t refused() const;

  // For the log: one each for an episode.
  struct News {
    bool begins = false;
    Duration late_by;       // begins: how late it was; ends: the most it has been
    Duration lasted;        // ends
    int least_percent = 0;  // ends: the least that was taken
    uint64_t refused = 0;   // ends
  };
  absl::optional<News> TakeNews();

 private:
  static constexpr int kAll = 1024;

  struct Tick {
    absl::optional<Duration> datagrams;  // the youngest of the rounds' oldest
    Duration stream;                     // the longest
    absl::optional<Duration> commit;     // the shortest
    bool dropped = false;
  };

  bool Stalled(net::MonotonicTime now);
  void BeginTick(net::MonotonicTime now);
  Duration LateBy() const;
  void Judge(net::MonotonicTime now, int64_t ticks);
  void Begin(net::MonotonicTime now);
  void Adapt(int64_t ticks);
  void EndIfCalm(net::MonotonicTime now);
  int ShareNow() const;

  const OverloadOptions options_;
  Tick tick_;
  net::MonotonicTime tick_began_;
  net::MonotonicTime looked_;
  bool skipped_ = false;  // the last tick
  int late_ticks_ = 0;
  Duration late_by_;
  Duration waited_;  // the last round
  bool overloaded_ = false;
  int share_ = kAll;
  std::array<int, kWorks> owed_{};  // of one, in parts of kAll
  std::array<uint64_t, kWorks> refused_{};
  uint64_t episodes_ = 0;
  net::MonotonicTime began_;
  net::MonotonicTime calm_since_;
  News episode_;
  absl::optional<News> begun_;
  absl::optional<News> ended_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_OVERLOAD_OVERLOAD_CONTROL_H_
