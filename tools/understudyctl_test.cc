// understudyctl against a real control socket whose handlers answer what a test says.
#include "tools/understudyctl.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "daemon/control/control_server.h"
#include "daemon/net/io_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/control/control_client.h"
#include "tools/control/status_text.h"

namespace understudy::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using control::ControlServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class UnderstudyctlTest : public testing::Test {
 protected:
  UnderstudyctlTest() {
    char name[] = "/tmp/ctl_test_XXXXXX";
    root_ = mkdtemp(name);
    socket_ = root_ + "/control";
  }
  ~UnderstudyctlTest() override {
    StopServer();
    fs::remove_all(root_);
  }

  // Every command is answered with `answer`, and kept as text.
  void Serve(const json::object& answer) {
    server_ = std::make_unique<ControlServer>(&loop_);
    for (const char* command :
         {"status", "switchover", "resync", "force-promote", "raise-feature-level", "bans", "lift-ban"}) {
      server_->On(command, [this, answer](const json::object& request, ControlServer::Reply reply) {
        requests_.push_back(json::serialize(request));
        reply(answer);
      });
    }
    server_->On("never", [this](const json::object&, ControlServer::Reply reply) { kept_ = std::move(reply); });
    ASSERT_TRUE(server_->Listen(socket_).ok());
    thread_ = std::thread([this] { loop_.Run(); });
  }

  void StopServer() {
    if (!thread_.joinable()) return;
    loop_.Post([this] {
      kept_ = nullptr;
      server_.reset();
      loop_.Stop();
    });
    thread_.join();
  }

  // Returns the exit code.
  int Run(std::vector<std::string> args, bool with_socket = true) {
    if (with_socket) args.insert(args.end(), {"--socket", socket_});
    std::ostringstream out;
    std::ostringstream err;
    const int code = Understudyctl(args, ToolIo{out, err, [this] { return waits_-- > 0; }});
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  // What the server was sent; it is stopped first.
  std::vector<std::string> Requests() {
    StopServer();
    return requests_;
  }

  net::IoLoop loop_;
  std::unique_ptr<ControlServer> server_;
  ControlServer::Reply kept_;
  std::thread thread_;
  std::vector<std::string> requests_;
  std::string root_;
  std::string socket_;
  std::string out_;
  std::string err_;
  int waits_ = 0;
};

TEST_F(UnderstudyctlTest, StatusIsShownForPeople) {
  Serve({{"role", "primary"},
         {"epoch", 7},
         {"peer", {{"connected", true}, {"acknowledged_lsn", 1234}}},
         {"not_ready", json::array{"the backup is catching up", "x"}},
         {"alarms", json::array{}},
         {"nodes", json::array{json::object{{"name", "a"}}, json::object{{"name", "b"}}}}});
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_EQ(out_,
            "role                    primary\n"
            "epoch                   7\n"
            "peer\n"
            "  connected             yes\n"
            "  acknowledged lsn      1234\n"
            "not ready               the backup is catching up, x\n"
            "alarms                  none\n"
            "nodes 1\n"
            "  name                  a\n"
            "nodes 2\n"
            "  name                  b\n");
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"status\"}"));
}

TEST_F(UnderstudyctlTest, StatusIsShownForPrograms) {
  Serve({{"role", "backup"}});
  EXPECT_EQ(Run({"--json", "status"}), 0);
  EXPECT_EQ(out_, "{\"ok\":true,\"role\":\"backup\"}\n");
}

TEST_F(UnderstudyctlTest, AWatchLooksAgainEverySecond) {
  Serve({{"role", "backup"}});
  waits_ = 25;
  EXPECT_EQ(Run({"status", "--json", "--watch"}), 0);
  EXPECT_EQ(
      out_,
      "{\"ok\":true,\"role\":\"backup\"}\n{\"ok\":true,\"role\":\"backup\"}\n{\"ok\":true,\"role\":\"backup\"}\n");
}

TEST_F(UnderstudyctlTest, AWatchOutlivesItsServer) {
  waits_ = 15;
  EXPECT_EQ(Run({"status", "--watch"}), 3);
  EXPECT_NE(err_.find("no server listens"), err_.rfind("no server listens"));
}

TEST_F(UnderstudyctlTest, ASwitchoverTellsThePause) {
  Serve({{"pause_ms", 37}, {"primary", "sip-b"}});
  EXPECT_EQ(Run({"switchover"}), 0);
  EXPECT_EQ(out_, "sip-b is the primary now; calls waited 37 ms\n");
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"switchover\"}"));
}

TEST_F(UnderstudyctlTest, FractionsAreShownWithoutAnExponent) {
  Serve({{"pause_ms", 6.43}, {"primary", "sip-b"}});
  EXPECT_EQ(Run({"switchover"}), 0);
  EXPECT_EQ(out_, "sip-b is the primary now; calls waited 6.43 ms\n");
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(out_, ::testing::HasSubstr("pause ms                6.43\n"));
}

TEST_F(UnderstudyctlTest, ARefusalTellsWhyAndWhatToDo) {
  Serve(control::Refusal("the backup is not in sync", "wait until it is ready"));
  EXPECT_EQ(Run({"switchover"}), 1);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_,
            "understudyctl: the backup is not in sync\n"
            "what to do: wait until it is ready\n");
}

TEST_F(UnderstudyctlTest, AResyncTellsWhatTheServerSays) {
  Serve({{"text", "the state comes anew\x1b[31m"}});
  EXPECT_EQ(Run({"resync"}), 0);
  EXPECT_EQ(out_, "the state comes anew\\x1b[31m\n");
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"resync\"}"));
}

TEST_F(UnderstudyctlTest, ForcePromoteNeedsToBeUnderstood) {
  Serve({});
  EXPECT_EQ(Run({"force-promote"}), 1);
  EXPECT_THAT(err_, HasSubstr("What is lost:"));
  EXPECT_THAT(err_, HasSubstr("When it is right:"));
  EXPECT_EQ(Run({"force-promote", "--i-accept-loss"}), 0);
  EXPECT_EQ(out_, "force-promote: done\n");
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"force-promote\",\"accept_loss\":true}"));
}

TEST_F(UnderstudyctlTest, AFeatureLevelIsANumber) {
  Serve({});
  EXPECT_EQ(Run({"raise-feature-level", "2"}), 0);
  for (const char* bad : {"0", "two", "-1", "1000001"}) EXPECT_EQ(Run({"raise-feature-level", "--", bad}), 2) << bad;
  EXPECT_EQ(Run({"raise-feature-level"}), 2);
  EXPECT_THAT(err_, HasSubstr("raise-feature-level takes a number after it"));
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"raise-feature-level\",\"level\":2}"));
}

TEST_F(UnderstudyctlTest, WhoIsShutOutIsListedAndLetInByAddress) {
  Serve({{"text", "192.0.2.1 for 60 s more"}});
  EXPECT_EQ(Run({"bans"}), 0);
  EXPECT_EQ(out_, "192.0.2.1 for 60 s more\n");
  EXPECT_EQ(Run({"lift-ban", "192.0.2.1"}), 0);
  EXPECT_EQ(Run({"lift-ban"}), 2);
  EXPECT_THAT(err_, HasSubstr("lift-ban takes an IP address after it"));
  EXPECT_EQ(Run({"bans", "192.0.2.1"}), 2);
  EXPECT_THAT(Requests(), ElementsAre("{\"command\":\"bans\"}", "{\"command\":\"lift-ban\",\"source\":\"192.0.2.1\"}"));
}

TEST_F(UnderstudyctlTest, EachThatIsShutOutHasALine) {
  Serve({{"text", "192.0.2.1 for 56 s more\n192.0.2.2 for 60 s more\x1b"}});
  EXPECT_EQ(Run({"bans"}), 0);
  EXPECT_EQ(out_, "192.0.2.1 for 56 s more\n192.0.2.2 for 60 s more\\x1b\n");
}

TEST_F(UnderstudyctlTest, WhatCannotBeUnderstoodIsNotSent) {
  Serve({});
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"stauts"},
      {"status", "now"},
      {"status", "--i-accept-loss"},
      {"switchover", "--watch"},
      {"switchover", "--i-accept-loss"},
      {"status", "--config", "x"},
      {"status", "--timeout", "0"},
      {"status", "--timeout", "3601"},
      {"status", "--jsno"},
  };
  for (const std::vector<std::string>& args : wrong) {
    EXPECT_EQ(Run(args), 2) << testing::PrintToString(args);
    EXPECT_THAT(err_, HasSubstr("see understudyctl --help")) << testing::PrintToString(args);
  }
  EXPECT_THAT(Requests(), IsEmpty());
}

TEST_F(UnderstudyctlTest, TheHelpHasExamples) {
  EXPECT_EQ(Run({"--help"}, false), 0);
  EXPECT_THAT(out_, HasSubstr("understudyctl switchover\n"));
  EXPECT_THAT(out_, HasSubstr("3  no server listens at the socket"));
}

TEST_F(UnderstudyctlTest, WithoutAServerItSaysSo) {
  EXPECT_EQ(Run({"status"}), 3);
  EXPECT_THAT(err_, HasSubstr(absl::StrCat("no server listens at ", socket_)));
}

TEST_F(UnderstudyctlTest, TheConfigurationNamesTheSocket) {
  Serve({{"role", "alone"}});
  const std::string file = root_ + "/config.yaml";
  std::ofstream(file) << absl::StrCat("node: {name: a, journal: {path: ", root_, "}}\n",
                                      "pair: {options: {TServer: {sip-address: 127.0.0.1}}, switch: {name: M}}\n");
  EXPECT_EQ(Run({"status", "--config", file}, false), 0);
  EXPECT_EQ(out_, "role                    alone\n");
  EXPECT_EQ(Run({"status", "--config", root_ + "/none.yaml"}, false), 2);
}

TEST_F(UnderstudyctlTest, AnAnswerThatDoesNotComeIsNotWaitedForWithoutEnd) {
  Serve({});
  absl::StatusOr<ControlClient> client = ControlClient::Connect(socket_);
  ASSERT_TRUE(client.ok()) << client.status();
  const absl::Status status = client->Ask({{"command", "never"}}, Duration::Milliseconds(50), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(UnderstudyctlTest, ALongWaitIsTold) {
  Serve({});
  absl::StatusOr<ControlClient> client = ControlClient::Connect(socket_);
  ASSERT_TRUE(client.ok()) << client.status();
  const absl::StatusOr<json::object> answer =
      client->Ask({{"command", "never"}}, Duration::Seconds(60), [this](Duration waited) {
        EXPECT_GE(waited, Duration::Seconds(2));
        loop_.Post([this] { kept_({{"pause_ms", 1}}); });
      });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->at("pause_ms").as_int64(), 1);
}

TEST_F(UnderstudyctlTest, AServerThatGoesInTheMiddleIsTold) {
  Serve({});
  absl::StatusOr<ControlClient> client = ControlClient::Connect(socket_);
  ASSERT_TRUE(client.ok()) << client.status();
  StopServer();
  const absl::Status status = client->Ask({{"command", "status"}}, Duration::Seconds(60), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
}

TEST(StatusText, WhateverTheServerSendsIsPrintable) {
  json::object status = {
      {"a\nb", "c\x1b[0m"}, {"n", nullptr}, {"mixed", json::array{1, json::array{2, json::object{}}}}};
  json::value deep = 1;
  for (int i = 0; i < 20; ++i) deep = json::object{{"d", deep}};
  status["deep"] = deep;
  const std::string text = StatusText(status);
  EXPECT_THAT(text, HasSubstr("a\\x0ab"));
  EXPECT_THAT(text, HasSubstr("c\\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("none"));
  EXPECT_THAT(text, HasSubstr("{\"d\":"));
}

}  // namespace
}  // namespace understudy::tools
