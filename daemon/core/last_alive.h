// When this node last served, though no entry says so: an idle server that dies was away for as long as it was dead,
// not since its last entry. A small file beside the log, written a few times a second and never synced: it outlives the
// process. After a power loss an older one may be there again, or none.
#ifndef UNDERSTUDY_DAEMON_CORE_LAST_ALIVE_H_
#define UNDERSTUDY_DAEMON_CORE_LAST_ALIVE_H_

#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {

struct Moment {
  Hash128 boot_id;
  Duration since_boot;  // CLOCK_BOOTTIME
  WallTime wall;

  static Moment Of(const Clock& clock) { return {clock.BootId(), clock.SinceBoot(), clock.Wall()}; }
  // From `earlier` to this: exact within one boot, by the wall clock otherwise. May be negative.
  Duration Since(const Moment& earlier) const {
    return boot_id == earlier.boot_id ? since_boot - earlier.since_boot : wall - earlier.wall;
  }
};

// What is noted: that somebody served at `at`, when the log ended with `end` and engine time had come to `engine_time`.
struct Alive {
  Moment at;
  Lsn end;
  EngineTime engine_time;
};

// One thread.
class LastAlive {
 public:
  // nullopt: no file, or a damaged one.
  static absl::optional<Alive> Read(rocksdb::FileSystem* file_system, const std::string& directory);

  // The file that Note writes; without it, Note does nothing: all that is lost is how short an outage was.
  void Open(rocksdb::FileSystem* file_system, const std::string& directory);
  void Note(const Alive& now);

 private:
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_LAST_ALIVE_H_
