// Keeps an input that brought the server down from doing it again.
//
//   auto quarantine = Quarantine::Open(options, now);    // writes down what the last process died of
//   if (quarantine->Holds(bytes, now)) drop;
//   Quarantine::Armed armed(quarantine.get(), bytes);
//   engine::Apply(...);
//
// An input is known by a hash of its bytes, so a retransmission is the same input whatever way it comes. Its bytes are
// kept in <directory>/<time>-<fingerprint>.bin (mode 0600), and for ten minutes it is dropped, in this process and
// those after it. An input that was merely at hand when the process was killed is innocent; when the same one is at
// hand at the next kill too, it is not. Where an input holds credentials it is kept without them, under the fingerprint
// of the whole.
//
// A timer that brings the server down cannot be dropped: it stands in the state and is due again at every start. All
// that can be done is to say so.
#ifndef UNDERSTUDY_DAEMON_QUARANTINE_QUARANTINE_H_
#define UNDERSTUDY_DAEMON_QUARANTINE_QUARANTINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "daemon/quarantine/poison_slot.h"

namespace understudy::quarantine {

struct QuarantineOptions {
  std::string directory;  // made if it is not there
  Duration hold = Duration::Seconds(600);
  size_t max_files = 64;          // the oldest go
  size_t max_fingerprints = 256;  // those that end first go
};

// The same on every node and in every process.
uint64_t Fingerprint(absl::string_view bytes);

class Quarantine {
 public:
  // What the last process died of.
  struct Casualty {
    uint64_t fingerprint = 0;
    std::string file;  // where its bytes are
    size_t size = 0;
  };

  // An input, or the passage of time after the entry `last`, for the length of a scope. `fingerprint`: of the input as
  // it came; 0: `bytes` are that.
  class Armed {
   public:
    Armed(Quarantine* quarantine, absl::string_view bytes, uint64_t fingerprint = 0) : slot_(quarantine->slot_.get()) {
      slot_->Arm(PoisonSlot::Kind::kInput, bytes, fingerprint);
    }
    Armed(Quarantine* quarantine, Lsn last);
    ~Armed() { slot_->Disarm(); }
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;

   private:
    PoisonSlot* slot_;
  };

  // Deals with what the last process left behind and makes the slot ready. An error: the directory cannot be used.
  static absl::StatusOr<std::unique_ptr<Quarantine>> Open(const QuarantineOptions& options, WallTime now);

  // Crashes of the calling thread count from now on.
  void CatchCrashes() { slot_->CatchCrashes(); }

  const absl::optional<Casualty>& casualty() const { return casualty_; }
  // Set when the last process died of a timer: the number of the last entry before it.
  const absl::optional<Lsn>& fatal_timer_after() const { return fatal_timer_after_; }

  // Runs in the crash, async-signal-safe, with the fingerprint of the input that the process dies of.
  static void OnCrash(void (*say)(uint64_t fingerprint));

  // True: drop it. Costs a hash of the bytes, and only while anything is held.
  bool Holds(absl::string_view bytes, WallTime now);

  // Holds an input that another node died of; no longer than before where it is held already.
  absl::Status Hold(uint64_t fingerprint, WallTime now);

  // What is held, in no order.
  std::vector<uint64_t> fingerprints() const;
  size_t held() const { return held_.size(); }
  uint64_t dropped() const { return dropped_; }

 private:
  Quarantine(const QuarantineOptions& options, std::unique_ptr<PoisonSlot> slot);

  absl::Status Recover(WallTime now);
  absl::Status Condemn(uint64_t fingerprint, absl::string_view bytes, WallTime now);
  void Load(WallTime now);
  absl::Status Save() const;
  void Forget(WallTime now);

  QuarantineOptions options_;
  std::unique_ptr<PoisonSlot> slot_;
  absl::flat_hash_map<uint64_t, WallTime> held_;      // until when
  absl::flat_hash_map<uint64_t, WallTime> suspects_;  // at hand at a kill, until when that counts
  absl::optional<Casualty> casualty_;
  absl::optional<Lsn> fatal_timer_after_;
  uint64_t dropped_ = 0;
};

}  // namespace understudy::quarantine

#endif  // UNDERSTUDY_DAEMON_QUARANTINE_QUARANTINE_H_
