#include "journal/durable_mark.h"

#include <array>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "base/crc32c.h"
#include "journal/rocksdb_status.h"
#include "journal/whole_file.h"

namespace understudy::journal {
namespace {

// A slot: magic, version, sequence, the eight numbers of the value, reserved zeros, checksum of all before it.
constexpr uint64_t kMagic = 0x31304b52414d5355;  // "USMARK01"
constexpr size_t kCrcAt = DurableMark::kSlotBytes - 4;

struct Slot {
  uint64_t sequence;
  MarkValue value;
};

void PutWord(std::string* out, uint64_t word) {
  for (int i = 0; i < 8; ++i) out->push_back(static_cast<char>((word >> (8 * i)) & 0xff));
}

uint64_t GetWord(absl::string_view in, size_t index) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(in[8 * index + i])) << (8 * i);
  }
  return word;
}

std::string EncodeSlot(const Slot& slot) {
  std::string out;
  const MarkValue& v = slot.value;
  for (const uint64_t word : {kMagic, slot.sequence, v.cluster_id, v.store_id, v.start_number, v.promise.value(),
                              v.epoch.value(), v.lsn.value(), v.chain.lo, v.chain.hi}) {
    PutWord(&out, word);
  }
  out.resize(kCrcAt, '\0');
  const uint32_t crc = Crc32c(out);
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>((crc >> (8 * i)) & 0xff));
  return out;
}

absl::optional<Slot> DecodeSlot(absl::string_view in) {
  if (in.size() != DurableMark::kSlotBytes || GetWord(in, 0) != kMagic) return absl::nullopt;
  uint32_t crc = 0;
  for (size_t i = 0; i < 4; ++i) crc |= static_cast<uint32_t>(static_cast<unsigned char>(in[kCrcAt + i])) << (8 * i);
  if (crc != Crc32c(in.substr(0, kCrcAt))) return absl::nullopt;
  Slot slot;
  slot.sequence = GetWord(in, 1);
  slot.value.cluster_id = GetWord(in, 2);
  slot.value.store_id = GetWord(in, 3);
  slot.value.start_number = GetWord(in, 4);
  slot.value.promise = Epoch(GetWord(in, 5));
  slot.value.epoch = Epoch(GetWord(in, 6));
  slot.value.lsn = Lsn(GetWord(in, 7));
  slot.value.chain = Hash128{GetWord(in, 8), GetWord(in, 9)};
  return slot;
}

size_t SlotOffset(uint64_t sequence) { return (sequence % 2) * DurableMark::kSlotDistance; }

struct Slots {
  bool present = false;
  int good = 0;
  Slot newest{};
};

absl::optional<Slot> ReadSlot(rocksdb::FSRandomAccessFile* file, size_t offset) {
  std::array<char, DurableMark::kSlotBytes> buffer;
  rocksdb::Slice got;
  rocksdb::IOStatus s = file->Read(offset, buffer.size(), rocksdb::IOOptions(), &got, buffer.data(), nullptr);
  if (!s.ok()) return absl::nullopt;
  return DecodeSlot({got.data(), got.size()});
}

Slots ReadSlots(rocksdb::FileSystem* file_system, const std::string& path) {
  Slots out;
  rocksdb::IOStatus exists = file_system->FileExists(path, rocksdb::IOOptions(), nullptr);
  if (exists.IsNotFound()) return out;
  out.present = true;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  if (!file_system->NewRandomAccessFile(path, rocksdb::FileOptions(), &file, nullptr).ok()) return out;
  for (const uint64_t which : {0, 1}) {
    const absl::optional<Slot> slot = ReadSlot(file.get(), SlotOffset(which));
    if (!slot.has_value()) continue;
    if (out.good++ == 0 || slot->sequence > out.newest.sequence) out.newest = *slot;
  }
  return out;
}

}  // namespace

MarkReading ReadMark(rocksdb::FileSystem* file_system, const std::string& path) {
  const Slots slots = ReadSlots(file_system, path);
  if (!slots.present) return {MarkLook::kMissing, {}};
  if (slots.good == 0) return {MarkLook::kBothSlotsLost, {}};
  return {slots.good == 1 ? MarkLook::kOneSlotLost : MarkLook::kGood, slots.newest.value};
}

DurableMark::DurableMark(std::unique_ptr<rocksdb::FSRandomRWFile> file, const MarkValue& value, uint64_t sequence)
    : file_(std::move(file)), value_(value), sequence_(sequence) {}

DurableMark::~DurableMark() = default;

absl::StatusOr<std::unique_ptr<DurableMark>> DurableMark::Create(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                                 const std::string& path, const MarkValue& value) {
  std::string bytes = EncodeSlot({0, value});
  bytes.resize(kSlotDistance, '\0');
  bytes += EncodeSlot({1, value});
  bytes.resize(kFileBytes, '\0');
  if (absl::Status made = ReplaceFile(file_system.get(), path, bytes); !made.ok()) return made;
  return Open(std::move(file_system), path);
}

absl::StatusOr<std::unique_ptr<DurableMark>> DurableMark::Open(std::shared_ptr<rocksdb::FileSystem> file_system,
                                                               const std::string& path) {
  const Slots slots = ReadSlots(file_system.get(), path);
  if (!slots.present) return absl::NotFoundError(absl::StrCat("no durable mark ", path));
  if (slots.good == 0) return absl::DataLossError(absl::StrCat("both slots of ", path, " are lost"));
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  rocksdb::IOStatus s = file_system->NewRandomRWFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!s.ok()) return ToAbsl(s, "open the durable mark");
  return absl::WrapUnique(new DurableMark(std::move(file), slots.newest.value, slots.newest.sequence));
}

absl::Status DurableMark::Put(const MarkValue& value) {
  if (!failure_.ok()) return failure_;
  // The slot written last is only overwritten once the other one is known to be on disk.
  if (unsynced_) --sequence_;
  const std::string slot = EncodeSlot({sequence_ + 1, value});
  rocksdb::IOStatus s =
      file_->Write(SlotOffset(sequence_ + 1), {slot.data(), slot.size()}, rocksdb::IOOptions(), nullptr);
  if (!s.ok()) return failure_ = ToAbsl(s, "write the durable mark");
  ++sequence_;
  unsynced_ = true;
  value_ = value;
  return absl::OkStatus();
}

absl::Status DurableMark::Sync() {
  if (!failure_.ok()) return failure_;
  if (!unsynced_) return absl::OkStatus();
  rocksdb::IOStatus s = file_->Sync(rocksdb::IOOptions(), nullptr);
  if (!s.ok()) return failure_ = ToAbsl(s, "sync the durable mark");
  unsynced_ = false;
  return absl::OkStatus();
}

absl::Status DurableMark::Write(const MarkValue& value) {
  if (absl::Status s = Put(value); !s.ok()) return s;
  return Sync();
}

}  // namespace understudy::journal
