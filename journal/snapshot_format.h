// The bytes of a snapshot file, in the order in which they lie there: head, chunks, trailer. Writer and reader
// share this; docs/journal_format.md has the same in words.
#ifndef UNDERSTUDY_JOURNAL_SNAPSHOT_FORMAT_H_
#define UNDERSTUDY_JOURNAL_SNAPSHOT_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "journal/snapshot_store.h"

namespace understudy::journal {

inline constexpr size_t kSnapshotHeadBytes = 104;
inline constexpr size_t kSnapshotChunkHeadBytes = 8;
inline constexpr size_t kSnapshotTrailerBytes = 64;

// What the end of the file says about all of it.
struct SnapshotTrailer {
  uint64_t bytes = 0;
  uint64_t chunks = 0;
  Hash128 whole;   // of head and state bytes
  Hash128 digest;  // of the state, as its owner computes it
};

// Everything of `info` but digest and bytes, which only the trailer knows.
std::string EncodeSnapshotHead(const SnapshotInfo& info);
bool DecodeSnapshotHead(absl::string_view in, SnapshotInfo* info);

// Length and checksum before each chunk. A length of 0 ends the chunks.
std::string EncodeChunkHead(absl::string_view chunk);
struct ChunkHead {
  uint32_t bytes;
  uint32_t crc;
};
ChunkHead DecodeChunkHead(absl::string_view in);

std::string EncodeSnapshotTrailer(const SnapshotTrailer& trailer);
bool DecodeSnapshotTrailer(absl::string_view in, SnapshotTrailer* trailer);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_SNAPSHOT_FORMAT_H_
