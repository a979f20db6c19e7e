#include "tools/register_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/crc32c.h"
#include "daemon/witness/register_json.h"

namespace understudy::tools {
namespace {

// A slot: magic, sequence, length of the text, the text (empty: blank), zeros, checksum of all before it.
constexpr absl::string_view kMagic("USREG001", 8);
constexpr size_t kTextAt = 8 + 8 + 4;
constexpr size_t kCrcAt = RegisterFile::kSlotBytes - 4;
constexpr mode_t kFileMode = 0600;

struct Slot {
  bool zero = false;
  bool good = false;
  uint64_t sequence = 0;
  std::string text;
};

void PutNumber(uint64_t number, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

uint64_t GetNumber(absl::string_view in, size_t at, size_t bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) number |= uint64_t{static_cast<unsigned char>(in[at + i])} << (8 * i);
  return number;
}

std::string EncodeSlot(uint64_t sequence, absl::string_view text) {
  std::string out(kMagic);
  PutNumber(sequence, 8, &out);
  PutNumber(text.size(), 4, &out);
  absl::StrAppend(&out, text);
  out.resize(kCrcAt, '\0');
  PutNumber(Crc32c(out), 4, &out);
  return out;
}

Slot DecodeSlot(absl::string_view in) {
  Slot slot;
  slot.zero = in.find_first_not_of('\0') == in.npos;
  if (in.size() != RegisterFile::kSlotBytes || in.substr(0, kMagic.size()) != kMagic) return slot;
  if (GetNumber(in, kCrcAt, 4) != Crc32c(in.substr(0, kCrcAt))) return slot;
  const uint64_t length = GetNumber(in, 16, 4);
  if (length > kCrcAt - kTextAt) return slot;
  slot.good = true;
  slot.sequence = GetNumber(in, 8, 8);
  slot.text = std::string(in.substr(kTextAt, length));
  return slot;
}

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status WriteAt(int fd, const std::string& path, off_t offset, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return SystemError("write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += n;
  }
  return fdatasync(fd) == 0 ? absl::OkStatus() : SystemError("sync", path);
}

absl::StatusOr<std::string> ReadWhole(int fd, const std::string& path) {
  std::string bytes(RegisterFile::kFileBytes, '\0');
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = pread(fd, bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("read", path);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == path.npos ? "." : path.substr(0, slash + 1);
  const net::OwnedFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return SystemError("sync the directory", directory);
  return absl::OkStatus();
}

// Replaces whatever is there by a file that says "blank" in both slots, in one step.
absl::Status MakeBlankFile(const std::string& path) {
  const std::string partial = absl::StrCat(path, ".partial");
  const net::OwnedFd fd(open(partial.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (!fd.valid()) return SystemError("make", partial);
  const std::string slot = EncodeSlot(0, "");
  if (absl::Status s = WriteAt(fd.get(), partial, 0, slot + slot); !s.ok()) return s;
  if (rename(partial.c_str(), path.c_str()) != 0) return SystemError("make", path);
  return SyncDirectoryOf(path);
}

absl::StatusOr<net::OwnedFd> TakeLock(const std::string& path) {
  const std::string lock_path = absl::StrCat(path, ".lock");
  net::OwnedFd lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!lock.valid()) return SystemError("make", lock_path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return SystemError("lock", lock_path);
    return absl::FailedPreconditionError(
        absl::StrCat("another arbiter keeps ", path, ": find it with \"fuser ", lock_path, "\" and stop it"));
  }
  return lock;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RegisterFile>> RegisterFile::Open(const std::string& path) {
  absl::StatusOr<net::OwnedFd> lock = TakeLock(path);
  if (!lock.ok()) return lock.status();
  std::unique_ptr<RegisterFile> file = absl::WrapUnique(new RegisterFile(path, *std::move(lock)));
  if (absl::Status loaded = file->Load(); !loaded.ok()) return loaded;
  return file;
}

absl::Status RegisterFile::Load() {
  fd_.Reset(open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd_.valid() && errno != ENOENT) return SystemError("open", path_);
  std::string bytes;
  if (fd_.valid()) {
    absl::StatusOr<std::string> read = ReadWhole(fd_.get(), path_);
    if (!read.ok()) return read.status();
    bytes = *std::move(read);
  }
  const absl::string_view all(bytes);
  const Slot first = DecodeSlot(all.substr(0, kSlotBytes));
  const Slot second = DecodeSlot(all.substr(std::min(all.size(), kSlotBytes)));
  if (first.zero && second.zero) {
    if (absl::Status made = MakeBlankFile(path_); !made.ok()) return made;
    fd_.Reset(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    return fd_.valid() ? absl::OkStatus() : SystemError("open", path_);
  }
  if (!first.good && !second.good) {
    look_ = Look::kUnverifiable;
    return absl::OkStatus();
  }
  const Slot& newest = !second.good || (first.good && first.sequence >= second.sequence) ? first : second;
  look_ = first.good && second.good ? Look::kGood : Look::kOneSlotLost;
  sequence_ = newest.sequence;
  if (newest.text.empty()) {
    look_ = Look::kBlank;
  } else {
    absl::StatusOr<replication::Register> value = witness::ParseRegister(newest.text);
    if (!value.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(path_, " holds what this program cannot read (",
                                                        value.status().message(), "): was it written by a newer one?"));
    }
    value_ = *std::move(value);
  }
  return WriteBoth(newest.text);
}

absl::Status RegisterFile::Write(const replication::Register& value) {
  const std::string text = witness::RegisterJson(value);
  if (text.size() > kCrcAt - kTextAt) return absl::InternalError("the register is too long for its slot");
  ++sequence_;
  if (absl::Status written = WriteBoth(text); !written.ok()) return written;
  value_ = value;
  look_ = Look::kGood;
  return absl::OkStatus();
}

absl::Status RegisterFile::WriteBoth(const std::string& text) {
  const std::string slot = EncodeSlot(sequence_, text);
  if (absl::Status first = WriteAt(fd_.get(), path_, 0, slot); !first.ok()) return first;
  return WriteAt(fd_.get(), path_, kSlotBytes, slot);
}

}  // namespace understudy::tools
