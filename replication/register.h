// The witness's register: who is primary, in which epoch, and who else may become it. Every change is a compare-and-set
// on the version; `Decide` is all that a witness knows (docs/replication.md has it as a table).
//
//   RegisterAnswer answer = Decide(present, request);
//   if (answer.verdict == RegisterVerdict::kDone) -> make *answer.now durable, then answer
//
// Values. Where they are kept, and how requests travel, is the daemon's matter (daemon/witness/).
#ifndef UNDERSTUDY_REPLICATION_REGISTER_H_
#define UNDERSTUDY_REPLICATION_REGISTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"

namespace understudy::replication {

// One life of one store. A lost disk gets a new store id, a restart the next start number.
struct Incarnation {
  uint64_t store_id = 0;  // random, drawn when the store is formatted; 0: none
  uint64_t start_number = 0;

  bool empty() const { return store_id == 0; }
  friend bool operator==(const Incarnation&, const Incarnation&) = default;
  friend auto operator<=>(const Incarnation&, const Incarnation&) = default;
};

// What an acknowledgement of the backup means, and so who is a member: `durable`: the entry is synced, and the store is
// a member in any of its starts; `received`: it is in memory, and only this very incarnation is.
enum class CommitMode : uint8_t { kDurable = 0, kReceived = 1 };

struct Register {
  uint64_t cluster_id = 0;
  uint64_t version = 0;  // 1 when created
  Epoch epoch;
  Incarnation primary;
  std::vector<Incarnation> in_sync;  // one or two; the primary's is the first
  CommitMode mode = CommitMode::kDurable;  // of the primary of this epoch
  bool forced = false;                     // the operator gave this epoch away

  friend bool operator==(const Register&, const Register&) = default;
};

// Whether `node` is named by the in-sync set, by the meaning of the register's mode.
bool IsMember(const Register& value, const Incarnation& node);
// Whether it may become primary: a member, or any start of the only store in the set.
bool MayAcquire(const Register& value, const Incarnation& node);
bool SameNode(CommitMode mode, const Incarnation& a, const Incarnation& b);

enum class RegisterOperation : uint8_t {
  kCreate = 0,    // a blank register: the first epoch, the asker alone
  kShrink = 1,    // the primary alone
  kGrow = 2,      // the primary and `peer`
  kAcquire = 3,   // the next epoch for the asker, who is a member
  kHandover = 4,  // the next epoch for `peer`, who is a member; the set stays
  kTouch = 5,     // nothing but the next version: every older request is void
  kForce = 6,     // the operator: the next epoch for the asker, whoever it is
};
inline constexpr int kRegisterOperations = 7;

// The highest epoch that may be asked for, unless it is the next one: so 64 bits never come to their end.
inline constexpr Epoch kHighestEpochAsked = Epoch(uint64_t{1} << 48);

struct RegisterRequest {
  RegisterOperation operation = RegisterOperation::kTouch;
  uint64_t cluster_id = 0;
  uint64_t version = 0;  // that the asker has seen; 0 with kCreate, and with kForce of a blank register
  Incarnation asker;
  Incarnation peer;                        // kGrow, kHandover: another store than the asker's
  Epoch epoch;                             // kCreate, kAcquire, kForce: the new epoch is at least this
  CommitMode mode = CommitMode::kDurable;  // kCreate, kAcquire, kForce: of the asker

  friend bool operator==(const RegisterRequest&, const RegisterRequest&) = default;
};

// The numbers travel: they never change their meaning.
enum class RegisterVerdict : uint8_t {
  kDone = 0,
  kOtherVersion = 1,  // nothing changed. Maybe this very request was granted before: compare
  kRefused = 2,       // nothing changed. Not definite: another copy of the request may yet be granted
  kBlank = 3,         // the witness knows nothing, and only kCreate or kForce end that
  kOtherCluster = 4,
};

struct RegisterAnswer {
  RegisterVerdict verdict = RegisterVerdict::kRefused;
  absl::optional<Register> now;  // after the request; nullopt: blank
  std::string why;               // of what is not kDone, for people

  friend bool operator==(const RegisterAnswer&, const RegisterAnswer&) = default;
};

RegisterAnswer Decide(const absl::optional<Register>& present, const RegisterRequest& request);

// Whether `now`, the first register seen with another version, is what `request` asked for.
bool WasGranted(const Register& now, const RegisterRequest& request);

absl::string_view OperationName(RegisterOperation operation);
absl::string_view VerdictName(RegisterVerdict verdict);
absl::string_view ModeName(CommitMode mode);
// "epoch 3, primary 1a2b.4, in sync 1a2b.4 and 77aa.1, version 12"
std::string ToText(const Register& value);
std::string ToText(const Incarnation& node);

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_REGISTER_H_
