#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/journal_reader.h"
#include "journal/layout.h"
#include "journal/recovery.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Step = JournalReader::Step;

class JournalReaderTest : public ::testing::Test {
 protected:
  JournalReaderTest() {
    fs_->disk().MakeDirectory("/j");
    journal_ = OpenAt(fs_, "/j");
  }
  static OpenedJournal OpenAt(std::shared_ptr<rocksdb::FileSystem> fs, const std::string& directory) {
    OpenJournalOptions options;
    options.file_system = std::move(fs);
    options.directory = directory;
    options.cluster_id = 7;
    options.new_store_id = 11;
    absl::StatusOr<OpenedJournal> journal = OpenJournal(options);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return *std::move(journal);
  }
  static void Append(OpenedJournal* journal, const std::vector<EncodedBatch>& batches) {
    ASSERT_TRUE(journal->store->Append(batches, AppendMode::kSynced).ok());
    MarkValue value = journal->mark->value();
    value.epoch = batches.back().epoch();
    value.lsn = batches.back().last_lsn();
    value.chain = batches.back().chain();
    ASSERT_TRUE(journal->mark->Write(value).ok());
  }
  void Append(size_t count) {
    for (EncodedBatch& batch : log_.MakeMany(count)) {
      Append(&journal_, {batch});
      batches_.push_back(batch);
    }
  }
  std::unique_ptr<JournalReader> Reader(bool follow = false, bool skip_damage = false) {
    auto reader = JournalReader::Open({fs_, "/j", follow, skip_damage});
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  void FlipBitIn(const EncodedBatch& batch) {
    for (const auto& [path, contents] : fs_->disk().Save().files) {
      const size_t at = contents.find(std::string(batch.bytes().substr(0, 64)));
      if (at == std::string::npos) continue;
      ASSERT_TRUE(fs_->FlipBit(path, 8 * (at + 130)));
    }
  }
  // "1 2 3 damage 4..5 6 end"
  static std::string Story(JournalReader* reader) {
    std::string story;
    for (;;) {
      switch (reader->Next()) {
        case Step::kEntry:
          EXPECT_TRUE(absl::StartsWith(reader->entry().payload, TestLog::Payload(reader->entry().lsn, Epoch(1))));
          absl::StrAppend(&story, reader->entry().lsn.value(), " ");
          break;
        case Step::kDamage:
          absl::StrAppend(&story, "damage ", reader->damage().first.value(), "..", reader->damage().last.value(), " ");
          break;
        case Step::kEnd:
          return story + "end";
      }
    }
  }

  std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
  TestLog log_;
  OpenedJournal journal_;
  std::vector<EncodedBatch> batches_;
};

TEST_F(JournalReaderTest, ReadsALiveJournalFromAnyEntryOn) {
  Append(3);
  auto reader = Reader();
  EXPECT_EQ(Story(reader.get()), "1 2 3 4 5 6 end");
  reader->Seek(Lsn(4));
  EXPECT_EQ(Story(reader.get()), "4 5 6 end");
  reader->Seek(Lsn(7));
  EXPECT_EQ(Story(reader.get()), "end");
  EXPECT_EQ(reader->mark().value.lsn, Lsn(6));
}

TEST_F(JournalReaderTest, AnEmptyJournalIsAtItsEnd) { EXPECT_EQ(Story(Reader().get()), "end"); }

TEST_F(JournalReaderTest, FollowsWhatTheWriterAdds) {
  Append(1);
  auto reader = Reader(true);
  EXPECT_EQ(Story(reader.get()), "1 2 end");
  for (uint64_t round = 0; round < 20; ++round) {
    Append(1);
    if (round % 5 == 4) {
      ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal_.store.get())->Flush().ok());
    }
    ASSERT_TRUE(reader->CatchUp().ok());
    EXPECT_EQ(Story(reader.get()), absl::StrCat(2 * round + 3, " ", 2 * round + 4, " end"));
  }
}

TEST_F(JournalReaderTest, DamageInATableFileIsNamedAndReadPast) {
  Append(6);
  ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal_.store.get())->Flush().ok());
  journal_ = OpenedJournal{};
  FlipBitIn(batches_[2]);
  EXPECT_EQ(Story(Reader().get()), "1 2 3 4 damage 5..6 end");
  EXPECT_EQ(Story(Reader(false, true).get()), "1 2 3 4 damage 5..6 7 8 9 10 11 12 end");
}

TEST_F(JournalReaderTest, DamageAtTheEndOfATableFileIsNamedOnceAndReadPast) {
  Append(6);
  ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal_.store.get())->Flush().ok());
  journal_ = OpenedJournal{};
  for (const size_t damaged : {size_t{4}, size_t{5}}) {
    SCOPED_TRACE(damaged);
    FlipBitIn(batches_[damaged]);
    const std::string readable = damaged == 4 ? "11 12 " : "";
    const std::string damage = damaged == 4 ? "1 2 3 4 5 6 7 8 damage 9..10 " : "1 2 3 4 5 6 7 8 9 10 damage 11..0 ";
    EXPECT_EQ(Story(Reader(false, true).get()), damage + readable + "end");
    FlipBitIn(batches_[damaged]);
  }
}

TEST_F(JournalReaderTest, DamageInTheWriteAheadLogIsSeenByTheMark) {
  Append(6);
  journal_ = OpenedJournal{};
  FlipBitIn(batches_[2]);
  auto reader = Reader();
  EXPECT_EQ(Story(reader.get()), "1 2 3 4 damage 5..12 end");
  EXPECT_THAT(reader->damage().ToString(), HasSubstr("ends before its durable mark"));
}

TEST_F(JournalReaderTest, BeyondDamageInTheWriteAheadLogReadingGoesOn) {
  log_.SetPadding(20000);
  Append(12);
  journal_ = OpenedJournal{};
  FlipBitIn(batches_[2]);
  const std::string story = Story(Reader(false, true).get());
  EXPECT_TRUE(absl::StartsWith(story, "1 2 3 4 damage 5..")) << story;
  EXPECT_TRUE(absl::EndsWith(story, "22 23 24 end")) << story;
}

TEST_F(JournalReaderTest, FindsTheEntriesOfACallWithAndWithoutTheIndex) {
  for (int i = 0; i < 3; ++i) Append(&journal_, log_.MakeMany(500));
  auto reader = Reader();
  const std::vector<Lsn> found = *reader->FindCall(4);
  ASSERT_EQ(found.size(), (3000u - 24) / 30 + 1);
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], Lsn(24 + 30 * i));
}

TEST(JournalReaderLiveTest, FollowsAnotherThreadOnARealDiskWithoutLosingAnEntry) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/journal_reader_live");
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  OpenJournalOptions options;
  options.directory = directory;
  options.cluster_id = 7;
  options.new_store_id = 11;
  OpenedJournal journal = *OpenJournal(options);
  constexpr uint64_t kEntries = 4000;
  std::thread writer([&] {
    TestLog log;
    log.SetPadding(500);
    for (uint64_t written = 0; written < kEntries; written += 4) {
      ASSERT_TRUE(journal.store->Append({log.Make(4)}, AppendMode::kUnsynced).ok());
      if (written % 400 == 0) {
        ASSERT_TRUE(static_cast<RocksDbLogStore*>(journal.store.get())->Flush().ok());
      }
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  auto reader = *JournalReader::Open({nullptr, directory, true, false});
  Lsn last;
  for (int idle = 0; last.value() < kEntries && idle < 20000; ++idle) {
    for (Step step = reader->Next(); step != Step::kEnd; step = reader->Next()) {
      ASSERT_EQ(step, Step::kEntry) << reader->damage().ToString();
      ASSERT_EQ(reader->entry().lsn, last.Next());
      last = reader->entry().lsn;
    }
    ASSERT_TRUE(reader->CatchUp().ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  writer.join();
  EXPECT_EQ(last, Lsn(kEntries));
  reader.reset();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace understudy::journal
