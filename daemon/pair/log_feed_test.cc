// What the peer gets out of the log is what was appended to it, or nothing: it would refuse what is damaged, and ask
// for it again.
#include "daemon/pair/log_feed.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/memory_log_store.h"

namespace understudy::daemon {
namespace {

// Keeps what is sent.
class KeepingLink : public link::PeerLink {
 public:
  void SetEvents(Events) override {}
  void Send(uint16_t, absl::string_view payload) override { sent.emplace_back(payload); }
  void SendShared(uint16_t, std::shared_ptr<const void>, absl::string_view payload) override {
    sent.emplace_back(payload);
  }
  void Flush() override {}
  void PauseReading() override {}
  void ResumeReading() override {}
  void Close(const absl::Status&) override {}
  bool is_open() const override { return true; }
  size_t queued_bytes() const override { return 0; }
  const Endpoint& remote() const override { return remote_; }
  std::string peer_subject() const override { return ""; }
  link::LinkCounters Counters() const override { return {}; }
  int fd_for_crash() const override { return -1; }

  std::vector<std::string> sent;

 private:
  const Endpoint remote_;
};

class LogFeedTest : public testing::Test, public EffectSink {
 protected:
  // A primary whose log has three batches.
  LogFeedTest() {
    CoreOptions options;
    options.file_system = std::make_shared<journal::FaultyFileSystem>();
    options.directory = "/journal";
    options.cluster_id = 7;
    options.clock = &clock_;
    options.random = HashKey{11, 1};
    options.keep_reserve = false;
    options.open_store = [this](journal::OpenMode mode) { return journal::MemoryLogStore::Open(disk_, mode); };
    options.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    core_ = Core::Start(options, TestPhones::Configuration(), this, [this] { bell_.Ring(); }).value();
    for (int i = 0; i < 3; ++i) {
      engine::IngressSummary summary;
      summary.counts = {1};
      core_->Append(std::move(summary));
      core_->EndTurn();
      while (core_->commit_in_flight()) {
        bell_.Await();
        EXPECT_TRUE(core_->TakeCommits().status.ok());
      }
    }
    for (const Lsn place : disk_->Places()) places_.push_back(place);
    feed_.Begin(link_, Lsn(1));
  }

  void Release(Lsn, const engine::Effect&) override {}

  TestClock clock_;
  Bell bell_;
  std::shared_ptr<journal::MemoryDisk> disk_ = std::make_shared<journal::MemoryDisk>();
  std::unique_ptr<Core> core_;
  std::vector<Lsn> places_;
  std::shared_ptr<KeepingLink> link_ = std::make_shared<KeepingLink>();
  LogFeed feed_;
};

TEST_F(LogFeedTest, TheLogIsSentBatchByBatch) {
  ASSERT_TRUE(feed_.Pump(*core_).ok());
  ASSERT_EQ(link_->sent.size(), places_.size());
  EXPECT_EQ(feed_.next(), core_->end().Next());
  const std::unique_ptr<journal::LogIterator> log = core_->log().NewIterator();
  log->Seek(Lsn(1));
  for (const std::string& sent : link_->sent) {
    EXPECT_EQ(sent, log->bytes());
    log->Next();
  }
}

TEST_F(LogFeedTest, ADamagedBatchIsNotSentWhereverTheDamageIs) {
  ASSERT_GE(places_.size(), 3u);
  for (const size_t byte : {size_t{20}, journal::BatchPrelude::kBytes + 1, disk_->BytesAt(places_[1]) - 1}) {
    link_->sent.clear();
    feed_.Begin(link_, Lsn(1));
    ASSERT_TRUE(disk_->FlipBit(places_[1], 8 * byte));
    EXPECT_EQ(feed_.Pump(*core_).code(), absl::StatusCode::kDataLoss) << "byte " << byte;
    EXPECT_EQ(link_->sent.size(), 1u);
    EXPECT_EQ(feed_.next(), places_[1]) << "this is what the peer cannot have from the log";
    ASSERT_TRUE(disk_->FlipBit(places_[1], 8 * byte));
  }
}

}  // namespace
}  // namespace understudy::daemon
