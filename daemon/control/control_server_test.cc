#include "daemon/control/control_server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "daemon/control/control_socket.h"
#include "daemon/net/owned_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::control {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using testing::HasSubstr;
using testing::StartsWith;

// Blocking, and patient for 30 s at most.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    const sockaddr_un address = *SocketAddress(path);
    const timeval bound = {30, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  void Write(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  void EndWriting() { shutdown(fd_.get(), SHUT_WR); }
  // Without its line end; what there is when the connection ends before.
  std::string ReadLine() {
    std::string line;
    for (char c; recv(fd_.get(), &c, 1, 0) == 1 && c != '\n';) line.push_back(c);
    return line;
  }
  std::string Ask(absl::string_view line) {
    Write(absl::StrCat(line, "\n"));
    return ReadLine();
  }
  // Whether the other end has closed and everything was read.
  bool AtEnd() {
    char c;
    return recv(fd_.get(), &c, 1, 0) == 0;
  }

 private:
  net::OwnedFd fd_;
};

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    char name[] = "/tmp/control_test_XXXXXX";
    root_ = mkdtemp(name);
    path_ = root_ + "/control";
  }
  ~ControlServerTest() override {
    if (thread_.joinable()) {
      loop_.Post([this] {
        kept_.clear();
        server_.reset();
        loop_.Stop();
      });
      thread_.join();
    }
    fs::remove_all(root_);
  }

  void Start(const ControlLimits& limits = ControlLimits()) {
    server_ = std::make_unique<ControlServer>(&loop_, limits);
    server_->On("status", [](const json::object&, ControlServer::Reply reply) { reply({{"role", "primary"}}); });
    server_->On("echo", [](const json::object& request, ControlServer::Reply reply) {
      reply({{"text", request.at("text")}});
    });
    server_->On("later",
                [this](const json::object&, ControlServer::Reply reply) { kept_.push_back(std::move(reply)); });
    server_->On("never", [](const json::object&, ControlServer::Reply) {});
    ASSERT_TRUE(server_->Listen(path_).ok());
    thread_ = std::thread([this] { loop_.Run(); });
  }

  // Runs on the loop's thread; returns when it has.
  template <class Function>
  auto OnLoop(Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    loop_.Post([&task] { task(); });
    return done.get();
  }
  ControlCounters Counters() {
    return OnLoop([this] { return server_->counters(); });
  }
  void AwaitKept(size_t count) {
    while (OnLoop([this] { return kept_.size(); }) < count) std::this_thread::yield();
  }

  net::IoLoop loop_;
  std::unique_ptr<ControlServer> server_;
  std::vector<ControlServer::Reply> kept_;
  std::thread thread_;
  std::string root_;
  std::string path_;
};

TEST_F(ControlServerTest, ACommandIsAnsweredByItsHandler) {
  Start();
  Client client(path_);
  EXPECT_EQ(client.Ask("{\"command\":\"status\"}"), "{\"ok\":true,\"role\":\"primary\"}");
  EXPECT_EQ(client.Ask("{\"command\":\"echo\",\"text\":\"a\\nb\"}"), "{\"ok\":true,\"text\":\"a\\nb\"}");
  EXPECT_EQ(Counters().requests, 2u);
  EXPECT_EQ(Counters().connections, 1);
}

TEST_F(ControlServerTest, AnUnknownCommandNamesTheKnownOnes) {
  Start();
  Client client(path_);
  const std::string answer = client.Ask("{\"command\":\"stauts\"}");
  EXPECT_THAT(answer, StartsWith("{\"ok\":false,\"why\":\"there is no command \\\"stauts\\\"\","));
  EXPECT_THAT(answer, HasSubstr("NAME is one of echo, later, never, status"));
  EXPECT_EQ(Counters().bad_requests, 1u);
}

TEST_F(ControlServerTest, WhatIsNoRequestIsRefusedAndTheNextOneServed) {
  Start();
  Client client(path_);
  for (absl::string_view bad : {"rubbish", "[]", "17", "{\"command\":", "{\"command\":\"status\"} x"}) {
    EXPECT_THAT(client.Ask(bad), HasSubstr("the request is no JSON object")) << bad;
  }
  EXPECT_THAT(client.Ask(std::string(60000, '[')), HasSubstr("the request is no JSON object"));
  EXPECT_THAT(client.Ask("{}"), HasSubstr("the request has no \\\"command\\\""));
  EXPECT_THAT(client.Ask("{\"command\":7}"), HasSubstr("the request has no \\\"command\\\""));
  EXPECT_EQ(client.Ask("\n{\"command\":\"status\"}"), "{\"ok\":true,\"role\":\"primary\"}");
  EXPECT_EQ(Counters().bad_requests, 8u);
}

TEST_F(ControlServerTest, ARequestThatIsTooLongIsRefused) {
  Start();
  for (bool with_end : {false, true}) {
    Client client(path_);
    client.Write(std::string(70000, 'x') + (with_end ? "\n" : ""));
    EXPECT_THAT(client.ReadLine(), HasSubstr("the request is longer than 65536 bytes"));
    EXPECT_EQ(client.ReadLine(), "");
  }
  EXPECT_EQ(Counters().bad_requests, 2u);
  EXPECT_EQ(Counters().connections, 0);
}

TEST_F(ControlServerTest, AnAnswerMayComeLater) {
  Start();
  Client slow(path_);
  Client quick(path_);
  slow.Write("{\"command\":\"later\"}\n{\"command\":\"status\"}\n");
  AwaitKept(1);
  EXPECT_THAT(quick.Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
  OnLoop([this] {
    kept_[0]({{"pause_ms", 7}});
    kept_[0]({{"pause_ms", 8}});
  });
  EXPECT_EQ(slow.ReadLine(), "{\"ok\":true,\"pause_ms\":7}");
  EXPECT_EQ(slow.ReadLine(), "{\"ok\":true,\"role\":\"primary\"}");
}

TEST_F(ControlServerTest, AHandlerThatForgetsItsReplyIsFoundOut) {
  Start();
  Client client(path_);
  EXPECT_THAT(client.Ask("{\"command\":\"never\"}"), HasSubstr("nobody answered this command"));
  EXPECT_THAT(client.Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
}

TEST_F(ControlServerTest, AnAnswerToAClientOrServerThatIsGoneGoesNowhere) {
  Start();
  {
    Client client(path_);
    client.Write("{\"command\":\"later\"}\n");
    AwaitKept(1);
  }
  OnLoop([this] { kept_[0]({{"late", true}}); });
  Client client(path_);
  client.Write("{\"command\":\"later\"}\n");
  AwaitKept(2);
  OnLoop([this] { server_.reset(); });
  OnLoop([this] { kept_[1]({{"late", true}}); });
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ControlServerTest, AClientThatHasSaidEverythingStillGetsItsAnswers) {
  Start();
  Client client(path_);
  client.Write("{\"command\":\"later\"}\n{\"command\":\"status\"}\n");
  client.EndWriting();
  AwaitKept(1);
  OnLoop([this] { kept_[0]({}); });
  EXPECT_EQ(client.ReadLine(), "{\"ok\":true}");
  EXPECT_EQ(client.ReadLine(), "{\"ok\":true,\"role\":\"primary\"}");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ControlServerTest, OneTooManyIsToldSo) {
  ControlLimits limits;
  limits.connections = 2;
  Start(limits);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<Client>(path_));
    EXPECT_THAT(clients.back()->Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
  }
  Client third(path_);
  EXPECT_THAT(third.ReadLine(), HasSubstr("2 connections are open, as many as are allowed"));
  EXPECT_TRUE(third.AtEnd());
  EXPECT_EQ(Counters().refused_connections, 1u);
  clients.pop_back();
  while (Counters().connections > 1) std::this_thread::yield();
  EXPECT_THAT(Client(path_).Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
}

TEST_F(ControlServerTest, ARequestThatNeverEndsIsEnded) {
  ControlLimits limits;
  limits.request = Duration::Milliseconds(50);
  Start(limits);
  Client client(path_);
  client.Write("{\"comm");
  EXPECT_THAT(client.ReadLine(), HasSubstr("the request was not complete after 50 ms"));
  EXPECT_TRUE(client.AtEnd());
  Client idle(path_);
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_EQ(Counters().timeouts, 1u);
}

TEST_F(ControlServerTest, AnAnswerThatNeverComesIsEnded) {
  ControlLimits limits;
  limits.answer = Duration::Milliseconds(50);
  Start(limits);
  Client client(path_);
  client.Write("{\"command\":\"later\"}\n{\"command\":\"status\"}\n");
  EXPECT_THAT(client.ReadLine(), HasSubstr("no answer within"));
  EXPECT_EQ(client.ReadLine(), "");
  EXPECT_EQ(Counters().timeouts, 1u);
  OnLoop([this] { kept_[0]({}); });
}

TEST_F(ControlServerTest, AClientThatDoesNotReadIsClosed) {
  ControlLimits limits;
  limits.request = Duration::Milliseconds(50);
  Start(limits);
  Client client(path_);
  const std::string request = absl::StrCat("{\"command\":\"echo\",\"text\":\"", std::string(60000, 'x'), "\"}\n");
  for (int i = 0; i < 100; ++i) client.Write(request);
  while (Counters().connections > 0) std::this_thread::yield();
  EXPECT_EQ(Counters().timeouts, 1u);
}

TEST_F(ControlServerTest, OnlyTheOwnerMayOpenTheSocketAndItGoesWithTheServer) {
  Start();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  OnLoop([this] { server_.reset(); });
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ControlServerTest, ASocketThatIsInUseIsNotTaken) {
  Start();
  ControlServer second(&loop_);
  const absl::Status status = second.Listen(path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another process listens at " + path_));
  EXPECT_THAT(Client(path_).Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
}

TEST_F(ControlServerTest, ASocketOfAnotherProgramIsNotTaken) {
  net::OwnedFd other(socket(AF_UNIX, SOCK_STREAM, 0));
  const sockaddr_un address = *SocketAddress(path_);
  ASSERT_EQ(bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(other.get(), 1), 0);
  ControlServer server(&loop_);
  EXPECT_EQ(server.Listen(path_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(ControlServerTest, ASocketThatADeadProcessLeftIsReplaced) {
  {
    net::OwnedFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un address = *SocketAddress(path_);
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(fs::exists(path_));
  Start();
  EXPECT_THAT(Client(path_).Ask("{\"command\":\"status\"}"), HasSubstr("primary"));
}

TEST_F(ControlServerTest, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  ControlServer server(&loop_);
  const absl::Status status = server.Listen(path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is there and is no socket"));
  EXPECT_EQ(fs::file_size(path_), 8u);
}

TEST_F(ControlServerTest, APathThatNoSocketCanHaveIsRefused) {
  ControlServer server(&loop_);
  EXPECT_THAT(std::string(server.Listen(std::string(108, 'x')).message()),
              HasSubstr("found a path of 108 bytes; allowed: 1 to 107"));
  EXPECT_EQ(server.Listen(root_ + "/none/control").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace understudy::control
