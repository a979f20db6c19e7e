// What both stores promise, tried on both.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch_view.h"
#include "journal/faulty_file_system.h"
#include "journal/log_store.h"
#include "journal/memory_log_store.h"
#include "journal/rocksdb_log_store.h"
#include "journal/test_batches.h"

namespace understudy::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A kind of store on a disk that survives it.
struct Kind {
  const char* name;
  std::function<std::function<absl::StatusOr<std::unique_ptr<LogStore>>(OpenMode)>()> make;
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

const Kind kKinds[] = {
    {"Memory",
     [] {
       auto disk = std::make_shared<MemoryDisk>();
       return [disk](OpenMode mode) { return MemoryLogStore::Open(disk, mode); };
     }},
    {"RocksDb",
     [] {
       auto fs = std::make_shared<FaultyFileSystem>();
       fs->disk().MakeDirectory("/j");
       return [fs](OpenMode mode) {
         RocksDbLogStore::Options options;
         options.file_system = fs;
         options.path = "/j/log";
         return RocksDbLogStore::Open(options, mode);
       };
     }},
};

class LogStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  LogStoreTest() : open_(GetParam().make()) { Reopen(OpenMode::kCreate); }

  void Reopen(OpenMode mode = OpenMode::kWrite) {
    store_.reset();
    auto store = open_(mode);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  std::vector<EncodedBatch> Append(size_t batches, size_t entries_each = 2) {
    const std::vector<EncodedBatch> made = log_.MakeMany(batches, entries_each);
    EXPECT_TRUE(store_->Append(made, AppendMode::kSynced).ok());
    return made;
  }
  static std::vector<uint64_t> Keys(LogIterator* it, Lsn from) {
    std::vector<uint64_t> keys;
    BatchView view;
    for (it->Seek(from); it->Valid(); it->Next()) {
      EXPECT_TRUE(view.Parse(it->bytes()).ok());
      EXPECT_EQ(view.prelude().first_lsn, it->key());
      keys.push_back(it->key().value());
    }
    EXPECT_TRUE(it->status().ok());
    return keys;
  }
  std::vector<uint64_t> Keys(Lsn from = Lsn()) { return Keys(store_->NewIterator().get(), from); }
  std::vector<uint64_t> CutKeys() { return Keys(store_->NewCutIterator().get(), Lsn()); }
  void ExpectRange(uint64_t first, uint64_t last) {
    EXPECT_EQ(store_->Range().first, Lsn(first));
    EXPECT_EQ(store_->Range().last, Lsn(last));
  }

  const std::function<absl::StatusOr<std::unique_ptr<LogStore>>(OpenMode)> open_;
  TestLog log_;
  std::unique_ptr<LogStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, LogStoreTest, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST_P(LogStoreTest, NothingThereIsNotFound) {
  const auto other = GetParam().make();
  EXPECT_TRUE(absl::IsNotFound(other(OpenMode::kInspect).status()));
  EXPECT_TRUE(absl::IsNotFound(other(OpenMode::kWrite).status()));
}

TEST_P(LogStoreTest, NewIsEmpty) {
  EXPECT_TRUE(store_->Range().empty());
  EXPECT_THAT(Keys(), IsEmpty());
  EXPECT_THAT(CutKeys(), IsEmpty());
}

TEST_P(LogStoreTest, AppendedBatchesReadBackInOrder) {
  const std::vector<EncodedBatch> made = Append(3);
  ExpectRange(1, 6);
  EXPECT_EQ(store_->Range().chain, made.back().chain());
  EXPECT_THAT(Keys(), ElementsAre(1, 3, 5));
  auto it = store_->NewIterator();
  it->Seek(Lsn(3));
  EXPECT_EQ(it->bytes(), made[1].bytes());
}

TEST_P(LogStoreTest, SeekFindsTheBatchThatHoldsAnLsn) {
  Append(3, 4);
  EXPECT_THAT(Keys(Lsn(4)), ElementsAre(1, 5, 9));
  EXPECT_THAT(Keys(Lsn(5)), ElementsAre(5, 9));
  EXPECT_THAT(Keys(Lsn(12)), ElementsAre(9));
  EXPECT_THAT(Keys(Lsn(13)), IsEmpty());
}

TEST_P(LogStoreTest, ABatchThatDoesNotContinueTheLogIsRefusedAndTheStoreGoesOn) {
  Append(1);
  const EncodedBatch skipped = log_.Make(2);
  const EncodedBatch next = log_.Make(2);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Append({next}, AppendMode::kSynced)));
  TestLog other(8);
  (void)other.Make(2);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Append({other.Make(2)}, AppendMode::kSynced)));
  ExpectRange(1, 2);
  EXPECT_TRUE(store_->Append({skipped, next}, AppendMode::kSynced).ok());
  ExpectRange(1, 6);
}

TEST_P(LogStoreTest, ALogMayStartAnywhere) {
  (void)log_.MakeMany(50);
  Append(1);
  ExpectRange(101, 102);
  EXPECT_THAT(Keys(), ElementsAre(101));
}

TEST_P(LogStoreTest, ReopenedItIsTheSame) {
  Append(4);
  ASSERT_TRUE(store_->PutMeta("epochs", "1@1").ok());
  const Hash128 chain = store_->Range().chain;
  for (const OpenMode mode : {OpenMode::kWrite, OpenMode::kCreate, OpenMode::kInspect}) {
    Reopen(mode);
    ExpectRange(1, 8);
    EXPECT_EQ(store_->Range().chain, chain);
    EXPECT_THAT(Keys(), ElementsAre(1, 3, 5, 7));
    EXPECT_EQ(*store_->GetMeta("epochs"), "1@1");
  }
  EXPECT_TRUE(absl::IsNotFound(store_->GetMeta("nothing").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Append({log_.Make(1)}, AppendMode::kSynced)));
}

TEST_P(LogStoreTest, CutTailIsKeptAsideAndTheLogGoesOnDifferently) {
  const std::vector<EncodedBatch> made = Append(4);
  ASSERT_TRUE(store_->TruncateFrom(Lsn(5)).ok());
  ExpectRange(1, 4);
  EXPECT_EQ(store_->Range().chain, made[1].chain());
  EXPECT_THAT(Keys(), ElementsAre(1, 3));
  EXPECT_THAT(CutKeys(), ElementsAre(5, 7));

  log_.ContinueAfter(made[1]);
  log_.SetEpoch(Epoch(2));
  Append(3);
  Reopen();
  EXPECT_THAT(Keys(), ElementsAre(1, 3, 5, 7, 9));
  EXPECT_THAT(CutKeys(), ElementsAre(5, 7));

  ASSERT_TRUE(store_->TruncateFrom(Lsn(7)).ok());
  EXPECT_THAT(CutKeys(), ElementsAre(5, 7, 7, 9));
}

TEST_P(LogStoreTest, CutsFallOnBoundariesOnly) {
  Append(3);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->TruncateFrom(Lsn(4))));
  EXPECT_TRUE(store_->TruncateFrom(Lsn(7)).ok());
  ExpectRange(1, 6);
  EXPECT_TRUE(store_->TruncateFrom(Lsn(1)).ok());
  EXPECT_TRUE(store_->Range().empty());
  EXPECT_THAT(CutKeys(), ElementsAre(1, 3, 5));
}

TEST_P(LogStoreTest, DroppedBatchesAreGoneAndTheLastOneStays) {
  Append(5);
  ASSERT_TRUE(store_->DropBefore(Lsn(6)).ok());
  ExpectRange(5, 10);
  EXPECT_THAT(Keys(Lsn(1)), ElementsAre(5, 7, 9));
  ASSERT_TRUE(store_->DropBefore(Lsn(2)).ok());
  ExpectRange(5, 10);
  ASSERT_TRUE(store_->DropBefore(Lsn(1000)).ok());
  ExpectRange(9, 10);
  EXPECT_THAT(Keys(Lsn(1)), ElementsAre(9));
  Reopen();
  ExpectRange(9, 10);
  Append(1);
  EXPECT_THAT(Keys(), ElementsAre(9, 11));
}

TEST_P(LogStoreTest, ApproximateBytesAreWithinAFactorOfThree) {
  log_.SetPadding(1000);
  uint64_t exact = 0;
  for (const EncodedBatch& batch : Append(100, 1)) exact += batch.bytes().size();
  EXPECT_GT(store_->ApproximateBytes(Lsn(1), Lsn(101)), exact / 3);
  EXPECT_LT(store_->ApproximateBytes(Lsn(1), Lsn(101)), exact * 3);
}

TEST_P(LogStoreTest, ClosedItRefuses) {
  Append(1);
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_FALSE(store_->Append({log_.Make(1)}, AppendMode::kSynced).ok());
  EXPECT_FALSE(store_->Sync().ok());
}

}  // namespace
}  // namespace understudy::journal
