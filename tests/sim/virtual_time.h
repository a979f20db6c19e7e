// Time and chance of a simulated world: both are decided by the seed, and by nothing else.
//
//   EventQueue events;
//   const EventId id = events.After(Duration::Milliseconds(5), [&] { ... });
//   events.Cancel(id);
//   while (events.now() < end && events.RunNext()) {}
//
//   Chance chance(seed);
//   Chance phones = chance.Fork("phones");          // a stream of its own: drawing from it changes no other
//   if (phones.OneIn(10)) delay = phones.Between(Duration::Milliseconds(1), Duration::Milliseconds(80));
//
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_VIRTUAL_TIME_H_
#define UNDERSTUDY_TESTS_SIM_VIRTUAL_TIME_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/time.h"

namespace understudy::sim {

// Names an event until it has run or was cancelled; 0: none. Never used again.
using EventId = uint64_t;

class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // Since the world began. Stands still while an event runs.
  Duration now() const { return now_; }

  // A past time is now. Events of one time run in the order in which they were asked for.
  EventId At(Duration time, std::function<void()> event);
  EventId After(Duration delay, std::function<void()> event) { return At(now_ + delay, std::move(event)); }
  // Nothing happens when it has run, or was cancelled.
  void Cancel(EventId id);

  // Moves the time to the next event and runs it; false: there is none.
  bool RunNext();
  // As long as there are events up to `time`; then it is that time.
  void RunUntil(Duration time);

  size_t pending() const { return slots_.size() - free_.size(); }
  uint64_t run() const { return run_; }  // events, since the beginning

 private:
  struct Entry {
    Duration time;
    uint64_t order;
    EventId id;
  };
  struct Slot {
    EventId id = 0;  // 0: free
    std::function<void()> event;
  };

  struct IsLater {
    bool operator()(const Entry& a, const Entry& b) const {
      return b.time < a.time || (b.time == a.time && b.order < a.order);
    }
  };
  Slot* Find(EventId id);
  void Release(EventId id);
  // Forgets cancelled ones that would be next.
  void Prune();
  bool IsSoon() const;  // the next one is of soon_
  bool empty() const { return heap_.empty() && taken_ == soon_.size(); }
  const Entry& next() const { return IsSoon() ? soon_[taken_] : heap_.front(); }
  Entry TakeNext();

  Duration now_;
  std::vector<Entry> heap_;  // asked for with a time to come
  std::vector<Entry> soon_;  // asked for with the time that it was: in their order, from taken_ on
  size_t taken_ = 0;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  uint64_t order_ = 0;
  uint64_t run_ = 0;
};

// Draws. The same everywhere: no distribution of the standard library is involved.
class Chance {
 public:
  explicit Chance(uint64_t seed);

  // A stream that depends on this one's seed and the name only, not on what has been drawn.
  Chance Fork(absl::string_view name) const;
  Chance Fork(absl::string_view name, uint64_t number) const;

  uint64_t Bits();
  // 0 to n - 1; n is above 0.
  uint64_t Below(uint64_t n);
  int64_t Between(int64_t low, int64_t high);  // both included
  Duration Between(Duration low, Duration high);
  // Most near `low`, few near `high`: as delays are.
  Duration Skewed(Duration low, Duration high);
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  bool Percent(uint64_t p) { return Below(100) < p; }
  bool PerMillion(uint64_t p) { return Below(1000000) < p; }
  template <class Container>
  auto& Pick(Container& from) {
    return from[Below(from.size())];
  }

  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_;
  uint64_t state_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_VIRTUAL_TIME_H_
