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
// One process at a time: PATH.lock is held (flock) from Open to the end. Not thread-safe.
#ifndef UNDERSTUDY_TOOLS_REGISTER_FILE_H_
#define UNDERSTUDY_TOOLS_REGISTER_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "daemon/net/owned_fd.h"
#include "replication/register.h"

namespace understudy::tools {

class RegisterFile {
 public:
  static constexpr size_t kSlotBytes = 4096;
  static constexpr size_t kFileBytes = 2 * kSlotBytes;

  enum class Look { kBlank, kGood, kOneSlotLost, kUnverifiable };

  // Makes the file when it is missing, and both slots good again where one is: what was read is durable on return.
  // FailedPrecondition: another process has it. Others: the file cannot be read or written, and why.
  static absl::StatusOr<std::unique_ptr<RegisterFile>> Open(const std::string& path);
  ~RegisterFile() = default;
  RegisterFile(const RegisterFile&) = delete;
  RegisterFile& operator=(const RegisterFile&) = delete;

  Look look() const { return look_; }  // when it was opened; after a Write kGood
  const absl::optional<replication::Register>& value() const { return value_; }

  // Durable on return. After an error nobody knows what is on the disk: the process must end and open the file anew.
  absl::Status Write(const replication::Register& value);

 private:
  RegisterFile(std::string path, net::OwnedFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  absl::Status Load();
  absl::Status WriteBoth(const std::string& text);

  const std::string path_;
  const net::OwnedFd lock_;
  net::OwnedFd fd_;
  Look look_ = Look::kBlank;
  absl::optional<replication::Register> value_;
  uint64_t sequence_ = 0;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_REGISTER_FILE_H_
