// The epoch history of a log, kept beside it as a fact: written before the first batch of an epoch is acknowledged, and
// when the log was cut; made from the batches themselves where the fact is missing or behind.
//
//   absl::StatusOr<EpochHistory> history = ReadEpochs(*store);     // at start
//   history->Add(epoch, first_lsn);  WriteEpochs(*history, store);   // then append the epoch's first batch
//
// Functions without state. ReadEpochs from any thread; WriteEpochs under the rules of LogStore::PutMeta.
#ifndef UNDERSTUDY_DAEMON_CORE_EPOCH_RECORD_H_
#define UNDERSTUDY_DAEMON_CORE_EPOCH_RECORD_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ids.h"
#include "journal/log_store.h"
#include "replication/epoch_history.h"

namespace understudy::daemon {

// The fact in which a log keeps its epochs.
inline constexpr char kEpochHistoryFact[] = "epoch-history";

// Of the batches from `from` on, by their preludes: seconds for millions of batches. DataLoss: one is damaged, or the
// epochs go backwards.
absl::StatusOr<replication::EpochHistory> ScanEpochs(const journal::LogStore& log, Lsn from);

// What the log's fact says, cut to the log's end, plus what the batches after the last epoch that it knows say. A fact
// that is missing, damaged, or contradicts the log costs a scan of the whole log, no more. Errors are those of the log.
absl::StatusOr<replication::EpochHistory> ReadEpochs(const journal::LogStore& log);

// Durable on return.
absl::Status WriteEpochs(const replication::EpochHistory& history, journal::LogStore* log);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_EPOCH_RECORD_H_
