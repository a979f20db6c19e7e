// What the two nodes of a pair say to each other, and the bytes of it. The non-primary node dials and says Hello; the
// primary answers Welcome or Refusal. docs/replication.md has the sequence.
//
// Bytes from the peer are hostile until Decode has said OK.
#ifndef UNDERSTUDY_REPLICATION_MESSAGES_H_
#define UNDERSTUDY_REPLICATION_MESSAGES_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "replication/epoch_history.h"
#include "replication/register.h"

namespace understudy::replication {

inline constexpr uint32_t kProtocolVersion = 1;
inline constexpr size_t kMaxNameOctets = 256;
inline constexpr size_t kMaxFingerprints = 1024;
inline constexpr size_t kMaxCounts = 64;

// The type of a frame. The numbers travel: they never change their meaning.
enum class FrameType : uint16_t {
  kHello = 1,
  kWelcome = 2,
  kRefusal = 3,
  kAppend = 4,      // the bytes of a batch as they are (journal/batch.h)
  kAck = 5,
  kHeartbeat = 6,
  kKnown = 7,       // digests of objects that the backup has: raw, engine/transfer/state_difference.h
  kStateChunk = 8,  // raw, likewise
  kStateEnd = 9,
  kCheck = 10,
  kCheckResult = 11,
  kRegister = 12,   // as the sender has just seen it: after a Grow, a Shrink, a Handover
  kGoodbye = 13,    // a node that ends as asked: it is dead from here on
  kSuspects = 14,   // fingerprints of inputs about to be applied
  kCondemned = 15,  // the fingerprint of the input that the sender is dying of
};

// First of each connection, from the node that dialled.
struct Hello {
  uint32_t protocol = kProtocolVersion;
  uint64_t cluster_id = 0;  // 0: a blank store that belongs to nobody yet
  Incarnation node;
  Epoch promise;
  Lsn end;
  Hash128 chain;  // of the batch that ends with `end`
  EpochHistory history;
  uint32_t schema_version = 0;
  uint32_t feature_level = 0;  // the highest that the program knows
  CommitMode mode = CommitMode::kDurable;
  std::string name;
  std::string service;              // service address, as text
  uint64_t configuration_digest = 0;  // of the pair's part of its file
  Duration remote_timeout;          // the receiver may take this much silence for death; 0: as it likes
  bool wants_state = false;         // its log cannot be continued
  std::vector<uint64_t> quarantined;
  bool warm = false;
  bool remote_trace = false;  // the receiver is to show every heartbeat in its log
  Duration timeout;  // the sender's own figure, replication/silence.h; 0: it does not say
};

enum class Plan : uint8_t { kTail = 0, kState = 1 };

struct Welcome {
  uint64_t cluster_id = 0;
  Incarnation node;
  Epoch epoch;
  Epoch common_epoch;  // the last (epoch, lsn) that both logs have
  Lsn common_lsn;
  Hash128 chain;  // there, by the primary's log
  Plan plan = Plan::kTail;
  Lsn end;
  uint32_t schema_version = 0;
  uint32_t feature_level = 0;
  std::string name;
  uint64_t configuration_digest = 0;
  Duration remote_timeout;
  std::vector<uint64_t> quarantined;
  bool remote_trace = false;
  Duration timeout;    // as in Hello
  Duration boot_time;  // the primary's CLOCK_BOOTTIME when it says this; 0: it does not say
};

enum class RefusalReason : uint8_t {
  kNotPrimary = 0,
  kOtherCluster = 1,
  kOtherVersion = 2,    // protocol, schema or feature level
  kPromisedMore = 3,    // the backup has promised not to follow this epoch
  kOtherSettings = 4,   // service address, durability or redundancy type differ
  kBusy = 5,            // of this primary, for now
};

struct Refusal {
  RefusalReason reason = RefusalReason::kNotPrimary;
  std::string text;
  Incarnation node;
  absl::optional<Register> view;  // the sender's
  std::vector<uint64_t> quarantined;
};

// Lsns up to which the backup has: in memory, synced, applied. `received` acknowledges too.
struct Ack {
  Epoch epoch;
  Lsn received;
  Lsn durable;
  Lsn applied;
};

// A ping is answered by a pong of the same number; either may be 0.
struct Heartbeat {
  uint64_t ping = 0;
  uint64_t pong = 0;
  Lsn released = Lsn();  // of a primary: the effects of entries up to there have left; 0: says nothing
};

struct StateEnd {
  std::string snapshot;  // head of a snapshot file
  Hash128 digest;
  uint64_t bytes = 0;
  std::vector<uint64_t> counts;
  std::string batch;  // the one that ends with the mark
  uint64_t calls_sent = 0;
  uint64_t calls_known = 0;
};

// What the state at `lsn` looks like on the sender.
struct Check {
  Lsn lsn;
  std::vector<uint64_t> counts;
  absl::optional<Hash128> digest;
};

struct Suspects {
  std::vector<uint64_t> fingerprints;
};

std::string Encode(const Hello& message);
std::string Encode(const Welcome& message);
std::string Encode(const Refusal& message);
std::string Encode(const Ack& message);
std::string Encode(const Heartbeat& message);
std::string Encode(const StateEnd& message);
std::string Encode(const Check& message);
std::string Encode(const Suspects& message);
std::string Encode(const Register& message);

// InvalidArgument, with the reason, when the bytes are not such a message within its limits.
absl::Status Decode(absl::string_view bytes, Hello* message);
absl::Status Decode(absl::string_view bytes, Welcome* message);
absl::Status Decode(absl::string_view bytes, Refusal* message);
absl::Status Decode(absl::string_view bytes, Ack* message);
absl::Status Decode(absl::string_view bytes, Heartbeat* message);
absl::Status Decode(absl::string_view bytes, StateEnd* message);
absl::Status Decode(absl::string_view bytes, Check* message);
absl::Status Decode(absl::string_view bytes, Suspects* message);
absl::Status Decode(absl::string_view bytes, Register* message);

absl::string_view RefusalName(RefusalReason reason);

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_MESSAGES_H_
