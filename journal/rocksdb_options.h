// How RocksDB is set up as a journal. docs/journal_format.md gives the reason for each option.
#ifndef UNDERSTUDY_JOURNAL_ROCKSDB_OPTIONS_H_
#define UNDERSTUDY_JOURNAL_ROCKSDB_OPTIONS_H_

#include <cstddef>

#include "journal/log_store.h"
#include "rocksdb/options.h"

namespace understudy::journal {

rocksdb::DBOptions JournalDbOptions(OpenMode mode, bool salvage, size_t memtable_bytes, rocksdb::Env* env);

// For the batches, whose values arrive in key order and are never overwritten.
rocksdb::ColumnFamilyOptions BatchFamilyOptions(size_t memtable_bytes);
// For the index, whose blocks arrive in key order too.
rocksdb::ColumnFamilyOptions IndexFamilyOptions();
// For the small families beside them, whose keys may repeat.
rocksdb::ColumnFamilyOptions SmallFamilyOptions();

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_ROCKSDB_OPTIONS_H_
