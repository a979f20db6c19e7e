#include "daemon/node_journal.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/core/set_aside.h"
#include "daemon/events.h"
#include "journal/directory.h"
#include "journal/durable_mark.h"
#include "journal/journal_lock.h"
#include "journal/layout.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {

NodeJournal::NodeJournal(CoreOptions options, std::function<HashKey()> fresh_key, log::Log* log)
    : options_(std::move(options)), fresh_key_(std::move(fresh_key)), log_(log) {
  if (options_.file_system == nullptr) options_.file_system = rocksdb::FileSystem::Default();
}

absl::Status NodeJournal::Lock() {
  const absl::Status made = journal::MakeDirectory(options_.file_system.get(), options_.directory);
  if (!made.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("journal: cannot make ", options_.directory, ": ", made.message(), "; see node.journal/path"));
  }
  auto lock = journal::JournalLock::Take(options_.file_system, options_.directory);
  if (!lock.ok()) return lock.status();
  options_.lock = *std::move(lock);
  return absl::OkStatus();
}

// A journal belongs to one cluster for life: the one in its mark, or a new one. The new journal of a node of a pair
// belongs to none until the pair says which.
uint64_t NodeJournal::Cluster() const {
  const std::string path = journal::MarkPath(options_.directory);
  const journal::MarkReading mark = journal::ReadMark(options_.file_system.get(), path);
  if (mark.Usable()) return mark.value.cluster_id;
  return options_.pair ? 0 : fresh_key_().k0 | 1;
}

absl::StatusOr<std::unique_ptr<Core>> NodeJournal::Open(EffectSink* sink, const std::function<void()>& wake) {
  CoreOptions options = options_;
  options.cluster_id = Cluster();
  options.random = fresh_key_();
  const Duration began = options.clock->Monotonic();
  // A node of a pair is filled by its peer when its own journal is no good; one alone has nobody to ask.
  absl::optional<JournalSetAside> aside;
  absl::StatusOr<std::unique_ptr<Core>> core =
      options.pair ? OpenOrSetAside(options, sink, wake, &aside) : Core::Open(options, sink, wake);
  if (aside) log_->Write(kJournalSetAside, {{"why", aside->why}, {"kept", aside->where}});
  if (core.ok()) Report(**core, options.clock->Monotonic() - began);
  return core;
}

void NodeJournal::Report(const Core& core, Duration took) const {
  for (const std::string& remark : core.restored().remarks) log_->Write(kSnapshotSkipped, {{"why", remark}});
  log_->Write(kJournalRecovered, {{"report", core.recovery().ToString()},
                                  {"snapshot", core.restored().snapshot_lsn.value()},
                                  {"replayed", core.replayed()},
                                  {"ms", took.milliseconds()},
                                  {"calls", core.state().calls.size()},
                                  {"registrations", core.state().registrar.bindings().size()}});
}

journal::RefillOptions NodeJournal::FillOptions() const {
  journal::RefillOptions options;
  options.file_system = options_.file_system;
  options.directory = options_.directory;
  options.lock = options_.lock;
  options.new_store_id = fresh_key_().k0 | 1;
  options.open_store = options_.open_store;
  return options;
}

absl::Status NodeJournal::Fill(const FilledState& filled, Epoch promise) {
  journal::RefillOptions options = FillOptions();
  options.cluster_id = filled.info.cluster_id;
  options.promise = promise;
  return journal::Refill(options, filled.info, filled.bytes, filled.batch).status();
}

absl::Status NodeJournal::SetAside() {
  const absl::StatusOr<std::string> where = journal::SetAside(FillOptions());
  if (!where.ok()) return where.status();
  log_->Write(kJournalSetAside, {{"why", "it is not the primary's"}, {"kept", *where}});
  return absl::OkStatus();
}

}  // namespace understudy::daemon
