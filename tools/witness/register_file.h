// The arbiter's durable file: one register, or none yet, in two slots that say the same.
//
//   absl::StatusOr<std::unique_ptr<RegisterFile>> file = RegisterFile::Open("arbiter.register");
//   (*file)->value();                         // nullopt: blank
//   absl::Status written = (*file)->Write(value);
//
// Two sectors 4096 bytes apart, each with sequence number, text (register_json.h) and checksum. Write fills one, syncs
// it, fills the other, syncs that, and returns. So a torn write leaves the other slot, and a slot that rots later has
// its twin: one bad slot never takes back a change that was answered. A missing, empty or zeroed file is a blank
// register; two slots of which none can be read are unverifiable, which only the operator ends.
//
// One process at a time: PATH.lock is held from Open to the end. All input and output goes through rocksdb::FileSystem,
// as the journal's does. Not thread-safe.
#ifndef UNDERSTUDY_TOOLS_WITNESS_REGISTER_FILE_H_
#define UNDERSTUDY_TOOLS_WITNESS_REGISTER_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "replication/register.h"
#include "rocksdb/file_system.h"

namespace understudy::tools {

class RegisterFile {
 public:
  static constexpr size_t kSlotBytes = 4096;
  static constexpr size_t kFileBytes = 2 * kSlotBytes;

  enum class Look { kBlank, kGood, kOneSlotLost, kUnverifiable };

  // Makes the file when it is missing, and both slots good again where one is: what was read is durable on return.
  // FailedPrecondition: another process has it. Others: the file cannot be read or written, and why. A null
  // `file_system` is the machine's own.
  static absl::StatusOr<std::unique_ptr<RegisterFile>> Open(const std::string& path,
                                                            std::shared_ptr<rocksdb::FileSystem> file_system = nullptr);
  ~RegisterFile();
  RegisterFile(const RegisterFile&) = delete;
  RegisterFile& operator=(const RegisterFile&) = delete;

  Look look() const { return look_; }  // when it was opened; after a Write kGood
  const absl::optional<replication::Register>& value() const { return value_; }

  // Durable on return. After an error nobody knows what is on the disk: the process must end and open the file anew.
  absl::Status Write(const replication::Register& value);

 private:
  RegisterFile(std::string path, std::shared_ptr<rocksdb::FileSystem> file_system);

  absl::Status TakeLock();
  rocksdb::IOStatus OpenFile();
  absl::Status Load();
  absl::Status WriteAt(size_t offset, const std::string& slot);
  absl::Status WriteBoth(const std::string& text);

  const std::string path_;
  const std::shared_ptr<rocksdb::FileSystem> file_system_;
  rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  Look look_ = Look::kBlank;
  absl::optional<replication::Register> value_;
  uint64_t sequence_ = 0;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_WITNESS_REGISTER_FILE_H_
