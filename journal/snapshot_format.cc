#include "journal/snapshot_format.h"

#include "base/crc32c.h"

namespace understudy::journal {
namespace {

constexpr uint64_t kHeadMagic = 0x31304e5353525355;     // "USRSSN01"
constexpr uint64_t kTrailerMagic = 0x31304e4553525355;  // "USRSEN01"

template <class T>
void Put(std::string* out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

template <class T>
T Take(absl::string_view* in) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>((*in)[i])) << (8 * i));
  }
  in->remove_prefix(sizeof(T));
  return value;
}

void PutHash(std::string* out, const Hash128& hash) {
  Put(out, hash.lo);
  Put(out, hash.hi);
}

Hash128 TakeHash(absl::string_view* in) {
  Hash128 hash;
  hash.lo = Take<uint64_t>(in);
  hash.hi = Take<uint64_t>(in);
  return hash;
}

// The last 8 bytes are a checksum of all before them.
void Seal(std::string* out) { Put<uint64_t>(out, Crc32c(*out)); }

bool SealFits(absl::string_view in) {
  absl::string_view seal = in.substr(in.size() - 8);
  return Take<uint64_t>(&seal) == Crc32c(in.substr(0, in.size() - 8));
}

}  // namespace

std::string EncodeSnapshotHead(const SnapshotInfo& info) {
  std::string out;
  for (const uint64_t word : {kHeadMagic, info.cluster_id, info.lsn.value(), info.epoch.value()}) Put(&out, word);
  PutHash(&out, info.chain);
  Put(&out, info.schema_version);
  Put(&out, info.feature_level);
  Put(&out, static_cast<uint64_t>(info.engine_time.nanoseconds()));
  Put(&out, static_cast<uint64_t>(info.wall_time.nanoseconds()));
  out.resize(kSnapshotHeadBytes - 8, '\0');
  Seal(&out);
  return out;
}

bool DecodeSnapshotHead(absl::string_view in, SnapshotInfo* info) {
  if (in.size() != kSnapshotHeadBytes || !SealFits(in)) return false;
  if (Take<uint64_t>(&in) != kHeadMagic) return false;
  info->cluster_id = Take<uint64_t>(&in);
  info->lsn = Lsn(Take<uint64_t>(&in));
  info->epoch = Epoch(Take<uint64_t>(&in));
  info->chain = TakeHash(&in);
  info->schema_version = Take<uint32_t>(&in);
  info->feature_level = Take<uint32_t>(&in);
  info->engine_time = EngineTime::FromNanoseconds(static_cast<int64_t>(Take<uint64_t>(&in)));
  info->wall_time = WallTime::FromNanoseconds(static_cast<int64_t>(Take<uint64_t>(&in)));
  return true;
}

std::string EncodeChunkHead(absl::string_view chunk) {
  std::string out;
  Put(&out, static_cast<uint32_t>(chunk.size()));
  Put(&out, Crc32c(chunk));
  return out;
}

ChunkHead DecodeChunkHead(absl::string_view in) {
  ChunkHead head;
  head.bytes = Take<uint32_t>(&in);
  head.crc = Take<uint32_t>(&in);
  return head;
}

std::string EncodeSnapshotTrailer(const SnapshotTrailer& trailer) {
  std::string out;
  for (const uint64_t word : {kTrailerMagic, trailer.bytes, trailer.chunks}) Put(&out, word);
  PutHash(&out, trailer.whole);
  PutHash(&out, trailer.digest);
  Seal(&out);
  return out;
}

bool DecodeSnapshotTrailer(absl::string_view in, SnapshotTrailer* trailer) {
  if (in.size() != kSnapshotTrailerBytes || !SealFits(in)) return false;
  if (Take<uint64_t>(&in) != kTrailerMagic) return false;
  trailer->bytes = Take<uint64_t>(&in);
  trailer->chunks = Take<uint64_t>(&in);
  trailer->whole = TakeHash(&in);
  trailer->digest = TakeHash(&in);
  return true;
}

}  // namespace understudy::journal
