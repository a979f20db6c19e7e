#include "daemon/core/epoch_record.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "journal/batch.h"

namespace understudy::daemon {
namespace {

using replication::EpochBegin;
using replication::EpochHistory;

absl::StatusOr<journal::BatchPrelude> PreludeAt(const journal::LogStore& log, Lsn lsn) {
  const std::unique_ptr<journal::LogIterator> it = log.NewIterator();
  it->Seek(lsn);
  if (it->Valid()) return journal::BatchPrelude::Load(it->bytes());
  return it->status().ok() ? absl::NotFoundError("no such batch") : it->status();
}

// The fact, as far as the log reaches; an empty history when it cannot be believed.
EpochHistory BelievableFact(const journal::LogStore& log, const journal::LogRange& range) {
  const absl::StatusOr<std::string> fact = log.GetMeta(kEpochHistoryFact);
  if (!fact.ok()) return {};
  absl::StatusOr<EpochHistory> history = EpochHistory::Decode(*fact);
  if (!history.ok()) return {};
  history->Truncate(range.last);
  if (history->empty()) return {};
  const EpochBegin last = history->epochs().back();
  if (last.first_lsn < range.first) return *std::move(history);
  const absl::StatusOr<journal::BatchPrelude> begin = PreludeAt(log, last.first_lsn);
  const bool fits = begin.ok() && begin->first_lsn == last.first_lsn && begin->epoch == last.epoch;
  return fits ? *std::move(history) : EpochHistory();
}

absl::Status ScanInto(const journal::LogStore& log, Lsn from, EpochHistory* history) {
  const std::unique_ptr<journal::LogIterator> it = log.NewIterator();
  for (it->Seek(from); it->Valid(); it->Next()) {
    const absl::StatusOr<journal::BatchPrelude> batch = journal::BatchPrelude::Load(it->bytes());
    if (!batch.ok()) return batch.status();
    if (batch->epoch == history->last()) continue;
    if (absl::Status s = history->Add(batch->epoch, batch->first_lsn); !s.ok()) {
      return absl::DataLossError(absl::StrCat("the log at lsn ", batch->first_lsn.value(), ": ", s.message()));
    }
  }
  return it->status();
}

}  // namespace

absl::StatusOr<EpochHistory> ScanEpochs(const journal::LogStore& log, Lsn from) {
  EpochHistory history;
  if (absl::Status s = ScanInto(log, from, &history); !s.ok()) return s;
  return history;
}

absl::StatusOr<EpochHistory> ReadEpochs(const journal::LogStore& log) {
  const journal::LogRange range = log.Range();
  if (range.empty()) return EpochHistory();
  EpochHistory history = BelievableFact(log, range);
  if (history.empty()) return ScanEpochs(log, range.first);
  const absl::StatusOr<journal::BatchPrelude> last = PreludeAt(log, range.last);
  if (!last.ok()) return last.status();
  if (last->epoch == history.last()) return history;
  if (ScanInto(log, history.epochs().back().first_lsn, &history).ok()) return history;
  return ScanEpochs(log, range.first);
}

absl::Status WriteEpochs(const EpochHistory& history, journal::LogStore* log) {
  return log->PutMeta(kEpochHistoryFact, history.Encode());
}

}  // namespace understudy::daemon
