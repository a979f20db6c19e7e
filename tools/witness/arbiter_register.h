// What an arbiter decides and keeps: the register in its file, asked in text. HTTP, rates and counters are
// tools/arbiter.h's.
//
//   absl::StatusOr<std::unique_ptr<ArbiterRegister>> reg = ArbiterRegister::Open("arbiter.register");
//   absl::StatusOr<ArbiterReply> reply = (*reg)->Ask(R"({"operation":"grow",...})");
//   reply->text;                           // the answer, as daemon/witness/register_json.h has it
//
// Written, then answered: what a reply says is on disk. Two slots that cannot be read are answered like a blank
// register, and nothing but the operator's force changes it. After a failed write nobody knows what the file holds:
// every later question ends with that error, and the process must end and open the file anew.
//
// No sockets, no clock, no threads of its own; waits for the disk. Not thread-safe.
#ifndef UNDERSTUDY_TOOLS_WITNESS_ARBITER_REGISTER_H_
#define UNDERSTUDY_TOOLS_WITNESS_ARBITER_REGISTER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "replication/register.h"
#include "rocksdb/file_system.h"
#include "tools/witness/register_file.h"

namespace understudy::tools {

struct ArbiterReply {
  replication::RegisterRequest request;  // as it was understood; of a read nothing
  replication::RegisterAnswer answer;
  std::string text;      // of the answer, with a newline
  bool changed = false;  // the register, by this very request
};

class ArbiterRegister {
 public:
  // As RegisterFile::Open.
  static absl::StatusOr<std::unique_ptr<ArbiterRegister>> Open(
      const std::string& path, std::shared_ptr<rocksdb::FileSystem> file_system = nullptr);

  // Linearizable: as of now. The error is failure().
  absl::StatusOr<ArbiterReply> Read() const;
  // InvalidArgument: not a request, and why. Any other error is failure(), and the request may be granted or not.
  absl::StatusOr<ArbiterReply> Ask(absl::string_view request);

  // Of the first write that failed; final.
  const absl::Status& failure() const { return failure_; }
  const absl::optional<replication::Register>& value() const { return file_->value(); }
  RegisterFile::Look look() const { return file_->look(); }
  bool unverifiable() const { return look() == RegisterFile::Look::kUnverifiable; }
  // "epoch 3, primary ...", "blank", or why it cannot be said.
  std::string StateText() const;

 private:
  explicit ArbiterRegister(std::unique_ptr<RegisterFile> file) : file_(std::move(file)) {}

  replication::RegisterAnswer Decided(const replication::RegisterRequest& request) const;

  const std::unique_ptr<RegisterFile> file_;
  absl::Status failure_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_WITNESS_ARBITER_REGISTER_H_
