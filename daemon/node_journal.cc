#include "daemon/node_journal.h"

#include <sys/random.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/core/set_aside.h"
#include "daemon/events.h"
#include "journal/directory.h"
#include "journal/durable_mark.h"
#include "journal/layout.h"
#include "rocksdb/file_system.h"

namespace understudy::daemon {
namespace {

// A journal belongs to one cluster for life: the one in its mark, or a new one. The new journal of a node of a pair
// belongs to none until the pair says which.
uint64_t ClusterOf(const std::string& directory, bool pair) {
  const journal::MarkReading mark =
      journal::ReadMark(rocksdb::FileSystem::Default().get(), journal::MarkPath(directory));
  if (mark.Usable()) return mark.value.cluster_id;
  return pair ? 0 : FreshKey().k0 | 1;
}

}  // namespace

HashKey FreshKey() {
  HashKey key;
  US_CHECK_EQ(getrandom(&key, sizeof(key), 0), static_cast<ssize_t>(sizeof(key)));
  return key;
}

absl::Status NodeJournal::Lock() {
  const std::string& directory = node_.journal.path;
  const absl::Status made = journal::MakeDirectory(rocksdb::FileSystem::Default().get(), directory);
  if (!made.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("journal: cannot make ", directory, ": ", made.message(), "; see node.journal/path"));
  }
  auto lock = journal::JournalLock::Take(rocksdb::FileSystem::Default(), directory);
  if (!lock.ok()) return lock.status();
  lock_ = *std::move(lock);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Core>> NodeJournal::Open(const Clock* clock, EffectSink* sink,
                                                        const std::function<void()>& wake) {
  CoreOptions options;
  options.directory = node_.journal.path;
  options.lock = lock_;
  options.pair = node_.peer.has_value();
  if (options.pair) options.release_age = node_.peer->release_age;
  options.cluster_id = ClusterOf(options.directory, options.pair);
  options.clock = clock;
  options.random = FreshKey();
  options.low_bytes = static_cast<uint64_t>(node_.journal.low_space);
  options.snapshot_interval = node_.journal.snapshot_interval;
  options.retention.max_age = node_.journal.retention.max_age;
  options.retention.max_bytes = static_cast<uint64_t>(node_.journal.retention.max_size);
  const Duration began = clock->Monotonic();
  // A node of a pair is filled by its peer when its own journal is no good; one alone has nobody to ask.
  absl::optional<JournalSetAside> aside;
  absl::StatusOr<std::unique_ptr<Core>> core =
      options.pair ? OpenOrSetAside(options, sink, wake, &aside) : Core::Open(options, sink, wake);
  if (aside) log_->Write(kJournalSetAside, {{"why", aside->why}, {"kept", aside->where}});
  if (!core.ok()) return core.status();
  const Core& opened = **core;
  for (const std::string& remark : opened.restored().remarks) log_->Write(kSnapshotSkipped, {{"why", remark}});
  log_->Write(kJournalRecovered, {{"report", opened.recovery().ToString()},
                                  {"snapshot", opened.restored().snapshot_lsn.value()},
                                  {"replayed", opened.replayed()},
                                  {"ms", (clock->Monotonic() - began).milliseconds()},
                                  {"calls", opened.state().calls.size()},
                                  {"registrations", opened.state().registrar.bindings().size()}});
  return core;
}

journal::RefillOptions NodeJournal::FillOptions() const {
  journal::RefillOptions options;
  options.directory = node_.journal.path;
  options.lock = lock_;
  options.new_store_id = FreshKey().k0 | 1;
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
