// The whole server as a process of its own, told things by signals, HTTP and SIP.
#include "daemon/run.h"
#include "base/feature_level.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/http/test_certificates.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch.h"

namespace understudy::daemon {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::StartsWith;

constexpr int kPatienceSeconds = 60;

struct Printed {
  int code = -1;
  std::string out;
};

// Runs the program to its end in a process of its own.
Printed RunToEnd(std::vector<std::string> arguments, int heard = STDOUT_FILENO) {
  arguments.insert(arguments.begin(), "understudyd");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], heard);
    const int code = RunDaemon(static_cast<int>(argv.size()), argv.data(), {});
    std::fflush(stdout);
    _exit(code);
  }
  close(ends[1]);
  Printed printed;
  char bytes[4096];
  for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;) printed.out.append(bytes, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  printed.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return printed;
}

TEST(RunDaemon, TheVersionIsThatOfSchemaAndFeatures) {
  const Printed printed = RunToEnd({"--version"});
  EXPECT_EQ(printed.code, 0);
  EXPECT_EQ(printed.out, absl::StrCat("understudyd ", journal::kSchemaVersion, "/", kFeatureLevel, "\n"));
}

TEST(RunDaemon, AnOptionThatThereIsNotIsNamed) {
  const Printed printed = RunToEnd({"--conf", "file.yaml"}, STDERR_FILENO);
  EXPECT_EQ(printed.code, 2);
  EXPECT_THAT(printed.out, StartsWith("understudyd: there is no option --conf\n"));
}

TEST(RunDaemon, AFileThatIsNotThereIsSaidByTheProgram) {
  EXPECT_EQ(RunToEnd({"--config", "nowhere.yaml"}, STDERR_FILENO).out,
            "understudyd: nowhere.yaml: No such file or directory\n");
}

TEST(RunDaemon, TheExamplesOfAPairPassTheCheck) {
  for (absl::string_view node : {"a", "b"}) {
    const Printed printed = RunToEnd({"--check-config", absl::StrCat("daemon/config/pair-", node, ".yaml")});
    EXPECT_EQ(printed.code, 0);
    EXPECT_THAT(printed.out, StartsWith(absl::StrCat("node sip-", node, "\n")));
    EXPECT_THAT(printed.out, HasSubstr("durability                 durable\n"));
    EXPECT_THAT(printed.out, HasSubstr("witness arbiter\n"));
  }
}

class RunTest : public testing::Test {
 protected:
  RunTest() {
    root_ = absl::StrCat(testing::TempDir(), "/run_test_", getpid());
    fs::create_directories(root_);
    journal_ = root_ + "/deep/below/journal";
    sip_ = FreePort();
    http_ = FreePort();
    tls_ = FreePort();
    Configure("info");
  }
  ~RunTest() override {
    if (child_ > 0) kill(child_, SIGKILL);
    if (child_ > 0) waitpid(child_, nullptr, 0);
    fs::remove_all(root_);
  }

  static Endpoint FreePort() {
    net::Peer peer = net::Peer::TcpListener();
    return peer.at();
  }

  void Configure(absl::string_view level) {
    std::ofstream(root_ + "/config.yaml")
        << absl::StrCat("node:\n  name: n\n  http-port: ", http_.port(), "\n  journal: {path: ", journal_,
                        ", durability: local-sync, snapshot-interval: 1s}\n  log: {level: ", level, ", file: ", root_,
                        "/log}\npair:\n  options: {TServer: {sip-address: 127.0.0.1, sip-port: ", sip_.port(),
                        "}}\n  switch: {name: Main, dns: [{number: \"1001\", type: Extension}]}\n");
  }

  void ConfigureTls(const http::TestCertificates& pki, absl::string_view version) {
    Configure("info");
    std::ifstream written(root_ + "/config.yaml");
    const std::string text(std::istreambuf_iterator<char>(written), {});
    const std::string files =
        absl::StrCat("  sip-tls-cert: ", pki.server().certificate, "\n  sip-tls-key: ", pki.server().key,
                     "\n  sip-tls-version: \"", version, "\"\n");
    std::ofstream(root_ + "/config.yaml")
        << absl::StrReplaceAll(text, {{"  name: n\n", absl::StrCat("  name: n\n", files)},
                                      {"sip-address:", absl::StrCat("sip-tls-port: ", tls_.port(), ", sip-address:")}});
  }

  void Launch(const std::function<void()>& in_the_child = [] {}) {
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ > 0) return;
    in_the_child();
    std::string config = root_ + "/config.yaml";
    char* arguments[] = {const_cast<char*>("understudyd"), const_cast<char*>("--config"), config.data()};
    _exit(RunDaemon(3, arguments, {}));
  }

  void Start(const std::function<void()>& in_the_child = [] {}) {
    Launch(in_the_child);
    Until([this] { return absl::StrContains(Log(), " serving "); });
  }

  void Signal(int signal) { ASSERT_EQ(kill(child_, signal), 0); }

  // The exit code, or minus the signal that ended it.
  int End() {
    int status = 0;
    EXPECT_EQ(waitpid(child_, &status, 0), child_);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  void Until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen\n" << Log();
      ASSERT_EQ(waitpid(child_, nullptr, WNOHANG), 0) << "it has ended\n" << Log();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::string Log() const {
    std::ifstream file(root_ + "/log");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  std::string Get(absl::string_view path) {
    net::Peer peer = net::Peer::TcpTo(http_);
    peer.Write(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n"));
    return peer.Read(1 << 20);
  }

  int64_t Metric(absl::string_view name) {
    const std::string text = Get("/metrics");
    const size_t at = text.find(absl::StrCat("\n", name, " "));
    int64_t value = -1;
    if (at == std::string::npos) return value;
    const size_t begin = at + name.size() + 2;
    EXPECT_TRUE(absl::SimpleAtoi(text.substr(begin, text.find('\n', begin) - begin), &value));
    return value;
  }

  std::string root_;
  std::string journal_;
  Endpoint sip_;
  Endpoint http_;
  Endpoint tls_;
  pid_t child_ = 0;
};

TEST_F(RunTest, ItIsAliveAndReadyAndEndsAsAsked) {
  Start();
  EXPECT_THAT(Get("/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(Get("/readyz?format=json"), HasSubstr("{\"ok\":true,\"why\":[]}"));
  EXPECT_EQ(Metric("understudy_ready"), 1);
  EXPECT_LT(Metric("understudy_journal_waiting_milliseconds"), 2000);
  EXPECT_EQ(Metric("understudy_log_lines_suppressed_total"), 0);
  EXPECT_GE(Metric("understudy_http_requests_total"), 4);
  Signal(SIGTERM);
  EXPECT_EQ(End(), 0);
}

TEST_F(RunTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(root_ + "/deep") << "a file where a directory should be";
  Launch();
  EXPECT_EQ(End(), 3);
  EXPECT_THAT(Log(), HasSubstr(absl::StrCat("journal: cannot make ", journal_)));
}

// A start waits where it reads what is quarantined, as it would in a long recovery.
TEST_F(RunTest, AHangupDuringTheStartIsLookedAtAfterwards) {
  const std::string pipe = journal_ + "/quarantine/fingerprints";
  fs::create_directories(journal_ + "/quarantine");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Launch();
  {
    std::ofstream writer(pipe);  // returns when the other end is open
    Signal(SIGHUP);
  }
  Until([this] { return absl::StrContains(Log(), "configuration read pair=\"as before\" node=\"as before\""); });
  EXPECT_THAT(Get("/healthz"), HasSubstr("200 OK"));
}

TEST_F(RunTest, AReloadNamesWhatNeedsARestart) {
  Start();
  Configure("debug");
  Signal(SIGHUP);
  Until([this] { return absl::StrContains(Log(), "node=\"needs a restart: node.log/level\""); });
}

TEST_F(RunTest, AReloadNamesWhatIsInForceSince) {
  http::TestCertificates pki(root_, "pki");
  ConfigureTls(pki, "1.2");
  Start();
  ConfigureTls(pki, "1.3");
  Signal(SIGHUP);
  Until([this] { return absl::StrContains(Log(), "node=\"in force: node/sip-tls-version 1.3\""); });
  http::TestCertificates renewed(root_, "pki");
  Signal(SIGHUP);
  Until([this] { return absl::StrContains(Log(), "-server.pem, valid until 20"); });
}

TEST_F(RunTest, TheCheckLooksAtTheFilesThatAreNamed) {
  const http::TestCertificates pki(root_, "pki");
  ConfigureTls(pki, "1.2");
  EXPECT_EQ(RunToEnd({"--check-config", root_ + "/config.yaml"}).code, 0);
  fs::remove(pki.server().certificate);
  const Printed printed = RunToEnd({"--check-config", root_ + "/config.yaml"}, STDERR_FILENO);
  EXPECT_EQ(printed.code, 2);
  EXPECT_THAT(printed.out, HasSubstr("config.yaml:3:17: node/sip-tls-cert: found "));
}

TEST_F(RunTest, AStartWithoutAFileThatIsNamedMayBeTriedAgain) {
  const http::TestCertificates pki(root_, "pki");
  ConfigureTls(pki, "1.2");
  fs::remove(pki.server().certificate);
  const Printed printed = RunToEnd({"--config", root_ + "/config.yaml"}, STDERR_FILENO);
  EXPECT_EQ(printed.code, 3);
  EXPECT_THAT(printed.out, HasSubstr("config.yaml:3:17: node/sip-tls-cert: found "));
}

TEST_F(RunTest, AReloadThatListensElsewhereIsRefusedWithItsPlace) {
  Start();
  const Endpoint before = sip_;
  sip_ = FreePort();
  Configure("info");
  Signal(SIGHUP);
  const std::string refusal =
      absl::StrCat("config.yaml:7:57: TServer/sip-port: found \\\"", sip_.port(), "\\\", in force is \\\"",
                   before.port(), "\\\"; allowed: the same, or a restart");
  Until([&] { return absl::StrContains(Log(), refusal); });
}

TEST_F(RunTest, AConfigurationThatHasBecomeAPipeIsRefused) {
  Start();
  unlink((root_ + "/config.yaml").c_str());
  ASSERT_EQ(mkfifo((root_ + "/config.yaml").c_str(), 0600), 0);
  Signal(SIGHUP);
  Until([this] { return absl::StrContains(Log(), "configuration refused"); });
  Signal(SIGTERM);
  EXPECT_EQ(End(), 0);
}

TEST_F(RunTest, WhoeverStartedItMayHaveIgnoredItsChildren) {
  Start([] {
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
  });
  Until([this] { return absl::StrContains(Get("/server?sipServer&format=json"), "\"newestSnapshot\":0") == false; });
  EXPECT_EQ(Metric("understudy_snapshot_failures_total"), 0);
  Signal(SIGPIPE);
  EXPECT_THAT(Get("/healthz"), HasSubstr("200 OK"));
}

// All is committed: the next start takes longer, and nothing is lost.
TEST_F(RunTest, ALastSnapshotThatFailsIsNoFailure) {
  Start();
  fs::rename(journal_, root_ + "/elsewhere");
  Signal(SIGTERM);
  EXPECT_EQ(End(), 0);
  EXPECT_THAT(Log(), HasSubstr("snapshot or retention failed"));
}

TEST_F(RunTest, AFloodOfConnectionsLeavesNoEntry) {
  Start();
  const int64_t before = Metric("understudy_lsn");
  ASSERT_GT(before, 0);
  for (int i = 0; i < 500; ++i) net::Peer::TcpTo(sip_);
  Until([this] {
    const std::string text = Get("/metrics");
    return absl::StrContains(text, "understudy_net_flows_accepted_total 500\n") &&
           absl::StrContains(text, "understudy_net_flows_open 0\n");
  });
  EXPECT_EQ(Metric("understudy_lsn"), before);
}

TEST_F(RunTest, OneHostHasItsShareOfTheConnections) {
  Start();
  std::vector<net::Peer> peers;
  for (int i = 0; i < 1010; ++i) peers.push_back(net::Peer::TcpTo(sip_));
  Until([this] { return Metric("understudy_net_flows_refused_total") == 10; });
  EXPECT_EQ(Metric("understudy_net_flows_open"), 1000);
}

}  // namespace
}  // namespace understudy::daemon
