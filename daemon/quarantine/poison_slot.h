// Remembers, across the death of the process, which input was being applied when it died.
//
//   slot->Arm(PoisonSlot::Kind::kInput, bytes, 0);
//   engine::Apply(...);      // may fail a CHECK
//   slot->Disarm();
//
// The slot is a small file, mapped into memory: Arm is a memcpy and a store, no system call. A failed CHECK, an
// abort or a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE) marks an armed slot "crashed" on its way out. A process that is
// killed from outside (SIGKILL, also by the out-of-memory killer) leaves it merely "armed".
#ifndef UNDERSTUDY_DAEMON_QUARANTINE_POISON_SLOT_H_
#define UNDERSTUDY_DAEMON_QUARANTINE_POISON_SLOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::quarantine {

class PoisonSlot {
 public:
  enum class LastWords {
    kNone,     // nothing was being applied, or there was no process before this one
    kKilled,   // something was being applied when the process was ended from outside
    kCrashed,  // what was being applied brought the process down
  };

  // Longer inputs do not exist: neither a datagram nor a message of the stream's limit is.
  static constexpr size_t kMaxBytes = 65536;

  // What is at hand. The number is read by the next process.
  enum class Kind : uint32_t {
    kInput = 0,   // a message; its bytes
    kTimers = 1,  // nothing but time; the bytes say after which entry
  };

  // Maps `file`, which is made (mode 0600) if it is not there or not a slot. One process at a time.
  static absl::StatusOr<std::unique_ptr<PoisonSlot>> Open(const std::string& file);
  ~PoisonSlot();
  PoisonSlot(const PoisonSlot&) = delete;
  PoisonSlot& operator=(const PoisonSlot&) = delete;

  // What the last process left. Until the first Arm.
  LastWords last_words() const;
  Kind last_kind() const;
  absl::string_view last_bytes() const;
  uint64_t last_fingerprint() const;

  // The thread that arms is the one whose crash counts. `fingerprint`: whose bytes these are, where that is not their
  // own hash; it is given back. Disarm wipes the bytes.
  void Arm(Kind kind, absl::string_view bytes, uint64_t fingerprint);
  void Disarm();

  // From now on a crash of the process marks this slot. One slot a process; on the thread that arms. A handler that was
  // installed before runs afterwards.
  void CatchCrashes();

  // Runs in the crash, async-signal-safe, with what was armed. nullptr: nothing.
  using CrashNote = void (*)(Kind kind, absl::string_view bytes, uint64_t fingerprint);
  static void OnCrash(CrashNote note);

 private:
  struct Layout;
  explicit PoisonSlot(Layout* layout) : layout_(layout) {}

  Layout* layout_;
};

}  // namespace understudy::quarantine

#endif  // UNDERSTUDY_DAEMON_QUARANTINE_POISON_SLOT_H_
