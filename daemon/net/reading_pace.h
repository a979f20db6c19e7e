// When connections are read: once something has come over one of them, the next are read no sooner than
// TrafficLimits::gather later, and all of them at once. Each round costs a commit, and connections wake the loop
// message by message. What comes when nothing has come for so long is read at once. Those that are not read within
// TrafficLimits::longest_turn are read in the next turns: what is read is answered, and the reader is held back where
// too much waits, only when a turn ends.
#ifndef UNDERSTUDY_DAEMON_NET_READING_PACE_H_
#define UNDERSTUDY_DAEMON_NET_READING_PACE_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class ReadingPace {
 public:
  // `read` is called for each that was held, when it is time. `limits` outlives this.
  ReadingPace(IoLoop* loop, const TrafficLimits* limits, std::function<void(uint64_t)> read)
      : limits_(limits), read_(std::move(read)), over_(loop, [this] { Over(); }) {}

  // Something was read.
  void Begin();
  // Whether that connection waits now for its `read`. A connection that is gone meanwhile is named all the same.
  bool Holds(uint64_t id);
  // Nobody waits any more.
  void Clear();

 private:
  void Over();
  bool IsLong(Duration turn) const;
  void GoOnLater(std::vector<uint64_t> rest);

  const TrafficLimits* const limits_;
  const std::function<void(uint64_t)> read_;
  Alarm over_;
  bool waits_ = false;
  std::vector<uint64_t> held_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_READING_PACE_H_
