#include "journal/journal_reader.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "journal/layout.h"

namespace understudy::journal {

std::string Damage::ToString() const {
  if (last.empty()) return absl::StrCat("damage from lsn ", first.value(), " on: ", reason);
  return absl::StrCat("damage from lsn ", first.value(), " to ", last.value(), ": ", reason);
}

JournalReader::JournalReader(const Options& options) : options_(options) {}

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::Open(const Options& options) {
  auto reader = absl::WrapUnique(new JournalReader(options));
  if (absl::Status s = reader->OpenStore(); !s.ok()) return s;
  reader->Seek(Lsn());
  return reader;
}

// The mark is read first: with a live writer the log may only be longer than it.
absl::Status JournalReader::OpenStore() {
  const auto file_system = options_.file_system != nullptr ? options_.file_system : rocksdb::FileSystem::Default();
  mark_ = ReadMark(file_system.get(), MarkPath(options_.directory));
  RocksDbLogStore::Options log;
  log.file_system = options_.file_system;
  log.path = LogPath(options_.directory);
  log.follow = options_.follow;
  log.salvage = options_.skip_damage;
  iterator_.reset();
  absl::StatusOr<std::unique_ptr<RocksDbLogStore>> store = RocksDbLogStore::OpenLog(log, OpenMode::kInspect);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  return absl::OkStatus();
}

void JournalReader::Seek(Lsn lsn) {
  next_ = std::max({lsn, Range().first, Lsn(1)});
  chain_ = Hash128{};
  damaged_ = Lsn();
  stopped_ = any_next_ = on_batch_ = false;
  view_.Clear();
  index_ = 0;
  iterator_ = store_->NewIterator();
  iterator_->Seek(next_);
}

JournalReader::Step JournalReader::Next() {
  while (index_ >= view_.size()) {
    const Step step = NextBatch();
    if (step != Step::kEntry) return step;
  }
  entry_ = view_[index_++];
  next_ = entry_.lsn.Next();
  return Step::kEntry;
}

// Makes view_ the batch that holds next_, with index_ at it. kEntry: view_ is good (look at it again).
JournalReader::Step JournalReader::NextBatch() {
  if (stopped_) return Step::kEnd;
  if (std::exchange(on_batch_, false)) iterator_->Next();
  // What was reported as damaged is not reported again after a CatchUp.
  while (iterator_->Valid() && !damaged_.empty() && iterator_->key() <= damaged_) iterator_->Next();
  if (!iterator_->Valid()) return AtEnd();
  const Lsn key = iterator_->key();
  if (key > next_ && !any_next_) return Report(next_, key.Previous(), "entries are missing");
  absl::Status s = chain_.empty() ? view_.Parse(iterator_->bytes()) : view_.Parse(iterator_->bytes(), chain_);
  if (s.ok() && view_.prelude().first_lsn != key) s = absl::DataLossError("batch is stored under another lsn");
  if (!s.ok()) return ReportBatch(key, std::string(s.message()));
  on_batch_ = true;
  any_next_ = false;
  chain_ = view_.prelude().chain;
  index_ = next_ > key ? next_.value() - key.value() : 0;
  return Step::kEntry;
}

// Where a damaged batch ends is known from where the next one starts.
JournalReader::Step JournalReader::ReportBatch(Lsn key, std::string reason) {
  damaged_ = key;
  iterator_->Next();
  return Report(key, iterator_->Valid() ? iterator_->key().Previous() : Lsn(), std::move(reason));
}

JournalReader::Step JournalReader::Report(Lsn first, Lsn last, std::string reason) {
  damage_ = Damage{first, last, std::move(reason)};
  view_.Clear();
  chain_ = Hash128{};
  any_next_ = last.empty();
  next_ = last.empty() ? first.Next() : last.Next();
  stopped_ = !options_.skip_damage;
  return Step::kDamage;
}

JournalReader::Step JournalReader::AtEnd() {
  // Nothing that can be read followed the damage reported last.
  if (any_next_) return Step::kEnd;
  if (!iterator_->status().ok()) return ReportBatch(next_, std::string(iterator_->status().message()));
  const Lsn mark = mark_.Usable() ? mark_.value.lsn : Lsn();
  if (next_ > mark) return Step::kEnd;
  return Report(std::max(next_, Lsn(1)), mark, "the log ends before its durable mark");
}

absl::Status JournalReader::CatchUp() {
  if (stopped_) return absl::OkStatus();
  // The writer may have removed files that this view of the log still needs: then look anew.
  absl::Status s = store_->CatchUp();
  if (!s.ok()) s = OpenStore();
  if (!s.ok()) return s;
  view_.Clear();
  on_batch_ = false;
  if (next_ < Range().first) {  // dropped before they were read: that is no damage
    next_ = Range().first;
    chain_ = Hash128{};
  }
  iterator_ = store_->NewIterator();
  iterator_->Seek(next_);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Lsn>> JournalReader::FindCall(uint64_t call) {
  Lsn indexed;
  absl::StatusOr<std::vector<Lsn>> found = store_->FindCall(call, &indexed);
  if (!found.ok()) return found;
  BatchView view;
  std::unique_ptr<LogIterator> it = store_->NewIterator();
  Lsn next = indexed.Next();
  for (it->Seek(next);; it->Next()) {
    // What cannot be read may touch the call: whoever reads that entry finds the damage.
    if (!it->Valid() && !it->status().ok()) {
      found->push_back(next);
      it->Next();
    }
    if (!it->Valid()) break;
    if (!view.Parse(it->bytes()).ok()) {
      found->push_back(it->key());
      continue;
    }
    next = view.prelude().last_lsn().Next();
    for (size_t i = 0; i < view.size(); ++i) {
      const EntryRecord entry = view[i];
      if (entry.lsn <= indexed) continue;
      for (const uint64_t touched : entry.calls) {
        if (touched != call) continue;
        found->push_back(entry.lsn);
        break;
      }
    }
  }
  const bool short_of_mark = mark_.Usable() && next <= mark_.value.lsn;
  if (short_of_mark && (found->empty() || found->back() < next)) found->push_back(next);
  return found;
}

}  // namespace understudy::journal
