// Batches for tests: a log that grows, deterministic and small.
#ifndef UNDERSTUDY_JOURNAL_TEST_BATCHES_H_
#define UNDERSTUDY_JOURNAL_TEST_BATCHES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/batch.h"
#include "journal/batch_builder.h"

namespace understudy::journal {

// What a primary's sequencer would produce. Entry l has payload "entry <l> of epoch <e>" and, for every third
// entry, a call numbered l % 10.
class TestLog {
 public:
  explicit TestLog(uint64_t cluster_id = 7) : cluster_id_(cluster_id), chain_(GenesisChain(cluster_id)) {}

  static std::string Payload(Lsn lsn, Epoch epoch) {
    return absl::StrCat("entry ", lsn.value(), " of epoch ", epoch.value());
  }

  EncodedBatch Make(size_t entries) {
    for (size_t i = 0; i < entries; ++i) {
      const std::string payload = Payload(next_, epoch_) + std::string(padding_, '.');
      const uint64_t calls[] = {next_.value() % 10};
      EntryRecord record;
      record.lsn = next_;
      record.engine_time = EngineTime::FromNanoseconds(static_cast<int64_t>(next_.value()) * 1000);
      record.wall_time = WallTime::FromNanoseconds(static_cast<int64_t>(next_.value()) * 1000000000);
      record.effects_hash = next_.value() * 0x9e3779b97f4a7c15u;
      record.kind = static_cast<uint16_t>(next_.value() % 5);
      record.payload = payload;
      if (next_.value() % 3 == 0) record.calls = calls;
      builder_.Add(record);
      next_ = next_.Next();
    }
    BatchHeader header;
    header.cluster_id = cluster_id_;
    header.store_id = 11;
    header.start_number = 1;
    header.epoch = epoch_;
    header.wall_time = WallTime::FromNanoseconds(static_cast<int64_t>(next_.value()) * 1000000000);
    const EncodedBatch batch = builder_.Finish(header, chain_);
    chain_ = batch.chain();
    return batch;
  }
  std::vector<EncodedBatch> MakeMany(size_t batches, size_t entries_each = 2) {
    std::vector<EncodedBatch> out;
    for (size_t i = 0; i < batches; ++i) out.push_back(Make(entries_each));
    return out;
  }

  void SetEpoch(Epoch epoch) { epoch_ = epoch; }
  void SetPadding(size_t bytes) { padding_ = bytes; }
  // Goes on after `batch`, or after `last`, as if it were the last one.
  void ContinueAfter(const EncodedBatch& batch) { GoBackTo(batch.last_lsn(), batch.chain()); }
  void GoBackTo(Lsn last, const Hash128& chain) {
    next_ = last.Next();
    chain_ = chain;
  }
  Lsn next() const { return next_; }
  uint64_t cluster_id() const { return cluster_id_; }

 private:
  const uint64_t cluster_id_;
  Epoch epoch_{1};
  Lsn next_{1};
  Hash128 chain_;
  size_t padding_ = 0;
  BatchBuilder builder_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_TEST_BATCHES_H_
