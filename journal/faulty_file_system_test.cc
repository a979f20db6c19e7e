// The instrument itself: what is synced stays, what is not may go, and the switches do what they say.
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::journal {
namespace {

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  FaultyFileSystemTest() { disk().MakeDirectory("/d"); }
  SimulatedDisk& disk() { return fs_.disk(); }
  std::unique_ptr<rocksdb::FSWritableFile> Create(const std::string& path) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(fs_.NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr).ok());
    return file;
  }
  rocksdb::IOStatus Append(rocksdb::FSWritableFile* file, const std::string& bytes) {
    return file->Append(bytes, rocksdb::IOOptions(), nullptr);
  }
  rocksdb::IOStatus Sync(rocksdb::FSWritableFile* file) { return file->Sync(rocksdb::IOOptions(), nullptr); }
  void SyncDirectory() {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    ASSERT_TRUE(fs_.NewDirectory("/d", rocksdb::IOOptions(), &directory, nullptr).ok());
    ASSERT_TRUE(directory->Fsync(rocksdb::IOOptions(), nullptr).ok());
  }
  // The contents, or "absent".
  std::string Contents(const std::string& path) {
    const SimulatedDisk::Handle file = disk().Find(path);
    return file == nullptr ? "absent" : disk().Read(file, 0, disk().Size(file));
  }
  void PowerFails(PowerLossMode mode, uint64_t seed = 1) {
    fs_.CutPower();
    fs_.RestorePower(seed, mode);
  }

  FaultyFileSystem fs_;
};

TEST_F(FaultyFileSystemTest, ContentsNeedAFileSyncAndNamesADirectorySync) {
  auto both = Create("/d/both");
  auto name_only = Create("/d/name-only");
  ASSERT_TRUE(Append(both.get(), "abc").ok());
  ASSERT_TRUE(Append(name_only.get(), "abc").ok());
  ASSERT_TRUE(Sync(both.get()).ok());
  SyncDirectory();
  auto contents_only = Create("/d/contents-only");
  ASSERT_TRUE(Append(contents_only.get(), "abc").ok());
  ASSERT_TRUE(Sync(contents_only.get()).ok());
  PowerFails(PowerLossMode::kDrop);
  EXPECT_EQ(Contents("/d/both"), "abc");
  EXPECT_EQ(Contents("/d/name-only"), "");
  EXPECT_EQ(Contents("/d/contents-only"), "absent");
}

TEST_F(FaultyFileSystemTest, AnUnsyncedRenameMayBeUndoneButNeverHalf) {
  bool undone = false;
  bool done = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto file = Create("/d/old");
    ASSERT_TRUE(Append(file.get(), "abc").ok());
    ASSERT_TRUE(Sync(file.get()).ok());
    SyncDirectory();
    ASSERT_TRUE(fs_.RenameFile("/d/old", "/d/new", rocksdb::IOOptions(), nullptr).ok());
    PowerFails(PowerLossMode::kReorder, seed);
    EXPECT_NE(Contents("/d/old") == "abc", Contents("/d/new") == "abc");
    (Contents("/d/old") == "abc" ? undone : done) = true;
    disk().Remove("/d/old");
    disk().Remove("/d/new");
  }
  EXPECT_TRUE(undone);
  EXPECT_TRUE(done);
}

TEST_F(FaultyFileSystemTest, ADirectoryWhoseNewNameIsLostHasItsOldOneAndCanBeRenamedAgain) {
  disk().MakeDirectory("/d/old");
  auto file = Create("/d/old/file");
  std::unique_ptr<rocksdb::FSDirectory> directory;
  ASSERT_TRUE(fs_.NewDirectory("/d/old", rocksdb::IOOptions(), &directory, nullptr).ok());
  ASSERT_TRUE(directory->Fsync(rocksdb::IOOptions(), nullptr).ok());
  const auto renames = [&] { return fs_.RenameFile("/d/old", "/d/new", rocksdb::IOOptions(), nullptr).ok(); };
  ASSERT_TRUE(renames());
  PowerFails(PowerLossMode::kDrop);
  EXPECT_EQ(Contents("/d/old/file"), "");
  EXPECT_TRUE(renames());
  EXPECT_EQ(Contents("/d/new/file"), "");
}

// An old rename does not take away what has the name since.
TEST_F(FaultyFileSystemTest, ADirectoryThatWasRenamedAwayIsGoneOnceItsFormerDirectoryIsSynced) {
  for (const PowerLossMode mode : kAllPowerLossModes) {
    disk().MakeDirectory("/d/log");
    disk().MakeDirectory("/d/aside");
    Create("/d/log/file");
    disk().SyncDirectory("/d/log");
    ASSERT_TRUE(fs_.RenameFile("/d/log", "/d/aside/log", rocksdb::IOOptions(), nullptr).ok());
    disk().MakeDirectory("/d/log");
    auto file = Create("/d/log/file");
    ASSERT_TRUE(Append(file.get(), "new").ok());
    ASSERT_TRUE(Sync(file.get()).ok());
    disk().SyncDirectory("/d/log");
    SyncDirectory();
    PowerFails(mode);
    EXPECT_EQ(Contents("/d/log/file"), "new");
    EXPECT_EQ(Contents("/d/aside/log/file"), "");
    disk().Remove("/d/log/file");
    disk().Remove("/d/aside/log/file");
  }
}

TEST_F(FaultyFileSystemTest, ARenameIsThereOnceTheDirectoryThatItLeftIsSynced) {
  for (const PowerLossMode mode : kAllPowerLossModes) {
    disk().MakeDirectory("/d/aside");
    Create("/d/file");
    SyncDirectory();
    ASSERT_TRUE(fs_.RenameFile("/d/file", "/d/aside/file", rocksdb::IOOptions(), nullptr).ok());
    SyncDirectory();
    PowerFails(mode);
    EXPECT_EQ(Contents("/d/file"), "absent");
    EXPECT_EQ(Contents("/d/aside/file"), "");
    disk().Remove("/d/aside/file");
  }
}

// The first rename is not on the disk yet, and the new file's name is, when the directory goes once more.
TEST_F(FaultyFileSystemTest, ADirectoryThatIsRenamedTwiceLosesNothingThatWasSynced) {
  for (const PowerLossMode mode : kAllPowerLossModes) {
    for (const char* directory : {"/d/log", "/d/one", "/d/two"}) disk().MakeDirectory(directory);
    Create("/d/log/file");
    disk().SyncDirectory("/d/log");
    ASSERT_TRUE(fs_.RenameFile("/d/log", "/d/one/log", rocksdb::IOOptions(), nullptr).ok());
    disk().MakeDirectory("/d/log");
    auto file = Create("/d/log/file");
    ASSERT_TRUE(Append(file.get(), "new").ok());
    ASSERT_TRUE(Sync(file.get()).ok());
    ASSERT_TRUE(fs_.RenameFile("/d/log", "/d/two/log", rocksdb::IOOptions(), nullptr).ok());
    PowerFails(mode, 3);
    EXPECT_EQ(Contents("/d/one/log/file"), "");
    EXPECT_NE(Contents("/d/log/file") == "new", Contents("/d/two/log/file") == "new");
    for (const char* path : {"/d/log/file", "/d/one/log/file", "/d/two/log/file"}) disk().Remove(path);
  }
}

TEST_F(FaultyFileSystemTest, AppendsTearAtSectorsAndNeverTouchWhatWasSynced) {
  const std::string first(700, 'a');
  bool torn = false;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    auto file = Create("/d/f");
    ASSERT_TRUE(Append(file.get(), first).ok());
    ASSERT_TRUE(Sync(file.get()).ok());
    SyncDirectory();
    ASSERT_TRUE(Append(file.get(), std::string(3000, 'b')).ok());
    PowerFails(seed % 2 == 0 ? PowerLossMode::kTear512 : PowerLossMode::kReorder, seed);
    const std::string left = Contents("/d/f");
    ASSERT_EQ(left.substr(0, 700), first);
    ASSERT_EQ(left.substr(700), std::string(left.size() - 700, 'b'));
    ASSERT_TRUE(left.size() == 700 || left.size() == 3700 || left.size() % 512 == 0) << left.size();
    torn |= left.size() != 700 && left.size() != 3700;
    disk().Remove("/d/f");
  }
  EXPECT_TRUE(torn);
}

TEST_F(FaultyFileSystemTest, WhatHappensAfterTheCutHasNotHappened) {
  auto file = Create("/d/f");
  ASSERT_TRUE(Append(file.get(), "abc").ok());
  ASSERT_TRUE(Sync(file.get()).ok());
  SyncDirectory();
  fs_.CutPower();
  EXPECT_TRUE(Append(file.get(), "def").ok());
  EXPECT_TRUE(Sync(file.get()).ok());
  fs_.RestorePower(1, PowerLossMode::kDrop);
  EXPECT_EQ(Contents("/d/f"), "abc");
  EXPECT_FALSE(Append(file.get(), "ghi").ok()) << "a handle from before the power loss";
}

TEST_F(FaultyFileSystemTest, ThePowerGoesAfterSoManyChanges) {
  auto file = Create("/d/f");
  SyncDirectory();
  fs_.CutPowerAfter(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append(file.get(), "x").ok());
  EXPECT_FALSE(fs_.PowerIsCut());
  ASSERT_TRUE(Append(file.get(), "y").ok());
  EXPECT_TRUE(fs_.PowerIsCut());
}

TEST_F(FaultyFileSystemTest, SwitchesFailWritesSyncsAndReadsByName) {
  auto file = Create("/d/f");
  auto other = Create("/d/other");
  fs_.Fail(FaultyOperation::kWrite, "/d/f", rocksdb::IOStatus::IOError("EIO"));
  EXPECT_TRUE(Append(file.get(), "x").IsIOError());
  EXPECT_TRUE(Append(other.get(), "x").ok());
  fs_.ClearFaults();
  EXPECT_TRUE(Append(file.get(), "x").ok());
  fs_.SetCapacity(disk().BytesUsed() + 1);
  EXPECT_TRUE(Append(file.get(), "xx").IsNoSpace());
  fs_.SetCapacity(UINT64_MAX);
  fs_.SetSyncIsNoOp(true);
  SyncDirectory();
  EXPECT_TRUE(Sync(file.get()).ok());
  PowerFails(PowerLossMode::kDrop);
  EXPECT_EQ(Contents("/d/f"), "absent");
}

TEST_F(FaultyFileSystemTest, AProcessThatDiedLeavesWhatItWroteToThePowerThatMayFail) {
  auto file = Create("/d/f");
  ASSERT_TRUE(Append(file.get(), "abc").ok());
  ASSERT_TRUE(Sync(file.get()).ok());
  SyncDirectory();
  ASSERT_TRUE(Append(file.get(), "def").ok());
  fs_.CutPower();
  ASSERT_TRUE(Append(file.get(), "of a ghost").ok());
  fs_.RestartProcess();
  EXPECT_EQ(Contents("/d/f"), "abcdef");
  EXPECT_FALSE(Append(file.get(), "ghi").ok()) << "a handle of the process that died";
  PowerFails(PowerLossMode::kDrop);
  EXPECT_EQ(Contents("/d/f"), "abc");
}

TEST_F(FaultyFileSystemTest, AStalledSyncComesBackWhenItMayOrWhenThePowerGoes) {
  auto file = Create("/d/f");
  for (const bool power : {false, true}) {
    ASSERT_TRUE(Append(file.get(), "abc").ok());
    fs_.Stall(FaultyOperation::kSync, "/d/f");
    std::thread syncs([&] { EXPECT_TRUE(Sync(file.get()).ok()); });
    while (fs_.stalled() == 0) std::this_thread::yield();
    power ? fs_.CutPower() : fs_.ClearFaults();
    syncs.join();
    EXPECT_EQ(fs_.stalled(), 0);
  }
}

}  // namespace
}  // namespace understudy::journal
