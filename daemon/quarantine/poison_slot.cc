#include "daemon/quarantine/poison_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::quarantine {
namespace {

constexpr uint64_t kMagic = 0x32544f4c53535550;  // "PUSSLOT2"
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr int kSignalLimit = 65;
constexpr size_t kSignalStackBytes = 64 * 1024;

enum State : uint32_t { kIdle = 0, kArmed = 1, kCrashed = 2 };

}  // namespace

// Read by the next process, of the same or another build on the same machine.
struct PoisonSlot::Layout {
  uint64_t magic;
  std::atomic<uint32_t> state;
  uint32_t size;
  uint64_t fingerprint;
  uint32_t kind;
  char bytes[kMaxBytes];
};

namespace {

// What the signal handler may look at. Set once, before the first crash can be ours.
std::atomic<std::atomic<uint32_t>*> watched_state{nullptr};
pid_t watched_thread = 0;
struct sigaction previous[kSignalLimit];
std::atomic<const PoisonSlot*> watched_slot{nullptr};
std::atomic<PoisonSlot::CrashNote> crash_note{nullptr};

void MarkCrashed() {
  std::atomic<uint32_t>* state = watched_state.load(std::memory_order_acquire);
  if (state == nullptr) return;
  uint32_t armed = kArmed;
  if (!state->compare_exchange_strong(armed, kCrashed)) return;
  const PoisonSlot* slot = watched_slot.load();
  const PoisonSlot::CrashNote note = crash_note.load();
  if (slot != nullptr && note != nullptr) note(slot->last_kind(), slot->last_bytes(), slot->last_fingerprint());
}

// A fault or an abort of another thread says nothing about the input at hand. A signal sent with kill (a watchdog's
// SIGABRT, say) may arrive on any thread; an input that is still being applied by then is a fair guess.
bool Concerns(const siginfo_t& info) {
  return info.si_code == SI_USER || gettid() == watched_thread;
}

void HandleSignal(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  if (Concerns(*info)) MarkCrashed();
  sigaction(signal, &previous[signal], nullptr);
  // A fault repeats itself on return and then dies in the proper place; a signal that was sent does not.
  if (info->si_code <= 0) raise(signal);
  errno = saved;
}

void HandleFailedCheck() {
  if (gettid() == watched_thread) MarkCrashed();
}

absl::Status FileError(absl::string_view what, const std::string& file) {
  return absl::ErrnoToStatus(errno, absl::StrCat("quarantine: cannot ", what, " ", file));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PoisonSlot>> PoisonSlot::Open(const std::string& file) {
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("open", file);
  // Blocks are reserved, so that a full disk shows here and not as a SIGBUS at some Arm.
  errno = posix_fallocate(fd, 0, sizeof(Layout));
  void* memory = MAP_FAILED;
  if (errno == 0) memory = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  const int error = errno;
  close(fd);
  errno = error;
  if (memory == MAP_FAILED) return FileError("map", file);
  Layout* layout = static_cast<Layout*>(memory);
  if (layout->magic != kMagic || layout->size > kMaxBytes || layout->state.load() > kCrashed ||
      layout->kind > static_cast<uint32_t>(Kind::kTimers)) {
    std::memset(memory, 0, sizeof(Layout));
    layout->magic = kMagic;
  }
  return std::unique_ptr<PoisonSlot>(new PoisonSlot(layout));
}

PoisonSlot::~PoisonSlot() {
  if (watched_state.load() == &layout_->state) {
    watched_state.store(nullptr);
    watched_slot.store(nullptr);
    SetCheckFailedHook(nullptr);
  }
  munmap(layout_, sizeof(Layout));
}

PoisonSlot::LastWords PoisonSlot::last_words() const {
  switch (layout_->state.load()) {
    case kArmed:
      return LastWords::kKilled;
    case kCrashed:
      return LastWords::kCrashed;
    default:
      return LastWords::kNone;
  }
}

absl::string_view PoisonSlot::last_bytes() const {
  return {layout_->bytes, layout_->size};
}

PoisonSlot::Kind PoisonSlot::last_kind() const {
  return static_cast<Kind>(layout_->kind);
}

uint64_t PoisonSlot::last_fingerprint() const {
  return layout_->fingerprint;
}

void PoisonSlot::Arm(Kind kind, absl::string_view bytes, uint64_t fingerprint) {
  layout_->kind = static_cast<uint32_t>(kind);
  layout_->fingerprint = fingerprint;
  layout_->size = static_cast<uint32_t>(std::min(bytes.size(), kMaxBytes));
  std::memcpy(layout_->bytes, bytes.data(), layout_->size);
  layout_->state.store(kArmed, std::memory_order_release);
}

void PoisonSlot::Disarm() {
  layout_->state.store(kIdle, std::memory_order_release);
  std::memset(layout_->bytes, 0, layout_->size);
  layout_->size = 0;
}

void PoisonSlot::OnCrash(CrashNote note) { crash_note.store(note); }

void PoisonSlot::CatchCrashes() {
  watched_slot.store(this);
  US_CHECK(watched_state.load() == nullptr);
  static char signal_stack[kSignalStackBytes];  // a stack that has overflowed cannot run a handler
  stack_t stack{};
  stack.ss_sp = signal_stack;
  stack.ss_size = sizeof signal_stack;
  sigaltstack(&stack, nullptr);
  watched_thread = gettid();
  watched_state.store(&layout_->state, std::memory_order_release);
  SetCheckFailedHook(HandleFailedCheck);
  struct sigaction action {};
  action.sa_sigaction = HandleSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (int signal : kSignals) sigaction(signal, &action, &previous[signal]);
}

}  // namespace understudy::quarantine
