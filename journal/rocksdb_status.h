// RocksDB's status as ours.
#ifndef UNDERSTUDY_JOURNAL_ROCKSDB_STATUS_H_
#define UNDERSTUDY_JOURNAL_ROCKSDB_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rocksdb/status.h"

namespace understudy::journal {

// `what` says what was being done. NotFound and damage keep their kind; a full disk is ResourceExhausted.
inline absl::Status ToAbsl(const rocksdb::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(what, ": ", status.ToString());
  if (status.IsNotFound() || status.IsPathNotFound()) return absl::NotFoundError(text);
  if (status.IsCorruption()) return absl::DataLossError(text);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_ROCKSDB_STATUS_H_
