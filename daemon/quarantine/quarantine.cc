// <directory>/slot           what is being applied (poison_slot.h)
// <directory>/fingerprints   lines "held|suspect <16 hex digits> <seconds since 1970 until which it counts>"
// <directory>/*.bin          the bytes of those held
#include "daemon/quarantine/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/siphash.h"

namespace understudy::quarantine {
namespace {

namespace fs = std::filesystem;

constexpr HashKey kFingerprintKey = {0x756e646572737475, 0x6479706f69736f6e};

std::string TimeText(WallTime time) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", absl::FromUnixNanos(time.nanoseconds()), absl::UTCTimeZone());
}

// All or nothing, also when the machine stops right after.
absl::Status WriteFile(const std::string& file, absl::string_view bytes) {
  const std::string fresh = file + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("quarantine: cannot write ", fresh));
  const bool written = write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written) return absl::ErrnoToStatus(error, absl::StrCat("quarantine: cannot write ", fresh));
  if (rename(fresh.c_str(), file.c_str()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("quarantine: cannot rename ", fresh));
}

// Names begin with the time, so the oldest come first. Leaves room for one more.
void DropOldFiles(const std::string& directory, size_t most) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".bin") names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  for (size_t i = 0; i + most <= names.size(); ++i) fs::remove(names[i], error);
}

std::atomic<void (*)(uint64_t)> crash_sayer{nullptr};

void Tell(PoisonSlot::Kind kind, absl::string_view bytes, uint64_t fingerprint) {
  void (*say)(uint64_t) = crash_sayer.load();
  if (say == nullptr || kind != PoisonSlot::Kind::kInput) return;
  say(fingerprint != 0 ? fingerprint : Fingerprint(bytes));
}

}  // namespace

uint64_t Fingerprint(absl::string_view bytes) {
  return SipHash64(kFingerprintKey, bytes);
}

Quarantine::Quarantine(const QuarantineOptions& options, std::unique_ptr<PoisonSlot> slot)
    : options_(options), slot_(std::move(slot)) {}

Quarantine::Armed::Armed(Quarantine* quarantine, Lsn last) : slot_(quarantine->slot_.get()) {
  slot_->Arm(PoisonSlot::Kind::kTimers, absl::AlphaNum(last.value()).Piece(), 0);
}

absl::StatusOr<std::unique_ptr<Quarantine>> Quarantine::Open(const QuarantineOptions& options, WallTime now) {
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("quarantine: cannot make ", options.directory, ": ", error.message()));
  }
  absl::StatusOr<std::unique_ptr<PoisonSlot>> slot = PoisonSlot::Open(options.directory + "/slot");
  if (!slot.ok()) return slot.status();
  auto quarantine = std::unique_ptr<Quarantine>(new Quarantine(options, *std::move(slot)));
  if (absl::Status recovered = quarantine->Recover(now); !recovered.ok()) return recovered;
  return quarantine;
}

absl::Status Quarantine::Recover(WallTime now) {
  Load(now);
  const absl::string_view bytes = slot_->last_bytes();
  if (slot_->last_kind() == PoisonSlot::Kind::kTimers) {
    uint64_t last = 0;
    const bool crashed = slot_->last_words() == PoisonSlot::LastWords::kCrashed;
    if (crashed && absl::SimpleAtoi(bytes, &last)) fatal_timer_after_ = Lsn(last);
    slot_->Disarm();
    return absl::OkStatus();
  }
  const uint64_t fingerprint = slot_->last_fingerprint() != 0 ? slot_->last_fingerprint() : Fingerprint(bytes);
  switch (slot_->last_words()) {
    case PoisonSlot::LastWords::kNone:
      return absl::OkStatus();
    case PoisonSlot::LastWords::kKilled:
      if (suspects_.emplace(fingerprint, now + options_.hold).second) break;
      suspects_.erase(fingerprint);
      [[fallthrough]];
    case PoisonSlot::LastWords::kCrashed:
      if (absl::Status condemned = Condemn(fingerprint, bytes, now); !condemned.ok()) return condemned;
  }
  slot_->Disarm();
  return Save();
}

absl::Status Quarantine::Condemn(uint64_t fingerprint, absl::string_view bytes, WallTime now) {
  DropOldFiles(options_.directory, options_.max_files);
  const std::string file =
      absl::StrCat(options_.directory, "/", TimeText(now), "-", absl::Hex(fingerprint, absl::kZeroPad16), ".bin");
  held_[fingerprint] = now + options_.hold;
  casualty_ = Casualty{fingerprint, file, bytes.size()};
  return WriteFile(file, bytes);
}

bool Quarantine::Holds(absl::string_view bytes, WallTime now) {
  if (held_.empty()) return false;
  const auto it = held_.find(Fingerprint(bytes));
  if (it == held_.end()) return false;
  if (now >= it->second) {
    held_.erase(it);
    return false;
  }
  ++dropped_;
  return true;
}

void Quarantine::OnCrash(void (*say)(uint64_t fingerprint)) {
  crash_sayer.store(say);
  PoisonSlot::OnCrash(&Tell);
}

std::vector<uint64_t> Quarantine::fingerprints() const {
  std::vector<uint64_t> all;
  for (const auto& [fingerprint, until] : held_) all.push_back(fingerprint);
  return all;
}

absl::Status Quarantine::Hold(uint64_t fingerprint, WallTime now) {
  Forget(now);
  if (held_.contains(fingerprint)) return absl::OkStatus();
  held_[fingerprint] = now + options_.hold;
  return Save();
}

void Quarantine::Forget(WallTime now) {
  const auto over = [now](const auto& entry) { return now >= entry.second; };
  absl::erase_if(held_, over);
  absl::erase_if(suspects_, over);
  while (held_.size() > options_.max_fingerprints) {
    held_.erase(
        std::min_element(held_.begin(), held_.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
}

// Lines that are none are left out: a damaged list must not keep the server from starting. A clock that went back
// cannot make anything count for longer than the hold.
void Quarantine::Load(WallTime now) {
  std::ifstream in(options_.directory + "/fingerprints");
  std::string line;
  for (size_t lines = 0; lines < 2 * options_.max_fingerprints && std::getline(in, line); ++lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    uint64_t fingerprint;
    int64_t seconds;
    if (words.size() != 3 || !absl::SimpleHexAtoi(words[1], &fingerprint) || !absl::SimpleAtoi(words[2], &seconds)) {
      continue;
    }
    if (seconds < 0 || seconds > 1000000000000 / 128) continue;
    auto& list = words[0] == "held" ? held_ : suspects_;
    list[fingerprint] = std::min(WallTime::FromNanoseconds(seconds * 1000000000), now + options_.hold);
  }
  Forget(now);
}

absl::Status Quarantine::Save() const {
  std::string text;
  const auto append = [&text](absl::string_view kind, const auto& list) {
    for (const auto& [fingerprint, until] : list) {
      absl::StrAppend(&text, kind, " ", absl::Hex(fingerprint, absl::kZeroPad16), " ", until.nanoseconds() / 1000000000,
                      "\n");
    }
  };
  append("held", held_);
  append("suspect", suspects_);
  return WriteFile(options_.directory + "/fingerprints", text);
}

}  // namespace understudy::quarantine
