// A node alone over a simulated disk, with a transport that keeps what is sent.
#include "daemon/node.h"

#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_phones.h"
#include "daemon/net/io_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;

// Sends nothing before Flush, as the real one.
class KeepingTransport : public net::MessageTransport {
 public:
  uint64_t Send(const net::Outgoing& outgoing) override {
    queued_.push_back(outgoing);
    return outgoing.flow != 0 || outgoing.transport == Transport::kUdp ? outgoing.flow : connection;
  }
  void Flush() override {
    absl::c_move(queued_, std::back_inserter(left));
    queued_.clear();
  }
  void CloseFlow(uint64_t) override {}
  void PauseDatagrams() override { paused = true; }
  void ResumeDatagrams() override { paused = false; }
  void PauseStreams() override {}
  void ResumeStreams() override {}
  void HoldInput() override {}
  void ResumeInput() override {}
  void SetKnownHosts(const std::vector<Endpoint>& hosts) override { known_hosts = hosts; }
  void StopReceiving() override { receives = false; }
  void StopListening() override {}

  std::vector<net::Outgoing> left;
  uint64_t connection = 0;  // to any address
  std::vector<Endpoint> known_hosts;
  bool paused = false;
  bool receives = true;

 private:
  std::vector<net::Outgoing> queued_;
};

// Of a machine that may have slept.
class SleepyClock : public SystemClock {
 public:
  Duration SinceBoot() const override { return SystemClock::SinceBoot() + slept; }
  Duration slept;
};

class NodeTest : public testing::Test, public NodeOwner, public ServiceGate {
 protected:
  void OnServing() override { ++served_; }
  void OnReleased(Lsn, const engine::Effect& effect) override {
    if (std::holds_alternative<engine::SendSip>(effect)) ++released_;
  }
  void OnGroupDurable(Duration) override { ++groups_; }
  void OnBatchReleased(Duration) override { ++batches_; }
  void OnFailed(const absl::Status&) override { ++failed_; }
  absl::Status Open() override {
    opened_ = true;
    return may_open_;
  }
  absl::Status Close() override {
    opened_ = false;
    return absl::OkStatus();
  }

  absl::Status Begin() {
    log::LogOptions log;
    log.to = [this](const log::LogEvent& event, absl::string_view) { logged_.push_back(event.text); };
    log_ = *log::Log::Open(log);
    CoreOptions core;
    core.file_system = disk_;
    core.directory = "/journal";
    core.clock = &clock_;
    core.keep_reserve = false;
    core.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    const auto fresh_key = [this] { return HashKey{7, ++keys_}; };
    journal_ = std::make_unique<NodeJournal>(core, fresh_key, log_.get());
    if (absl::Status s = journal_->Lock(); !s.ok()) return s;
    NodeParts parts;
    parts.scheduler = &loop_;
    parts.clock = &clock_;
    parts.log = log_.get();
    parts.journal = journal_.get();
    parts.owner = this;
    parts.fresh_key = fresh_key;
    NodeOptions options;
    options.configuration = configuration_;
    node_ = std::make_unique<Node>(parts, options);
    if (absl::Status s = node_->Open(&transport_, this); !s.ok()) return s;
    loop_.SetEndOfTurn([this] { EndOfTurn(); });
    return node_->Start();
  }

  // What the phones say comes in, what the node has sent reaches them.
  void EndOfTurn() {
    if (node_ == nullptr) return;
    node_->EndOfTurn();
    for (const net::Outgoing& outgoing : std::exchange(transport_.left, {})) {
      ++left_;
      if (outgoing.transport == Transport::kTcp) {
        by_tcp_.emplace_back(outgoing.bytes.view());
        continue;
      }
      engine::SendSip send;
      send.remote = outgoing.remote;
      send.bytes = outgoing.bytes;
      phones_.Receive(send);
    }
    for (TestPhones::Sent& sent : phones_.TakeSent()) {
      loop_.Post([this, sent = std::move(sent)] { Deliver(sent); });
    }
  }

  void Deliver(const TestPhones::Sent& sent) {
    const net::Received received = {Transport::kUdp, 0, Endpoint(), sent.from, sent.bytes};
    node_->OnRound(absl::MakeConstSpan(&received, 1));
  }

  template <class Done>
  bool RunUntil(Done done) {
    const net::MonotonicTime end = loop_.Now() + Duration::Seconds(30);
    while (!done() && loop_.Now() < end) loop_.RunTurn(Duration::Milliseconds(5));
    return done();
  }

  // An INVITE has left by address over `connection`, and nobody answers it.
  bool SendOverConnection(uint64_t connection) {
    engine::ConfigurationChange change;
    engine::Dn callee = *configuration_.FindDn("callee");
    callee.options["TServer"]["contact"] = absl::StrCat("sip:", TestPhones::Callee().ToText(), ";transport=tcp");
    change.upserts = {callee};
    configuration_.Apply(change);
    if (!Begin().ok()) return false;
    transport_.connection = connection;
    phones_.Call();
    loop_.Post([] {});
    return RunUntil([&] { return by_tcp_.size() == 1; });
  }

  bool EstablishCall() {
    const size_t before = phones_.established().size();
    phones_.Call();
    loop_.Post([] {});
    return RunUntil([&] { return phones_.established().size() > before; });
  }

  void Crash() {
    node_.reset();
    journal_.reset();
    disk_->RestartProcess();
  }

  std::shared_ptr<journal::FaultyFileSystem> disk_ = std::make_shared<journal::FaultyFileSystem>();
  SleepyClock clock_;
  net::IoLoop loop_;
  KeepingTransport transport_;
  TestPhones phones_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<NodeJournal> journal_;
  std::unique_ptr<Node> node_;
  std::vector<std::string> logged_;
  engine::Configuration configuration_ = TestPhones::Configuration();
  std::vector<std::string> by_tcp_;  // nobody answers
  absl::Status may_open_;
  uint64_t keys_ = 0;
  bool opened_ = false;
  int served_ = 0;
  int failed_ = 0;
  uint64_t released_ = 0;
  uint64_t left_ = 0;
  int groups_ = 0;
  int batches_ = 0;
};

TEST_F(NodeTest, ANodeAloneServesFromItsStart) {
  ASSERT_TRUE(Begin().ok());
  EXPECT_TRUE(opened_);
  EXPECT_EQ(served_, 1);
  EXPECT_TRUE(node_->core()->serving());
  EXPECT_THAT(transport_.known_hosts, ElementsAre(TestPhones::Caller(), TestPhones::Callee()));
}

TEST_F(NodeTest, WhereTheAddressCannotBeOpenedNobodyServes) {
  may_open_ = absl::FailedPreconditionError("in use");
  EXPECT_EQ(Begin(), may_open_);
  EXPECT_FALSE(node_->core()->serving());
}

TEST_F(NodeTest, ACallIsSetUpAndTheOwnerSeesWhatLeaves) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(EstablishCall());
  EXPECT_EQ(node_->core()->state().calls.size(), 1u);
  EXPECT_GT(left_, 0u);
  EXPECT_EQ(left_, released_);
  EXPECT_GT(groups_, 0);
  EXPECT_GT(batches_, 0);
}

TEST_F(NodeTest, DatagramsWaitWhileTheDiskIsBusy) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(RunUntil([&] { return !node_->core()->commit_in_flight(); }));
  disk_->Stall(journal::FaultyOperation::kSync, "/journal");
  phones_.Call();
  loop_.Post([] {});
  EXPECT_TRUE(RunUntil([&] { return transport_.paused && node_->core()->commit_in_flight(); }));
  const uint64_t before = released_;
  disk_->ClearFaults();
  EXPECT_TRUE(RunUntil([&] { return released_ > before; }));
  EXPECT_TRUE(RunUntil([&] { return !node_->core()->commit_in_flight() && !transport_.paused; }));
}

TEST_F(NodeTest, ACallOutlivesACrash) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(EstablishCall());
  ASSERT_TRUE(RunUntil([&] { return !node_->core()->commit_in_flight(); }));
  const Epoch before = node_->core()->epoch();
  Crash();
  ASSERT_TRUE(Begin().ok());
  EXPECT_EQ(node_->core()->state().calls.size(), 1u);
  EXPECT_GT(node_->core()->epoch(), before);
  phones_.HangUp();
  loop_.Post([] {});
  EXPECT_TRUE(RunUntil([&] { return node_->core()->state().calls.size() == 0; }));
}

TEST_F(NodeTest, AJournalThatFailsIsToldOnce) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(RunUntil([&] { return !node_->core()->commit_in_flight(); }));
  disk_->Fail(journal::FaultyOperation::kSync, "/journal", rocksdb::IOStatus::IOError("gone"));
  phones_.Call();
  loop_.Post([] {});
  ASSERT_TRUE(RunUntil([&] { return failed_ > 0; }));
  phones_.Call();
  loop_.Post([] {});
  loop_.RunTurn(Duration::Milliseconds(5));
  EXPECT_EQ(failed_, 1);
  EXPECT_FALSE(node_->failure().ok());
  EXPECT_EQ(node_->Close(), node_->failure());
  EXPECT_THAT(logged_, Contains("journal failed, ending"));
}

TEST_F(NodeTest, WhatWasReleasedHasLeftWhenItIsClosed) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(EstablishCall());
  phones_.HangUp();
  for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent);
  EXPECT_TRUE(node_->Close().ok());
  EXPECT_EQ(left_ + transport_.left.size(), released_);
  EXPECT_FALSE(transport_.receives);
  EXPECT_THAT(logged_, Contains("stopped"));
}

TEST_F(NodeTest, ACleanEndLeavesASnapshot) {
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(EstablishCall());
  ASSERT_TRUE(node_->Close().ok());
  const Lsn last = node_->core()->state().lsn;
  Crash();
  ASSERT_TRUE(Begin().ok());
  EXPECT_EQ(node_->core()->restored().snapshot_lsn, last);
  EXPECT_EQ(node_->core()->replayed(), 0u);
}

TEST_F(NodeTest, WithoutABackupNothingKeepsItFromEnding) {
  ASSERT_TRUE(Begin().ok());
  int done = 0;
  node_->HandOver([&] { ++done; });
  EXPECT_EQ(done, 1);
}

TEST_F(NodeTest, AConfigurationIsAdoptedAtOnceWhereItDiffers) {
  ASSERT_TRUE(Begin().ok());
  EXPECT_EQ(node_->Adopt(TestPhones::Configuration(), 0), "as before");
  EXPECT_EQ(node_->Adopt(TestPhones::Configuration(), 1), "changed, in force") << "other passwords";
  EXPECT_EQ(node_->Adopt(TestPhones::Configuration(), 1), "as before");
  engine::ConfigurationChange change;
  change.removals = {"caller"};
  engine::Configuration wanted = TestPhones::Configuration();
  wanted.Apply(change);
  EXPECT_EQ(node_->Adopt(wanted, 0), "changed, in force");
  EXPECT_EQ(node_->core()->state().configuration.FindDn("caller"), nullptr);
  EXPECT_THAT(transport_.known_hosts, ElementsAre(TestPhones::Callee()));
}

TEST_F(NodeTest, AConnectionIsKnownFromItsFirstMessageToItsEnd) {
  ASSERT_TRUE(Begin().ok());
  node_->OnFlowOpened(5, Transport::kTcp, Endpoint(), TestPhones::Caller());
  EXPECT_TRUE(node_->core()->state().flows.empty());
  phones_.Call();
  const std::string invite = phones_.TakeSent().front().bytes;
  const net::Received received = {Transport::kTcp, 5, Endpoint(), TestPhones::Caller(), invite};
  node_->OnRound(absl::MakeConstSpan(&received, 1));
  EXPECT_EQ(node_->core()->state().flows.size(), 1u);
  node_->OnFlowClosed(5, Transport::kTcp, TestPhones::Caller(), net::FlowEnd::kPeerClosed);
  EXPECT_TRUE(node_->core()->state().flows.empty());
}

TEST_F(NodeTest, ARequestWhoseConnectionEndsUnansweredIsSaidAgainOnce) {
  ASSERT_TRUE(SendOverConnection(3));
  transport_.connection = 4;
  node_->OnFlowClosed(3, Transport::kTcp, TestPhones::Callee(), net::FlowEnd::kPeerClosed);
  ASSERT_TRUE(RunUntil([&] { return by_tcp_.size() == 2; }));
  EXPECT_EQ(by_tcp_[1], by_tcp_[0]);
  EXPECT_EQ(node_->requests_lost(), 1u);
  EXPECT_EQ(node_->core()->state().calls.size(), 1u);
  node_->OnFlowClosed(4, Transport::kTcp, TestPhones::Callee(), net::FlowEnd::kPeerClosed);
  EXPECT_TRUE(RunUntil([&] { return node_->core()->state().calls.size() == 0; })) << "500 to the caller";
  EXPECT_EQ(by_tcp_.size(), 2u);
}

// Whoever answered it meanwhile has forgotten it, and would take it for a call.
TEST_F(NodeTest, ARequestIsNotSaidAgainAfterALongSleep) {
  ASSERT_TRUE(SendOverConnection(3));
  clock_.slept = Duration::Seconds(40);
  node_->OnFlowClosed(3, Transport::kTcp, TestPhones::Callee(), net::FlowEnd::kPeerClosed);
  EXPECT_TRUE(RunUntil([&] { return node_->core()->state().calls.size() == 0; })) << "500 to the caller";
  EXPECT_EQ(by_tcp_.size(), 1u);
}

TEST_F(NodeTest, ARequestFailsWithAConnectionThatWasNoGood) {
  ASSERT_TRUE(SendOverConnection(3));
  node_->OnFlowClosed(3, Transport::kTcp, TestPhones::Callee(), net::FlowEnd::kStalled);
  EXPECT_TRUE(RunUntil([&] { return node_->core()->state().calls.size() == 0; })) << "500 to the caller";
  EXPECT_EQ(by_tcp_.size(), 1u);
}

}  // namespace
}  // namespace understudy::daemon
