// A node of a pair whose peer is nowhere to be found: what becomes of its role and of its journal.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/core/inline_state_source.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_phones.h"
#include "daemon/net/deaf_transport.h"
#include "daemon/net/io_loop.h"
#include "daemon/node.h"
#include "daemon/witness/test_witness.h"
#include "engine/snapshot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch.h"
#include "journal/faulty_file_system.h"
#include "journal/log_store.h"

namespace understudy::daemon {
namespace {

using testing::Contains;
using testing::Not;

// The peer's host does not answer.
class LonelyPort : public link::PeerPort {
 public:
  explicit LonelyPort(net::Scheduler* scheduler) : scheduler_(scheduler) {}
  absl::Status Listen(Events) override { return absl::OkStatus(); }
  void Dial(Done done) override {
    done_ = std::move(done);
    scheduler_->Post([this] {
      if (const Done now = std::exchange(done_, nullptr)) now(absl::UnavailableError("no way to it"));
    });
  }
  void Close() override { done_ = nullptr; }

 private:
  net::Scheduler* const scheduler_;
  Done done_;
};

// One process on a machine of its own.
class Process : public NodeOwner, public ServiceGate {
 public:
  Process(net::IoLoop* loop, witness::TestRegister* reg, uint64_t number)
      : loop_(loop), register_(reg), number_(number), port_(loop), states_(loop, Duration()) {}

  void OnServing() override {}
  void OnReleased(Lsn, const engine::Effect&) override {}
  void OnGroupDurable(Duration) override {}
  void OnBatchReleased(Duration) override {}
  void OnFailed(const absl::Status& why) override { failure = why; }
  absl::Status Open() override {
    ++opened;
    return absl::OkStatus();
  }
  absl::Status Close() override {
    ++closed;
    return absl::OkStatus();
  }

  absl::Status Begin() {
    log::LogOptions log;
    log.to = [this](const log::LogEvent& event, absl::string_view) { logged.push_back(event.id); };
    log_ = *log::Log::Open(log);
    CoreOptions core;
    core.file_system = disk_;
    core.directory = "/journal";
    core.clock = &clock_;
    core.keep_reserve = false;
    core.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    core.pair = true;
    const auto fresh_key = [this] { return HashKey{number_ << 32 | ++keys_, keys_}; };
    journal_ = std::make_unique<NodeJournal>(core, fresh_key, log_.get());
    if (absl::Status s = journal_->Lock(); !s.ok()) return s;
    NodeParts parts;
    parts.scheduler = loop_;
    parts.clock = &clock_;
    parts.log = log_.get();
    parts.journal = journal_.get();
    parts.owner = this;
    parts.fresh_key = fresh_key;
    parts.port = &port_;
    parts.states = &states_;
    parts.make_witness = [this] { return std::make_unique<witness::TestWitness>(loop_, register_); };
    NodeOptions options;
    options.configuration = TestPhones::Configuration();
    options.pair.emplace();
    options.pair->name = absl::StrCat("node-", number_);
    node = std::make_unique<Node>(parts, options);
    if (absl::Status s = node->Open(&transport_, this); !s.ok()) return s;
    return node->Start();
  }

  const Core& core() const { return *node->core(); }
  bool Durable() const { return core().end() > Lsn() && !core().commit_in_flight(); }

  std::unique_ptr<Node> node;
  std::vector<std::string> logged;
  absl::Status failure;
  int opened = 0;
  int closed = 0;

 private:
  net::IoLoop* const loop_;
  witness::TestRegister* const register_;
  const uint64_t number_;
  uint64_t keys_ = 0;
  std::shared_ptr<journal::FaultyFileSystem> disk_ = std::make_shared<journal::FaultyFileSystem>();
  SystemClock clock_;
  net::DeafTransport transport_;
  LonelyPort port_;
  InlineStateSource states_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<NodeJournal> journal_;
};

class NodePairTest : public testing::Test {
 protected:
  NodePairTest() {
    loop_.SetEndOfTurn([this] {
      for (Process* process : {&a_, &b_}) {
        if (process->node != nullptr) process->node->EndOfTurn();
      }
    });
  }

  template <class Done>
  bool RunUntil(Done done) {
    const net::MonotonicTime end = loop_.Now() + Duration::Seconds(30);
    while (!done() && loop_.Now() < end) loop_.RunTurn(Duration::Milliseconds(5));
    return done();
  }

  bool AServes() {
    return a_.Begin().ok() && RunUntil([&] { return a_.core().serving() && a_.Durable(); });
  }

  // What a backup of `process` would be filled with.
  static FilledState Filling(const Process& process) {
    FilledState filled;
    filled.info = process.core().InfoNow();
    engine::SaveState(process.core().state(), &filled.bytes);
    filled.info.digest = engine::DigestState(process.core().state());
    filled.info.bytes = filled.bytes.size();
    const std::unique_ptr<journal::LogIterator> batches = process.core().log().NewIterator();
    for (batches->Seek(Lsn(1)); batches->Valid(); batches->Next()) {
      filled.batch = *journal::EncodedBatch::FromBytes(batches->bytes());
    }
    return filled;
  }

  net::IoLoop loop_;
  witness::TestRegister register_{&loop_};
  Process a_{&loop_, &register_, 1};
  Process b_{&loop_, &register_, 2};
};

TEST_F(NodePairTest, ABlankNodeFoundsThePairBesideABlankRegisterAndOpensTheAddress) {
  ASSERT_TRUE(AServes());
  EXPECT_EQ(a_.opened, 1);
  EXPECT_EQ(a_.core().epoch(), Epoch(1));
  EXPECT_TRUE(register_.value.has_value());
}

TEST_F(NodePairTest, ANodeThatTheRegisterDoesNotNameServesNobody) {
  ASSERT_TRUE(AServes());
  ASSERT_TRUE(b_.Begin().ok());
  RunUntil([&, until = loop_.Now() + Duration::Milliseconds(300)] { return loop_.Now() > until; });
  EXPECT_FALSE(b_.core().serving());
  EXPECT_EQ(b_.opened, 0);
  EXPECT_FALSE(b_.node->HealthNow().standby.empty());
}

TEST_F(NodePairTest, AJournalThatIsGivenUpGoesAsideAndTheNodeJoinsBlank) {
  ASSERT_TRUE(AServes());
  const uint64_t store = a_.core().identity().store_id;
  a_.node->EndService();
  EXPECT_EQ(a_.closed, 1);
  a_.node->GiveUpJournal(absl::DataLossError("not the primary's"));
  ASSERT_TRUE(RunUntil([&] { return a_.core().identity().store_id != store; }));
  EXPECT_EQ(a_.core().end(), Lsn());
  EXPECT_TRUE(a_.core().was_set_aside());
  EXPECT_FALSE(a_.core().serving());
  EXPECT_THAT(a_.logged, Contains("00-04525"));
  EXPECT_TRUE(a_.failure.ok());
}

TEST_F(NodePairTest, ANodeThatIsFilledHasThePrimarysStateAndItsLastBatch) {
  ASSERT_TRUE(AServes());
  ASSERT_TRUE(b_.Begin().ok());
  b_.node->Refill(Filling(a_));
  ASSERT_TRUE(RunUntil([&] { return b_.core().end() == a_.core().end(); }));
  EXPECT_EQ(engine::DigestState(b_.core().state()), engine::DigestState(a_.core().state()));
  EXPECT_EQ(b_.core().chain(), a_.core().chain());
  EXPECT_EQ(b_.core().cluster_id(), a_.core().cluster_id());
  EXPECT_FALSE(b_.core().serving());
  EXPECT_TRUE(b_.failure.ok());
}

TEST_F(NodePairTest, AFillingThatDoesNotFitEndsTheNode) {
  ASSERT_TRUE(AServes());
  ASSERT_TRUE(b_.Begin().ok());
  FilledState filled = Filling(a_);
  filled.info.lsn = filled.info.lsn.Next();
  b_.node->Refill(std::move(filled));
  ASSERT_TRUE(RunUntil([&] { return !b_.failure.ok(); }));
  EXPECT_EQ(b_.node->core(), nullptr);
  EXPECT_FALSE(b_.node->HealthNow().standby.empty());
  b_.node->OnFlowClosed(1, Transport::kTcp, Endpoint(), net::FlowEnd::kPeerClosed);
  b_.node->OnSendFailed(1, net::SendFailure::kUnreachable);
  EXPECT_EQ(b_.node->Close(), b_.failure);
}

TEST_F(NodePairTest, WhatWasAskedOfAJournalIsNotDoneToTheOneThatFollows) {
  ASSERT_TRUE(AServes());
  ASSERT_TRUE(b_.Begin().ok());
  b_.node->Refill(Filling(a_));
  b_.node->GiveUpJournal(absl::DataLossError("of the journal before"));
  ASSERT_TRUE(RunUntil([&] { return b_.core().end() == a_.core().end(); }));
  RunUntil([&, until = loop_.Now() + Duration::Milliseconds(100)] { return loop_.Now() > until; });
  EXPECT_EQ(b_.core().end(), a_.core().end());
  EXPECT_THAT(b_.logged, Not(Contains("00-04525")));
}

TEST_F(NodePairTest, WhatIsReportedOfOneJournalIsReportedOfTheNext) {
  const auto is_refused = [&](ptrdiff_t times) {
    const net::Received received = {Transport::kUdp, 0, Endpoint(), TestPhones::Caller(), "INVITE"};
    b_.node->OnUnframeable(received, sip::ParseErrorKind::kStartLine);
    return RunUntil([&] { return std::count(b_.logged.begin(), b_.logged.end(), "00-04530") == times; });
  };
  ASSERT_TRUE(AServes());
  ASSERT_TRUE(b_.Begin().ok());
  EXPECT_TRUE(is_refused(1));
  b_.node->Refill(Filling(a_));
  ASSERT_TRUE(RunUntil([&] { return b_.core().end() == a_.core().end(); }));
  EXPECT_TRUE(is_refused(2));
}

}  // namespace
}  // namespace understudy::daemon
