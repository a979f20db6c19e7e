// The reading half of journal_stat.h.
#include <algorithm>
#include <variant>

#include "tools/journal_stat.h"

namespace understudy::tools {
namespace {

using journal::JournalReader;

class Counter {
 public:
  void Take(const JournalReader& reader) {
    const journal::EntryRecord& record = reader.entry();
    if (record.lsn == reader.header().first_lsn || stat_.batches == 0) TakeBatch(reader);
    if (stat_.entries++ == 0) {
      stat_.first = record.lsn;
      stat_.begin = record.wall_time;
      first_engine_time_ = record.engine_time;
    }
    stat_.last = record.lsn;
    stat_.end = record.wall_time;
    stat_.engine_span = record.engine_time - first_engine_time_;
    JournalStat::Kind& kind = stat_.kinds[record.kind];
    ++kind.entries;
    kind.bytes += record.payload.size();
    for (uint64_t call : record.calls) stat_.last_call = std::max(stat_.last_call, call);
    CountSecond(record.engine_time);
    if (record.kind == kServiceGap) CountGap(reader);
  }

  void Damaged(const journal::Damage& damage) { stat_.damage.push_back(damage.ToString()); }

  JournalStat Finish() { return std::move(stat_); }

 private:
  static constexpr uint16_t kServiceGap = 7;
  static_assert(std::is_same_v<std::variant_alternative_t<kServiceGap, engine::Input>, engine::ServiceGap>);

  void TakeBatch(const JournalReader& reader) {
    const journal::BatchPrelude& prelude = reader.prelude();
    const uint64_t bytes = journal::BatchPrelude::kBytes + prelude.body_bytes;
    ++stat_.batches;
    stat_.bytes += bytes;
    stat_.most_bytes = std::max(stat_.most_bytes, bytes);
    stat_.most_entries = std::max(stat_.most_entries, uint64_t{prelude.entry_count});
    if (stat_.epochs.empty() || stat_.epochs.back().first != prelude.epoch) {
      stat_.epochs.emplace_back(prelude.epoch, reader.entry().lsn);
    }
    stat_.last_header = reader.header();
  }

  void CountSecond(EngineTime time) {
    const int64_t second = (time - EngineTime()).seconds();
    if (second != second_) in_second_ = 0;
    second_ = second;
    stat_.busiest_second = std::max(stat_.busiest_second, ++in_second_);
  }

  void CountGap(const JournalReader& reader) {
    Decode(reader.entry(), reader.header().epoch, &entry_);
    if (!entry_.decoded.ok()) return;
    const Duration gap = std::get<engine::ServiceGap>(entry_.input).gap;
    ++stat_.service_gaps;
    stat_.unserved = stat_.unserved + gap;
    if (gap < stat_.longest_gap) return;
    stat_.longest_gap = gap;
    stat_.longest_gap_at = reader.entry().lsn;
  }

  JournalStat stat_;
  DecodedEntry entry_;
  EngineTime first_engine_time_;
  int64_t second_ = -1;
  uint64_t in_second_ = 0;
};

}  // namespace

JournalStat CountJournal(JournalFiles* files) {
  Counter counter;
  files->reader->Seek(Lsn(1));
  for (;;) {
    switch (files->reader->Next()) {
      case JournalReader::Step::kEntry:
        counter.Take(*files->reader);
        break;
      case JournalReader::Step::kDamage:
        counter.Damaged(files->reader->damage());
        break;
      case JournalReader::Step::kEnd:
        return counter.Finish();
    }
  }
}

}  // namespace understudy::tools
