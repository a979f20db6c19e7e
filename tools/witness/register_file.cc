#include "tools/witness/register_file.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/crc32c.h"
#include "daemon/witness/register_json.h"
#include "journal/directory.h"
#include "journal/whole_file.h"

namespace understudy::tools {
namespace {

// A slot: magic, sequence, length of the text, the text (empty: blank), zeros, checksum of all before it.
constexpr absl::string_view kMagic("USREG001", 8);
constexpr size_t kTextAt = 8 + 8 + 4;
constexpr size_t kCrcAt = RegisterFile::kSlotBytes - 4;

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

absl::Status ErrorOf(const rocksdb::IOStatus& status, absl::string_view what, const std::string& path) {
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", status.ToString()));
}

}  // namespace

RegisterFile::RegisterFile(std::string path, std::shared_ptr<rocksdb::FileSystem> file_system)
    : path_(std::move(path)),
      file_system_(file_system != nullptr ? std::move(file_system) : rocksdb::FileSystem::Default()) {}

RegisterFile::~RegisterFile() {
  if (lock_ != nullptr) (void)file_system_->UnlockFile(lock_, rocksdb::IOOptions(), nullptr);
}

absl::StatusOr<std::unique_ptr<RegisterFile>> RegisterFile::Open(const std::string& path,
                                                                 std::shared_ptr<rocksdb::FileSystem> file_system) {
  std::unique_ptr<RegisterFile> file = absl::WrapUnique(new RegisterFile(path, std::move(file_system)));
  if (absl::Status locked = file->TakeLock(); !locked.ok()) return locked;
  if (absl::Status loaded = file->Load(); !loaded.ok()) return loaded;
  return file;
}

absl::Status RegisterFile::TakeLock() {
  const rocksdb::IOOptions io;
  const rocksdb::IOStatus there = file_system_->FileExists(journal::DirectoryOf(path_), io, nullptr);
  if (!there.ok()) return ErrorOf(there, "find the directory of", path_);
  const std::string lock_path = absl::StrCat(path_, ".lock");
  const rocksdb::IOStatus s = file_system_->LockFile(lock_path, io, &lock_, nullptr);
  if (s.ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("another arbiter keeps ", path_, " (find it with \"fuser ", lock_path,
                   "\" and stop it), or it may not be written to: ", s.ToString()));
}

rocksdb::IOStatus RegisterFile::OpenFile() {
  return file_system_->NewRandomRWFile(path_, rocksdb::FileOptions(), &file_, nullptr);
}

absl::Status RegisterFile::Load() {
  const rocksdb::IOStatus opened = OpenFile();
  const bool missing = opened.IsNotFound() || opened.IsPathNotFound();
  if (!opened.ok() && !missing) return ErrorOf(opened, "open", path_);
  std::string bytes(kFileBytes, '\0');
  rocksdb::Slice got;
  if (!missing) {
    const rocksdb::IOStatus s = file_->Read(0, bytes.size(), rocksdb::IOOptions(), &got, bytes.data(), nullptr);
    if (!s.ok()) return ErrorOf(s, "read", path_);
  }
  const absl::string_view all(got.data(), got.size());
  const Slot first = DecodeSlot(all.substr(0, kSlotBytes));
  const Slot second = DecodeSlot(all.substr(std::min(all.size(), kSlotBytes)));
  if (first.zero && second.zero) {
    const std::string blank = EncodeSlot(0, "");
    const absl::Status made = journal::ReplaceFile(file_system_.get(), path_, blank + blank);
    if (!made.ok()) return absl::UnavailableError(absl::StrCat("cannot ", made.message()));
    return ErrorOf(OpenFile(), "open", path_);
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

absl::Status RegisterFile::WriteAt(size_t offset, const std::string& slot) {
  const rocksdb::IOOptions io;
  const rocksdb::IOStatus written = file_->Write(offset, slot, io, nullptr);
  if (!written.ok()) return ErrorOf(written, "write", path_);
  return ErrorOf(file_->Sync(io, nullptr), "sync", path_);
}

absl::Status RegisterFile::WriteBoth(const std::string& text) {
  const std::string slot = EncodeSlot(sequence_, text);
  if (absl::Status first = WriteAt(0, slot); !first.ok()) return first;
  return WriteAt(kSlotBytes, slot);
}

}  // namespace understudy::tools
