#include "tools/journal_stat.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "boost/json.hpp"
#include "journal/recovery.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

double Ratio(uint64_t a, uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

double Rate(const JournalStat& stat) {
  return Ratio(stat.entries * 1000, static_cast<uint64_t>(std::max<int64_t>(stat.engine_span.milliseconds(), 1)));
}

void Line(absl::string_view name, absl::string_view text, std::string* out) {
  absl::StrAppendFormat(out, "%-11s %s\n", name, text);
}

std::string EpochsText(const JournalStat& stat) {
  return absl::StrJoin(stat.epochs, ", ", [](std::string* out, const std::pair<Epoch, Lsn>& epoch) {
    absl::StrAppend(out, epoch.first.value(), " from lsn ", epoch.second.value());
  });
}

std::string MarkText(const journal::MarkReading& mark) {
  std::string text(journal::MarkLookName(mark.look));
  if (!mark.Usable()) return text;
  return absl::StrCat("lsn ", mark.value.lsn.value(), ", epoch ", mark.value.epoch.value(), " (", text, ")");
}

std::string SnapshotsText(const JournalFiles& files) {
  const std::vector<Lsn> lsns = files.snapshots->List();
  if (lsns.empty()) return "none";
  return absl::StrCat("lsn ",
                      absl::StrJoin(lsns, ", ", [](std::string* out, Lsn lsn) { absl::StrAppend(out, lsn.value()); }));
}

void AppendKinds(const JournalStat& stat, std::string* out) {
  for (const auto& [kind, count] : stat.kinds) {
    Line("",
         absl::StrFormat("%-21s %10d  %5.1f %%  %6.0f bytes each", KindText(kind), count.entries,
                         100 * Ratio(count.entries, stat.entries), Ratio(count.bytes, count.entries)),
         out);
  }
}

}  // namespace

std::string StatText(const JournalFiles& files, const JournalStat& stat) {
  std::string out;
  Line("journal", files.path, &out);
  if (stat.entries == 0) {
    Line("entries", "none", &out);
  } else {
    Line("entries", absl::StrFormat("%d, lsn %d to %d", stat.entries, stat.first.value(), stat.last.value()), &out);
    AppendKinds(stat, &out);
    Line("batches",
         absl::StrFormat("%d; entries in one: %.1f, at most %d; bytes: %.0f, at most %d", stat.batches,
                         Ratio(stat.entries, stat.batches), stat.most_entries, Ratio(stat.bytes, stat.batches),
                         stat.most_bytes),
         &out);
    Line("size",
         absl::StrFormat("%d bytes before compression, %.0f an entry", stat.bytes, Ratio(stat.bytes, stat.entries)),
         &out);
    Line("time",
         absl::StrCat(UtcText(stat.begin), " to ", UtcText(stat.end), ", ", SecondsText(stat.engine_span),
                      " s of engine time"),
         &out);
    Line("rate", absl::StrFormat("%.1f entries/s, %d in the busiest second", Rate(stat), stat.busiest_second), &out);
    Line("epochs", EpochsText(stat), &out);
    Line("gaps",
         stat.service_gaps == 0
             ? "none"
             : absl::StrCat(stat.service_gaps, " times unserved, ", SecondsText(stat.unserved), " s together, longest ",
                            SecondsText(stat.longest_gap), " s at lsn ", stat.longest_gap_at.value()),
         &out);
    Line("calls", stat.last_call == 0 ? "none" : absl::StrCat("up to call ", stat.last_call), &out);
    Line("cluster",
         absl::StrFormat("%d, store %016x start %d, schema %d, feature level %d", stat.last_header->cluster_id,
                         stat.last_header->store_id, stat.last_header->start_number, stat.last_header->schema_version,
                         stat.last_header->feature_level),
         &out);
  }
  Line("mark", MarkText(files.reader->mark()), &out);
  Line("snapshots", SnapshotsText(files), &out);
  for (const std::string& damage : stat.damage) Line("DAMAGE", damage, &out);
  return out;
}

std::string StatJson(const JournalFiles& files, const JournalStat& stat) {
  json::object kinds;
  for (const auto& [kind, count] : stat.kinds) {
    kinds[KindText(kind)] = json::object{{"entries", count.entries}, {"bytes", count.bytes}};
  }
  json::array epochs;
  for (const auto& [epoch, lsn] : stat.epochs) {
    epochs.push_back(json::object{{"epoch", epoch.value()}, {"first_lsn", lsn.value()}});
  }
  json::array snapshots;
  for (Lsn lsn : files.snapshots->List()) snapshots.push_back(lsn.value());
  json::object out{{"entries", stat.entries},
                   {"first_lsn", stat.first.value()},
                   {"last_lsn", stat.last.value()},
                   {"batches", stat.batches},
                   {"bytes", stat.bytes},
                   {"most_entries_in_a_batch", stat.most_entries},
                   {"most_bytes_in_a_batch", stat.most_bytes},
                   {"begin", UtcText(stat.begin)},
                   {"end", UtcText(stat.end)},
                   {"engine_span_ns", stat.engine_span.nanoseconds()},
                   {"busiest_second", stat.busiest_second},
                   {"service_gaps", stat.service_gaps},
                   {"unserved_ns", stat.unserved.nanoseconds()},
                   {"last_call", stat.last_call},
                   {"mark_lsn", files.reader->mark().value.lsn.value()}};
  out["kinds"] = std::move(kinds);
  out["epochs"] = std::move(epochs);
  out["snapshots"] = std::move(snapshots);
  out["damage"] = json::array(stat.damage.begin(), stat.damage.end());
  return json::serialize(out) + "\n";
}

}  // namespace understudy::tools
