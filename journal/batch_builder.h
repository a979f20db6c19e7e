// Forms batches. Not thread-safe; the sequencer owns one.
//
//   builder.Add(record); ...                        // lsns without a gap
//   EncodedBatch batch = builder.Finish(header, chain);
//   chain = batch.chain();
#ifndef UNDERSTUDY_JOURNAL_BATCH_BUILDER_H_
#define UNDERSTUDY_JOURNAL_BATCH_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/siphash.h"
#include "journal/batch.h"
#include "journal/entry.h"

namespace understudy::journal {

class BatchBuilder {
 public:
  // Copies the record. Its lsn must follow the last one added (CHECK). A payload is at most 4 MiB (CHECK).
  // No allocation once the scratch has grown to the size of the usual batch.
  void Add(const EntryRecord& record);

  bool empty() const { return rows_.empty(); }
  size_t entry_count() const { return rows_.size(); }
  // Bytes that Finish would produce now.
  size_t EncodedBytes() const;
  // True when another record with a payload of up to `payload_bytes` might pass a limit: finish first.
  bool Full(size_t payload_bytes = 65536) const;

  // The batch of everything added, chained to `previous_chain`; then starts over. At least one entry (CHECK).
  // One allocation: the batch's own bytes.
  EncodedBatch Finish(BatchHeader header, const Hash128& previous_chain);

 private:
  struct Row {
    int64_t engine_time;
    int64_t wall_time;
    uint64_t effects_hash;
    uint32_t payload_offset;
    uint32_t payload_size;
    uint32_t calls_offset;
    uint16_t calls_count;
    uint16_t kind;
  };

  size_t BodyWords() const;
  void WriteBody(const BatchHeader& header, uint64_t* words, size_t count) const;

  Lsn first_lsn_;
  std::vector<Row> rows_;
  std::string payloads_;  // each padded to 8 bytes
  std::vector<uint64_t> calls_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_BATCH_BUILDER_H_
