#include "journal/rocksdb_options.h"

#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/table.h"

namespace understudy::journal {
namespace {

// RocksDB's own log of a database that is only read would be a file written beside somebody else's journal.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::ColumnFamilyOptions CommonFamilyOptions() {
  rocksdb::ColumnFamilyOptions family;
  family.compression = rocksdb::kNoCompression;
  family.bottommost_compression = rocksdb::kDisableCompressionOption;
  family.num_levels = 2;
  family.level0_file_num_compaction_trigger = 1;
  family.level0_slowdown_writes_trigger = 1000;
  family.level0_stop_writes_trigger = 2000;
  family.soft_pending_compaction_bytes_limit = 0;
  family.hard_pending_compaction_bytes_limit = 0;
  family.max_bytes_for_level_base = uint64_t{1} << 50;
  family.ttl = 0;
  family.periodic_compaction_seconds = 0;
  return family;
}

rocksdb::BlockBasedTableOptions TableOptions() {
  rocksdb::BlockBasedTableOptions table;
  // A block of its own for each batch: damage to a block is damage to exactly one batch.
  table.block_size = 1;
  table.checksum = rocksdb::kCRC32c;
  table.cache_index_and_filter_blocks = true;
  table.block_cache = rocksdb::NewLRUCache(size_t{8} << 20, 0);
  return table;
}

}  // namespace

rocksdb::DBOptions JournalDbOptions(OpenMode mode, bool salvage, size_t memtable_bytes, rocksdb::Env* env) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = mode == OpenMode::kCreate;
  db.create_missing_column_families = mode == OpenMode::kCreate;
  db.paranoid_checks = !salvage;
  db.wal_recovery_mode = salvage ? rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords
                                 : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_total_wal_size = 3 * memtable_bytes;
  db.max_open_files = -1;
  db.max_file_opening_threads = 1;
  db.max_background_jobs = 2;
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  db.enable_pipelined_write = false;
  db.two_write_queues = false;
  db.allow_fallocate = false;
  db.recycle_log_file_num = 0;
  db.max_bgerror_resume_count = 0;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.skip_stats_update_on_db_open = true;
  // A database opened for reading has no thread to hand its cleaning up to.
  db.avoid_unnecessary_blocking_io = mode != OpenMode::kInspect;
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.max_log_file_size = size_t{1} << 20;
  if (mode == OpenMode::kInspect) db.info_log = std::make_shared<SilentLogger>();
  return db;
}

rocksdb::ColumnFamilyOptions BatchFamilyOptions(size_t memtable_bytes) {
  rocksdb::ColumnFamilyOptions family = CommonFamilyOptions();
  family.write_buffer_size = memtable_bytes;
  family.max_write_buffer_number = 4;
  family.target_file_size_base = 4 * memtable_bytes;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions()));
  return family;
}

rocksdb::ColumnFamilyOptions IndexFamilyOptions() { return BatchFamilyOptions(size_t{1} << 20); }

rocksdb::ColumnFamilyOptions SmallFamilyOptions() {
  rocksdb::ColumnFamilyOptions family = IndexFamilyOptions();
  family.level0_file_num_compaction_trigger = 8;
  return family;
}

}  // namespace understudy::journal
