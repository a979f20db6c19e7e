#include "tools/replayer.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/core/readable_version.h"
#include "engine/apply.h"
#include "engine/snapshot.h"

namespace understudy::tools {
namespace {

using journal::JournalReader;

// The entry being applied, for the one message that a failed CHECK leaves room for.
std::atomic<uint64_t> g_applying{0};

// Async-signal-safe.
void SayWhichEntry() {
  char text[] = "while replaying lsn                     \n";
  char* digit = text + sizeof(text) - 2;
  for (uint64_t lsn = g_applying; lsn > 0; lsn /= 10) *--digit = static_cast<char>('0' + lsn % 10);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
}

}  // namespace

absl::Status Replayer::Begin(JournalFiles* files, const StartAt& start) {
  files_ = files;
  SetCheckFailedHook(SayWhichEntry);
  const journal::LogRange range = files->reader->Range();
  const bool reaches_start = range.first <= Lsn(1);
  if (start.where == StartAt::Where::kStart && !reaches_start) {
    return absl::FailedPreconditionError(absl::StrCat("the journal begins at lsn ", range.first.value(),
                                                      ", older entries were dropped: use --from snapshot"));
  }
  const bool from_snapshot =
      start.where == StartAt::Where::kSnapshot || (start.where == StartAt::Where::kOldest && !reaches_start);
  if (from_snapshot) {
    if (absl::Status s = LoadSnapshot(start); !s.ok()) return s;
  }
  if (state_.lsn.Next() < range.first) {
    return absl::FailedPreconditionError(
        absl::StrCat("the journal begins at lsn ", range.first.value(), " and no snapshot from lsn ",
                     range.first.Previous().value(), " on can be used: copy one from the other node or from a backup"));
  }
  files->reader->Seek(state_.lsn.Next());
  return absl::OkStatus();
}

absl::Status Replayer::LoadSnapshot(const StartAt& start) {
  absl::StatusOr<journal::Snapshot> snapshot = absl::NotFoundError("no snapshot");
  if (start.where == StartAt::Where::kSnapshot) {
    snapshot = files_->snapshots->LoadAtOrBefore(start.lsn, &skipped_);
  } else {
    for (Lsn lsn : files_->snapshots->List()) {
      snapshot = files_->snapshots->Load(lsn);
      if (snapshot.ok()) break;
      skipped_.emplace_back(snapshot.status().message());
    }
  }
  return snapshot.ok() ? LoadState(*snapshot) : absl::OkStatus();
}

absl::Status Replayer::LoadState(const journal::Snapshot& snapshot) {
  const Lsn lsn = snapshot.info.lsn;
  const absl::Status readable = daemon::CheckReadable(absl::StrCat("the snapshot at lsn ", lsn.value()),
                                                      snapshot.info.schema_version, snapshot.info.feature_level);
  if (!readable.ok()) return readable;
  if (absl::Status s = engine::LoadState(snapshot.bytes, &state_); !s.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("the snapshot at lsn ", lsn.value(), ": ", s.message()));
  }
  if (state_.lsn != lsn || engine::DigestState(state_) != snapshot.info.digest) {
    return absl::DataLossError(absl::StrCat("the snapshot at lsn ", lsn.value(),
                                            " has not the digest that was recorded with it: replay with --from start"));
  }
  snapshot_lsn_ = lsn;
  return absl::OkStatus();
}

// Apply would end the process over these: they are our own mistakes there, and a damaged journal here.
absl::Status Replayer::CheckFollows() const {
  const journal::EntryRecord& record = entry_.record;
  const std::string at = absl::StrCat("lsn ", record.lsn.value(), ": ");
  if (record.lsn != state_.lsn.Next()) {
    return absl::DataLossError(
        absl::StrCat("lsn ", state_.lsn.Next().value(), " is missing, next is ", record.lsn.value()));
  }
  const journal::BatchHeader& header = files_->reader->header();
  const bool begins_batch = record.lsn == header.first_lsn || state_.lsn == snapshot_lsn_;
  if (begins_batch) {
    const std::string what = absl::StrCat("lsn ", record.lsn.value());
    const absl::Status readable = daemon::CheckReadable(what, header.schema_version, header.feature_level);
    if (!readable.ok()) return readable;
  }
  if (record.engine_time < state_.engine_time) return absl::DataLossError(absl::StrCat(at, "engine time goes back"));
  if (entry_.epoch < state_.epoch) return absl::DataLossError(absl::StrCat(at, "the epoch goes back"));
  if (!entry_.decoded.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(at, entry_.decoded.message(), "; replay with the version that wrote this journal"));
  }
  return absl::OkStatus();
}

bool Replayer::Next() {
  if (!status_.ok()) return false;
  JournalReader& reader = *files_->reader;
  const JournalReader::Step step = reader.Next();
  if (step == JournalReader::Step::kDamage) status_ = files_->DamageStatus();
  if (step != JournalReader::Step::kEntry) return false;
  Decode(reader.entry(), reader.header().epoch, &entry_);
  status_ = CheckFollows();
  if (!status_.ok()) return false;
  g_applying = entry_.lsn.value();
  engine::Apply(&state_, entry_, &effects_);
  return true;
}

}  // namespace understudy::tools
