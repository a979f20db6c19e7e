// T-Library clients of a node with a real journal, over a simulated disk.
#include "daemon/node_clients.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_phones.h"
#include "daemon/cti/edge_testing.h"
#include "daemon/net/deaf_transport.h"
#include "daemon/net/io_loop.h"
#include "daemon/node.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "tlib/message_codec.h"

namespace understudy::daemon {
namespace {

using testing::IsEmpty;
using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

class NodeClientsTest : public testing::Test, public NodeOwner, public ServiceGate {
 protected:
  void OnServing() override {}
  void OnReleased(Lsn, const engine::Effect&) override {}
  void OnGroupDurable(Duration) override {}
  void OnBatchReleased(Duration) override {}
  void OnFailed(const absl::Status&) override {}
  absl::Status Open() override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

  void SetUp() override { Begin(); }

  void Begin() {
    log::LogOptions log;
    log.to = [](const log::LogEvent&, absl::string_view) {};
    log_ = *log::Log::Open(log);
    CoreOptions core;
    core.file_system = disk_;
    core.directory = "/journal";
    core.clock = &clock_;
    core.keep_reserve = false;
    core.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    const auto fresh_key = [this] { return HashKey{7, ++keys_}; };
    journal_ = std::make_unique<NodeJournal>(core, fresh_key, log_.get());
    ASSERT_TRUE(journal_->Lock().ok());
    NodeParts parts;
    parts.scheduler = &loop_;
    parts.clock = &clock_;
    parts.log = log_.get();
    parts.journal = journal_.get();
    parts.owner = this;
    parts.fresh_key = fresh_key;
    parts.passwords = &passwords_;
    NodeOptions options;
    options.configuration = TestPhones::Configuration();
    options.clients.server = "sip-a";
    node_ = std::make_unique<Node>(parts, options);
    ASSERT_TRUE(node_->Open(&transport_, this).ok());
    loop_.SetEndOfTurn([this] {
      if (node_ != nullptr) node_->EndOfTurn();
    });
    ASSERT_TRUE(node_->Start().ok());
  }

  void Crash() {
    node_.reset();
    journal_.reset();
    disk_->RestartProcess();
  }

  TestClient Connect() {
    TestClient client;
    client.connection = std::make_shared<TestClient::Connection>(Endpoint::V4(192, 0, 2, 1, 4000), ClientWire::kFrames);
    node_->clients()->edge().Accept(client.connection);
    tlib::Hello hello;
    hello.application = "monitor";
    client.Say(hello);
    client.Last<tlib::Welcome>();
    return client;
  }

  // Everything that is on its way has its commit.
  std::vector<tlib::Frame> Heard(TestClient& client) {
    const net::MonotonicTime end = loop_.Now() + Duration::Seconds(30);
    loop_.Post([] {});
    do {
      loop_.RunTurn(Duration::Milliseconds(1));
    } while ((node_->core()->commit_in_flight() || node_->core()->has_batch()) && loop_.Now() < end);
    loop_.RunTurn(Duration::Milliseconds(1));
    return client.Heard();
  }

  template <class Kind>
  static Kind First(const std::vector<tlib::Frame>& frames) {
    for (const tlib::Frame& frame : frames) {
      if (const auto* one = std::get_if<Kind>(&frame)) return *one;
    }
    ADD_FAILURE() << "not among " << frames.size() << " frames";
    return Kind();
  }

  static tlib::RequestFrame Query(uint64_t number) {
    return {number,
            Message(MessageType::kRequestQueryServer).Set(Attribute::kReferenceID, static_cast<int64_t>(number))};
  }
  static MessageType TypeOf(const tlib::EventFrame& event) { return tlib::DecodeMessage(event.message.view())->type(); }

  const std::shared_ptr<journal::FaultyFileSystem> disk_ = std::make_shared<journal::FaultyFileSystem>();
  SystemClock clock_;
  net::IoLoop loop_;
  net::DeafTransport transport_;
  TestPasswords passwords_;
  uint64_t keys_ = 0;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<NodeJournal> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeClientsTest, NothingIsSaidBeforeItsEntryIsCommitted) {
  TestClient client = Connect();
  client.Say(tlib::Attach{});
  EXPECT_THAT(client.Heard(), IsEmpty());
  const auto attached = First<tlib::Attached>(Heard(client));
  EXPECT_NE(attached.session, 0u);
  client.Say(Query(1));
  EXPECT_THAT(client.Heard(), IsEmpty());
  const auto event = First<tlib::EventFrame>(Heard(client));
  EXPECT_EQ(event.number, 1u);
  EXPECT_EQ(event.reference_id, 1);
  EXPECT_EQ(TypeOf(event), MessageType::kEventServerInfo);
}

TEST_F(NodeClientsTest, ASessionIsTakenUpAgainAfterACrash) {
  TestClient client = Connect();
  client.Say(tlib::Attach{});
  const auto attached = First<tlib::Attached>(Heard(client));
  client.Say(Query(1));
  client.Say(Query(2));
  Heard(client);
  Crash();
  Begin();
  TestClient again = Connect();
  again.Say(tlib::Attach{attached.session, attached.token, 1});
  const std::vector<tlib::Frame> heard = Heard(again);
  EXPECT_EQ(First<tlib::Attached>(heard).last_request, 2u);
  EXPECT_EQ(First<tlib::EventFrame>(heard).number, 2u);
  again.Say(Query(2));  // repeated
  EXPECT_THAT(Heard(again), IsEmpty());
  again.Say(Query(3));
  EXPECT_EQ(First<tlib::EventFrame>(Heard(again)).number, 3u);
}

TEST_F(NodeClientsTest, WhoEndsItsSessionCannotComeBackToIt) {
  TestClient client = Connect();
  client.Say(tlib::Attach{});
  const auto attached = First<tlib::Attached>(Heard(client));
  client.Say(tlib::Goodbye{});
  TestClient again = Connect();
  again.Say(tlib::Attach{attached.session, attached.token, 0});
  EXPECT_EQ(First<tlib::Goodbye>(Heard(again)).code, tlib::ErrorCode::kUnknownSession);
  EXPECT_FALSE(again.connection->open);
}

TEST_F(NodeClientsTest, ASecondLinkTakesTheSessionOver) {
  TestClient first = Connect();
  first.Say(tlib::Attach{});
  const auto attached = First<tlib::Attached>(Heard(first));
  TestClient second = Connect();
  second.Say(tlib::Attach{attached.session, attached.token, 0});
  EXPECT_EQ(First<tlib::Attached>(Heard(second)).session, attached.session);
  EXPECT_EQ(First<tlib::Goodbye>(first.Heard()).code, tlib::ErrorCode::kSessionTaken);
  EXPECT_FALSE(first.connection->open);
  second.Say(Query(1));
  EXPECT_EQ(TypeOf(First<tlib::EventFrame>(Heard(second))), MessageType::kEventServerInfo);
}

TEST_F(NodeClientsTest, ClientsHearThatTheNodeEnds) {
  TestClient client = Connect();
  client.Say(tlib::Attach{});
  Heard(client);
  EXPECT_TRUE(node_->Close().ok());
  EXPECT_EQ(First<tlib::Goodbye>(client.Heard()).code, tlib::ErrorCode::kServiceUnavailable);
  node_.reset();
}

}  // namespace
}  // namespace understudy::daemon
