#include "tools/entry_source.h"

#include <cstdint>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "engine/snapshot.h"

namespace understudy::tools {
namespace {

using journal::JournalReader;

// What was in force when a journal begins whose older entries were dropped; a little later, by the oldest snapshot.
engine::Configuration ConfigurationBefore(const JournalFiles& files) {
  if (files.reader->Range().first <= Lsn(1)) return {};
  for (Lsn lsn : files.snapshots->List()) {
    const absl::StatusOr<journal::Snapshot> snapshot = files.snapshots->Load(lsn);
    engine::State state;
    if (snapshot.ok() && engine::LoadState(snapshot->bytes, &state).ok()) return state.configuration;
  }
  return {};
}

class Walk {
 public:
  Walk(JournalFiles* files, const EntryFilter& filter, EntrySink* sink)
      : reader_(*files->reader),
        matcher_(filter, filter.dn.empty() ? engine::Configuration() : ConfigurationBefore(*files)),
        sink_(*sink) {}

  absl::Status Run(bool follow) {
    if (matcher_.filter().NeedsLearning()) LearnAll();
    if (!follow && !matcher_.filter().calls.empty()) return ByIndex(matcher_.filter().calls);
    reader_.Seek(matcher_.filter().lsn.first);
    for (;;) {
      if (!ToTheEnd() || !follow || !sink_.Waiting()) return absl::OkStatus();
      if (absl::Status s = reader_.CatchUp(); !s.ok()) return s;
    }
  }

 private:
  Lsn last() const { return matcher_.filter().lsn.last; }

  // False once nothing that comes could match.
  bool ToTheEnd() {
    for (;;) {
      switch (reader_.Next()) {
        case JournalReader::Step::kEntry:
          if (reader_.entry().lsn > last()) return false;
          Offer();
          break;
        case JournalReader::Step::kDamage:
          sink_.Damaged(reader_.damage());
          break;
        case JournalReader::Step::kEnd:
          return true;
      }
    }
  }

  void Offer() {
    Decode(reader_.entry(), reader_.header().epoch, &entry_);
    if (matcher_.Matches(entry_)) sink_.Entry(entry_);
  }

  // Damage is told of when the entries are read again.
  void LearnAll() {
    reader_.Seek(Lsn(1));
    for (JournalReader::Step step; (step = reader_.Next()) != JournalReader::Step::kEnd;) {
      if (step != JournalReader::Step::kEntry) continue;
      Decode(reader_.entry(), reader_.header().epoch, &entry_);
      matcher_.Learn(entry_);
    }
  }

  absl::Status ByIndex(const absl::btree_set<uint64_t>& calls) {
    absl::btree_set<Lsn> lsns;
    for (uint64_t call : calls) {
      const absl::StatusOr<std::vector<Lsn>> of_call = reader_.FindCall(call);
      if (!of_call.ok()) return of_call.status();
      lsns.insert(of_call->begin(), of_call->end());
    }
    for (Lsn lsn : lsns) {
      reader_.Seek(lsn);
      const JournalReader::Step step = reader_.Next();
      if (step == JournalReader::Step::kDamage) sink_.Damaged(reader_.damage());
      if (step == JournalReader::Step::kEntry && reader_.entry().lsn == lsn) Offer();
    }
    return absl::OkStatus();
  }

  JournalReader& reader_;
  EntryMatcher matcher_;
  EntrySink& sink_;
  DecodedEntry entry_;
};

}  // namespace

absl::Status WalkEntries(JournalFiles* files, const EntryFilter& filter, bool follow, EntrySink* sink) {
  return Walk(files, filter, sink).Run(follow);
}

}  // namespace understudy::tools
