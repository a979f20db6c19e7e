// Keys of the column families: big endian, so that RocksDB's order of bytes is the order of lsns.
#ifndef UNDERSTUDY_JOURNAL_ROCKSDB_KEYS_H_
#define UNDERSTUDY_JOURNAL_ROCKSDB_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ids.h"
#include "rocksdb/slice.h"

namespace understudy::journal {

class LsnKey {
 public:
  static constexpr size_t kBytes = 8;

  explicit LsnKey(Lsn lsn) {
    for (size_t i = 0; i < kBytes; ++i) bytes_[i] = static_cast<char>((lsn.value() >> (56 - 8 * i)) & 0xff);
  }
  // Points into this key.
  rocksdb::Slice slice() const { return {bytes_, kBytes}; }

 private:
  char bytes_[kBytes];
};

// The lsn that a key ends with; 0 for anything shorter than a key.
inline Lsn LsnOfKey(const rocksdb::Slice& key) {
  if (key.size() < LsnKey::kBytes) return Lsn();
  uint64_t value = 0;
  for (size_t i = key.size() - LsnKey::kBytes; i < key.size(); ++i) {
    value = (value << 8) | static_cast<unsigned char>(key[i]);
  }
  return Lsn(value);
}

// A cut batch: which cut, then its first lsn.
inline std::string CutKey(uint64_t ordinal, Lsn first_lsn) {
  return LsnKey(Lsn(ordinal)).slice().ToString() + LsnKey(first_lsn).slice().ToString();
}
inline uint64_t OrdinalOfCutKey(const rocksdb::Slice& key) {
  return key.size() < LsnKey::kBytes ? 0 : LsnOfKey({key.data(), LsnKey::kBytes}).value();
}

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_ROCKSDB_KEYS_H_
