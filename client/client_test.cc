// The client over real sockets, against a model of a pair.
#include "client/client.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "client/requests.h"
#include "client/server_name.h"
#include "client/testing/model_pair.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_type.h"

namespace understudy::client {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::Message;
using tlib::MessageType;

constexpr std::chrono::seconds kPatience(20);

class ClientTest : public testing::Test {
 protected:
  ClientTest() : pair_(std::make_unique<ModelPair>(io_)) {
    options_.servers = pair_->servers();
    options_.application = "test";
    options_.first_retry = Duration::Milliseconds(5);
    options_.last_retry = Duration::Milliseconds(40);
    pair_->on_request = [this](ModelSession& session, const Message& request) {
      asked_.push_back(std::string(request.Text(Attribute::kThisDN)));
      Message event(MessageType::kEventRegistered);
      session.Answer(request, event.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN)));
    };
  }

  Client& Start() {
    client_ = std::make_unique<Client>(io_, options_);
    client_->on_event([this](const Event& event) { heard_.push_back(event); });
    EXPECT_TRUE(client_->Start().ok());
    return *client_;
  }

  void RunUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_TRUE(done());
  }

  bool Heard(MessageType type) const {
    for (const Event& event : heard_) {
      if (event.message.type() == type) return true;
    }
    return false;
  }

  // But for links that come to be: the two are up in any order.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Event& event : heard_) {
      if (event.message.type() == MessageType::kEventLinkConnected) continue;
      names.emplace_back(tlib::MessageTypeName(event.message.type()));
    }
    return names;
  }

  // Asks, and waits for the outcome.
  Event Ask(Client& client, const Message& request) {
    absl::optional<Event> outcome;
    client.Request(request, [&](const Event& event) { outcome = event; });
    RunUntil([&] { return outcome.has_value(); });
    return outcome.value_or(Event());
  }

  boost::asio::io_context io_;
  std::unique_ptr<ModelPair> pair_;
  ClientOptions options_;
  std::unique_ptr<Client> client_;
  std::vector<Event> heard_;
  std::vector<std::string> asked_;
};

TEST_F(ClientTest, ARequestIsAnsweredAndItsEventIsHeard) {
  Client& client = Start();
  const Event outcome = Ask(client, RegisterAddress("1001").Set(Attribute::kReferenceID, 42));
  EXPECT_EQ(outcome.message.type(), MessageType::kEventRegistered);
  EXPECT_EQ(outcome.reference_id, 42);
  EXPECT_FALSE(outcome.is_error());
  EXPECT_EQ(heard_.back().message, outcome.message);
  EXPECT_TRUE(client.is_attached());
  EXPECT_THAT(pair_->applications(), Contains("test"));
}

TEST_F(ClientTest, RequestsAndEventsSurviveAChangeOfThePrimary) {
  Client& client = Start();
  Ask(client, RegisterAddress("1001"));
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    client.Request(RegisterAddress(absl::StrCat(i)), [&](const Event&) { ++answered; });
  }
  pair_->FailOver();
  pair_->Stop(0);
  RunUntil([&] { return answered == 20; });
  EXPECT_EQ(asked_.size(), 21u);
  EXPECT_TRUE(Heard(MessageType::kEventPrimaryChanged));
  EXPECT_TRUE(Heard(MessageType::kEventRestoreConnection));
  EXPECT_FALSE(Heard(MessageType::kEventServerDisconnected));
}

TEST_F(ClientTest, ALinkThatEndsIsTakenUpAgain) {
  Client& client = Start();
  Ask(client, RegisterAddress("1001"));
  pair_->Cut(0);
  pair_->last_session().Say(Message(MessageType::kEventRinging));
  RunUntil([&] { return Heard(MessageType::kEventRinging); });
  EXPECT_THAT(Names(), ElementsAre("EventServerConnected", "EventRegistered", "EventLinkDisconnected",
                                   "EventRestoreConnection", "EventRinging"));
}

TEST_F(ClientTest, ASessionThatIsLostIsToldAndItsRegistrationsAreMadeAgain) {
  Client& client = Start();
  Ask(client, RegisterAddress("1001"));
  asked_.clear();
  pair_->EndSessions(ErrorCode::kSlowClient);
  RunUntil([&] { return !asked_.empty() && client.pending_requests() == 0; });
  EXPECT_THAT(asked_, ElementsAre("1001"));
  EXPECT_TRUE(Heard(MessageType::kEventServerDisconnected));
}

TEST_F(ClientTest, ABackupIsAskedAboutItself) {
  pair_->has_primary = false;
  Client& client = Start();
  RunUntil([&] { return heard_.size() >= 2; });
  absl::optional<Event> outcome;
  client.QueryServer(1, [&](const Event& event) { outcome = event; });
  RunUntil([&] { return outcome.has_value(); });
  EXPECT_EQ(outcome->message.Text(Attribute::kServerName), "node-1");
  EXPECT_FALSE(client.is_attached());
}

TEST_F(ClientTest, AServerThatIsNotThereIsNoneOfTheOthers) {
  Client& client = Start();
  RunUntil([&] { return client.is_attached(); });
  for (const size_t server : {size_t{2}, SIZE_MAX}) {
    absl::optional<Event> outcome;
    client.QueryServer(server, [&](const Event& event) { outcome = event; });
    RunUntil([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->error_code(), ErrorCode::kInvalidAttribute);
    EXPECT_THAT(std::string(outcome->message.Text(Attribute::kErrorMessage)), HasSubstr("allowed: 0 to 1"));
    EXPECT_EQ(outcome->server, "");
  }
}

TEST_F(ClientTest, EventsAreAcknowledged) {
  Client& client = Start();
  Ask(client, RegisterAddress("1001"));
  RunUntil([&] { return pair_->last_session().acknowledged == 1; });
}

TEST_F(ClientTest, AWrongPasswordIsTold) {
  pair_->password = "secret";
  Start();
  RunUntil([&] { return Heard(MessageType::kEventLinkDisconnected); });
  EXPECT_EQ(heard_.back().error_code(), ErrorCode::kInvalidPassword);
}

TEST_F(ClientTest, NobodyListeningIsToldAndTriedAgain) {
  pair_->Stop(0);
  pair_->Stop(1);
  Start();
  RunUntil([&] { return heard_.size() >= 5; });
  EXPECT_TRUE(heard_.back().local);
  EXPECT_THAT(std::string(heard_.back().message.Text(Attribute::kErrorMessage)), HasSubstr("connection refused"));
}

TEST_F(ClientTest, CloseEndsTheSessionAtTheServer) {
  Client& client = Start();
  Ask(client, RegisterAddress("1001"));
  client.Close();
  const size_t heard = heard_.size();
  RunUntil([&] { return pair_->sessions().empty(); });
  EXPECT_EQ(heard_.size(), heard);
  EXPECT_FALSE(client.is_attached());
}

TEST_F(ClientTest, ACallbackMayDestroyTheClient) {
  Client& client = Start();
  client.Request(RegisterAddress("1001"), [this](const Event&) { client_.reset(); });
  RunUntil([&] { return client_ == nullptr && pair_->sessions().empty(); });
}

TEST_F(ClientTest, ACallbackMayAskAgain) {
  Client& client = Start();
  bool is_done = false;
  client.Request(RegisterAddress("1001"),
                 [&](const Event&) { client.Request(RegisterAddress("1002"), [&](const Event&) { is_done = true; }); });
  RunUntil([&] { return is_done; });
  EXPECT_THAT(asked_, ElementsAre("1001", "1002"));
}

TEST_F(ClientTest, OptionsThatCannotBeAreRefused) {
  const auto start = [this](const std::function<void(ClientOptions*)>& change) {
    ClientOptions options = options_;
    change(&options);
    return std::string(Client(io_, options).Start().message());
  };
  EXPECT_THAT(start([](ClientOptions* o) { o->servers.clear(); }), HasSubstr("one or two"));
  EXPECT_THAT(start([](ClientOptions* o) { o->servers = {"a:1", "b:1", "c:1"}; }), HasSubstr("one or two"));
  EXPECT_THAT(start([](ClientOptions* o) { o->servers = {"a"}; }), HasSubstr("host:port"));
  EXPECT_THAT(start([](ClientOptions* o) { o->application.clear(); }), HasSubstr("1 to 255"));
  EXPECT_THAT(start([](ClientOptions* o) { o->opening = Duration(); }), HasSubstr("above 0"));
  EXPECT_THAT(start([](ClientOptions* o) {
                o->tls = TlsOptions{"/nowhere/ca.pem", "", "", ""};
              }),
              HasSubstr("/nowhere/ca.pem"));
}

TEST_F(ClientTest, WithoutServersARequestThatCannotBeHasItsOutcomeAllTheSame) {
  options_.servers.clear();
  Client client(io_, options_);
  EXPECT_FALSE(client.Start().ok());
  EXPECT_EQ(Ask(client, Message(MessageType::kEventRinging)).error_code(), ErrorCode::kUnsupportedOperation);
}

TEST(ServerName, IsAHostAndAPort) {
  EXPECT_EQ(*ParseServerName("sip-a:5070"), (ServerName{"sip-a", "5070"}));
  EXPECT_EQ(*ParseServerName("[2001:db8::1]:5070"), (ServerName{"2001:db8::1", "5070"}));
  for (const char* wrong :
       {"", "sip-a", "sip-a:", ":5070", "sip-a:0", "sip-a:65536", "2001:db8::1:5070", "[::1]", "a:b"}) {
    EXPECT_FALSE(ParseServerName(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace understudy::client
