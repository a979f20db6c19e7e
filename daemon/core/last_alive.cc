#include "daemon/core/last_alive.h"

#include <cstdint>
#include <cstring>

#include "base/crc32c.h"
#include "journal/layout.h"

namespace understudy::daemon {
namespace {

constexpr uint64_t kMagic = 0x334556494c415355;  // "USALIVE3"

// As it lies in the file. `crc` is of all before it.
struct Record {
  uint64_t magic = kMagic;
  uint64_t boot_lo = 0;
  uint64_t boot_hi = 0;
  int64_t since_boot_ns = 0;
  int64_t wall_ns = 0;
  uint64_t end = 0;
  int64_t engine_time_ns = 0;
  uint64_t crc = 0;
};
constexpr size_t kCovered = offsetof(Record, crc);

uint64_t Crc(const Record& record) {
  return Crc32c({reinterpret_cast<const char*>(&record), kCovered});
}

}  // namespace

absl::optional<Alive> LastAlive::Read(rocksdb::FileSystem* file_system, const std::string& directory) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const std::string path = journal::AlivePath(directory);
  if (!file_system->NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr).ok()) return absl::nullopt;
  char scratch[sizeof(Record)];
  rocksdb::Slice bytes;
  if (!file->Read(sizeof(scratch), rocksdb::IOOptions(), &bytes, scratch, nullptr).ok()) return absl::nullopt;
  Record record;
  if (bytes.size() != sizeof(record)) return absl::nullopt;
  std::memcpy(&record, bytes.data(), sizeof(record));
  if (record.magic != kMagic || record.crc != Crc(record)) return absl::nullopt;
  Alive alive;
  alive.at = {Hash128{record.boot_lo, record.boot_hi}, Duration::Nanoseconds(record.since_boot_ns),
              WallTime::FromNanoseconds(record.wall_ns)};
  alive.end = Lsn(record.end);
  alive.engine_time = EngineTime::FromNanoseconds(record.engine_time_ns);
  return alive;
}

void LastAlive::Open(rocksdb::FileSystem* file_system, const std::string& directory) {
  const std::string path = journal::AlivePath(directory);
  std::unique_ptr<rocksdb::FSWritableFile> made;
  if (!file_system->FileExists(path, rocksdb::IOOptions(), nullptr).ok()) {
    if (!file_system->NewWritableFile(path, rocksdb::FileOptions(), &made, nullptr).ok()) return;
    made.reset();
  }
  if (!file_system->NewRandomRWFile(path, rocksdb::FileOptions(), &file_, nullptr).ok()) file_.reset();
}

void LastAlive::Note(const Alive& now) {
  if (file_ == nullptr) return;
  Record record;
  record.boot_lo = now.at.boot_id.lo;
  record.boot_hi = now.at.boot_id.hi;
  record.since_boot_ns = now.at.since_boot.nanoseconds();
  record.wall_ns = now.at.wall.nanoseconds();
  record.end = now.end.value();
  record.engine_time_ns = now.engine_time.nanoseconds();
  record.crc = Crc(record);
  (void)file_->Write(0, {reinterpret_cast<const char*>(&record), sizeof(record)}, rocksdb::IOOptions(), nullptr);
}

}  // namespace understudy::daemon
