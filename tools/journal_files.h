// A journal's directory as the tools open it: the log to be read without a lock, the snapshots beside it.
#ifndef UNDERSTUDY_TOOLS_JOURNAL_FILES_H_
#define UNDERSTUDY_TOOLS_JOURNAL_FILES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/ids.h"
#include "journal/journal_reader.h"
#include "journal/snapshot_store.h"

namespace understudy::tools {

struct JournalFiles {
  struct Options {
    bool follow = false;
    bool skip_damage = false;
  };

  std::string path;
  std::unique_ptr<journal::JournalReader> reader;
  std::unique_ptr<journal::SnapshotStore> snapshots;

  // FailedPrecondition and the like, with what to do: there is no journal, or it cannot be opened.
  static absl::StatusOr<JournalFiles> Open(const std::string& path, const Options& options);

  // DataLoss: what the reader's last Next found damaged, and what to do.
  absl::Status DamageStatus() const;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_JOURNAL_FILES_H_
