// The part of RocksDbLogStore that keeps the index from call to lsn.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/rocksdb_keys.h"
#include "journal/rocksdb_log_store.h"
#include "journal/rocksdb_status.h"

namespace understudy::journal {

absl::Status RocksDbLogStore::AddToIndex(absl::string_view bytes, rocksdb::WriteBatch* out) {
  if (absl::Status s = view_.ParseTrusted(bytes); !s.ok()) return s;
  for (size_t i = 0; i < view_.size(); ++i) {
    const EntryRecord entry = view_[i];
    index_.Add(entry.lsn, entry.calls);
  }
  if (!index_.BlockIsFull()) return absl::OkStatus();
  const LsnKey key(index_.first_lsn());
  index_.TakeBlock(&block_);
  out->Put(family(kIndex), key.slice(), block_);
  return absl::OkStatus();
}

// Reads again what the last block does not cover: after a start, and after a cut.
absl::Status RocksDbLogStore::RefillIndex() {
  index_.Clear();
  Lsn covered;
  if (absl::StatusOr<std::vector<Lsn>> none = FindCall(0, &covered); !none.ok()) return none.status();
  rocksdb::WriteBatch out;
  std::unique_ptr<LogIterator> it = NewIterator();
  for (it->Seek(covered.Next()); it->Valid(); it->Next()) {
    // Damage is for recovery to judge; what cannot be read cannot be found either.
    if (!AddToIndex(it->bytes(), &out).ok()) break;
  }
  return out.Count() == 0 ? absl::OkStatus() : Write(&out, false, "index");
}

absl::StatusOr<std::vector<Lsn>> RocksDbLogStore::FindCall(uint64_t call, Lsn* indexed_up_to) const {
  const Lsn first = Range().first;
  std::vector<Lsn> found;
  *indexed_up_to = first.empty() ? Lsn() : first.Previous();
  std::unique_ptr<rocksdb::Iterator> it = Iterate(kIndex);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    // A hole or a damaged block: everything after it is read instead.
    if (LsnOfKey(it->key()) > indexed_up_to->Next()) break;
    if (!FindInBlock({it->value().data(), it->value().size()}, call, &found, indexed_up_to)) break;
  }
  std::vector<Lsn> kept;
  for (const Lsn lsn : found) {
    if (lsn >= first) kept.push_back(lsn);
  }
  return kept;
}

}  // namespace understudy::journal
