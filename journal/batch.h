// A batch: the unit that is appended, acknowledged and cut. One value in the log store, the same bytes on both
// nodes. An 80 byte prelude (this file) and a Cap'n Proto body (batch.capnp); grammar in docs/journal_format.md.
//
//   BatchBuilder (batch_builder.h) writes one, BatchView (batch_view.h) checks and reads one.
#ifndef UNDERSTUDY_JOURNAL_BATCH_H_
#define UNDERSTUDY_JOURNAL_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"

namespace understudy::journal {

// Limits that a reader enforces before it believes anything, and a builder before it writes.
inline constexpr size_t kMaxBatchBytes = size_t{16} << 20;
inline constexpr size_t kMaxBatchEntries = 65536;
// What this program writes, and the oldest that it reads. 2: legs are rows of their own, and our tags name them.
inline constexpr uint32_t kSchemaVersion = 2;
inline constexpr uint32_t kOldestSchemaVersion = 2;

// Facts about the batch as a whole. The builder fills in what follows from its entries.
struct BatchHeader {
  uint64_t cluster_id = 0;
  uint64_t store_id = 0;      // of the primary that formed it
  uint64_t start_number = 0;  // of that primary's process
  Epoch epoch;
  Lsn first_lsn;  // set by the builder
  Lsn last_lsn;   // set by the builder
  EngineTime engine_time;
  WallTime wall_time;
  Hash128 boot_id;          // of the kernel
  int64_t boot_time_ns = 0;  // CLOCK_BOOTTIME at forming
  Lsn released_up_to;
  uint32_t schema_version = kSchemaVersion;
  uint32_t feature_level = 0;
  Lsn digest_lsn;  // 0: no state digest in this batch
  Hash128 digest;

  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

// What can be known of a batch without its body.
struct BatchPrelude {
  static constexpr size_t kBytes = 80;
  static constexpr uint32_t kMagic = 0x424a5355;  // "USJB"
  static constexpr uint16_t kFormatVersion = 1;
  static constexpr uint16_t kFlagEncrypted = 1;  // reserved; a reader without it refuses the batch

  uint16_t flags = 0;
  uint32_t body_bytes = 0;
  uint32_t entry_count = 0;
  Lsn first_lsn;
  Epoch epoch;
  Hash128 previous_chain;
  Hash128 chain;
  uint32_t body_crc = 0;

  Lsn last_lsn() const { return Lsn(first_lsn.value() + entry_count - 1); }

  // Writes kBytes bytes.
  void Store(char* out) const;
  // DataLoss with the reason when `bytes` does not start with an intact prelude of a known version, or when
  // its lengths do not fit `bytes` exactly. Does not look at the body.
  static absl::StatusOr<BatchPrelude> Load(absl::string_view bytes);
};

// The chain before the first batch of a cluster.
Hash128 GenesisChain(uint64_t cluster_id);
// The chain after a batch with this body: SipHash-2-4-128 of the body keyed by the chain before it.
Hash128 NextChain(const Hash128& previous, absl::string_view body);

// The immutable bytes of one batch, shared by whoever still needs them (journal thread, link to the peer).
// Thread-safe as a shared_ptr is. The bytes start on an 8-byte boundary.
class EncodedBatch {
 public:
  EncodedBatch() = default;
  // Copies bytes that came from elsewhere (the peer, a file). Checks the prelude only; BatchView checks all.
  static absl::StatusOr<EncodedBatch> FromBytes(absl::string_view bytes);

  absl::string_view bytes() const { return {reinterpret_cast<const char*>(words_.get()), size_}; }
  absl::string_view body() const { return bytes().substr(BatchPrelude::kBytes); }
  const BatchPrelude& prelude() const { return prelude_; }
  Lsn first_lsn() const { return prelude_.first_lsn; }
  Lsn last_lsn() const { return prelude_.last_lsn(); }
  Epoch epoch() const { return prelude_.epoch; }
  const Hash128& chain() const { return prelude_.chain; }
  bool empty() const { return size_ == 0; }

 private:
  friend class BatchBuilder;

  std::shared_ptr<const uint64_t[]> words_;
  size_t size_ = 0;
  BatchPrelude prelude_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_BATCH_H_
