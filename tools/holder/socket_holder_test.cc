#include "tools/holder/socket_holder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/sip_transport.h"
#include "daemon/net/socket_address.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::tools {
namespace {

using net::HandedSockets;
using net::kLoopback;
using net::OwnedFd;
using net::Peer;
using testing::AllOf;
using testing::HasSubstr;

// Between two looks at what other threads do.
constexpr std::chrono::microseconds kPoll(50);

// A loop on a thread of its own.
class LoopThread {
 public:
  ~LoopThread() { Join(); }

  // Runs `task` there, and waits for it.
  void Do(const std::function<void()>& task) {
    std::promise<void> done;
    loop.Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  void Join() {
    if (!thread_.joinable()) return;
    loop.Post([this] { loop.Stop(); });
    thread_.join();
  }

  net::IoLoop loop;

 private:
  std::thread thread_{[this] { loop.Run(); }};
};

class SocketHolderTest : public testing::Test {
 protected:
  SocketHolderTest() {
    char name[] = "/tmp/socket_holder_test_XXXXXX";  // the test's own directory has too long a name for a socket
    directory_ = mkdtemp(name);
    path_ = directory_ + "/sockets";
  }
  ~SocketHolderTest() override {
    End();
    std::filesystem::remove_all(directory_);
  }

  absl::Status Begin() {
    absl::Status status;
    thread_.Do([&] {
      absl::StatusOr<std::unique_ptr<SocketHolder>> holder = SocketHolder::Start(&thread_.loop, {kLoopback, path_});
      status = holder.status();
      if (holder.ok()) holder_ = *std::move(holder);
    });
    if (status.ok()) service_ = holder_->sip();
    return status;
  }
  void End() {
    thread_.Do([&] { holder_.reset(); });
  }

  std::string directory_;
  std::string path_;
  LoopThread thread_;
  std::unique_ptr<SocketHolder> holder_;
  Endpoint service_;
};

TEST_F(SocketHolderTest, WhoeverAsksGetsTheSameTwoSockets) {
  ASSERT_TRUE(Begin().ok());
  Peer peer = Peer::Udp();
  for (int i = 0; i < 50; ++i) {
    const absl::StatusOr<HandedSockets> sockets = net::TakeSockets(path_, service_);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_EQ(net::LocalEndpoint(sockets->udp.get()), service_);
    EXPECT_EQ(net::LocalEndpoint(sockets->tcp.get()), service_);
    peer.SendTo(service_, "x");
    pollfd readable = {sockets->udp.get(), POLLIN, 0};
    ASSERT_EQ(poll(&readable, 1, 10000), 1);
    char byte;
    EXPECT_EQ(recv(sockets->udp.get(), &byte, 1, 0), 1);
  }
  thread_.Do([&] { EXPECT_EQ(holder_->handed(), 50u); });
}

TEST_F(SocketHolderTest, OnlyItsOwnerMayAsk) {
  ASSERT_TRUE(Begin().ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  End();
  EXPECT_NE(stat(path_.c_str(), &info), 0) << "the name goes with the holder";
}

TEST_F(SocketHolderTest, PathAndAddressHaveOneHolder) {
  ASSERT_TRUE(Begin().ok());
  net::IoLoop loop;
  const absl::Status same_path = SocketHolder::Start(&loop, {kLoopback, path_}).status();
  EXPECT_EQ(same_path.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(same_path.message()), AllOf(HasSubstr("another process listens at"), HasSubstr(path_)));
  const absl::Status same_address = SocketHolder::Start(&loop, {service_, path_ + "_2"}).status();
  EXPECT_EQ(same_address.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(same_address.message()), HasSubstr(service_.ToText()));
  EXPECT_TRUE(net::TakeSockets(path_, service_).ok()) << "the first one is not disturbed";
}

TEST_F(SocketHolderTest, WhatADeadHolderLeftIsReplacedAndNothingElse) {
  {
    const OwnedFd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = *net::UnixAddress(path_, "test");
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(Begin().ok());
  EXPECT_TRUE(net::TakeSockets(path_, service_).ok());
  End();
  std::ofstream(path_) << "precious";
  const absl::Status status = Begin();
  EXPECT_THAT(std::string(status.message()), HasSubstr("is no socket"));
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
  unlink(path_.c_str());
}

TEST_F(SocketHolderTest, NobodyThereIsUnavailableAndSaysWhatToDo) {
  const absl::Status status = net::TakeSockets(path_, kLoopback).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr("start socket-holder first")));
}

TEST_F(SocketHolderTest, AnotherServiceAddressIsRefusedWithBoth) {
  ASSERT_TRUE(Begin().ok());
  const Endpoint wanted = Endpoint::V4(192, 0, 2, 1, 5060);
  const absl::Status status = net::TakeSockets(path_, wanted).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(service_.ToText()), HasSubstr("--sip 192.0.2.1:5060")));
}

// What TakeSockets says of a holder that does `say` with its client.
absl::Status Taken(const std::string& path, const Endpoint& service, const std::function<void(int)>& say) {
  const absl::StatusOr<net::UnixListener> listener = net::UnixListener::Open(path, {"test", "test"});
  EXPECT_TRUE(listener.ok());
  auto taken = std::async(std::launch::async, [&] { return net::TakeSockets(path, service).status(); });
  pollfd readable = {listener->fd(), POLLIN, 0};
  EXPECT_EQ(poll(&readable, 1, 10000), 1);
  OwnedFd client(accept(listener->fd(), nullptr, nullptr));
  say(client.get());
  client.Reset();
  return taken.get();
}

TEST_F(SocketHolderTest, WhatIsNotTheHoldersMessageIsNamed) {
  HandedSockets right{*net::OpenUdpSocket(kLoopback), *net::OpenTcpListener(kLoopback)};
  const HandedSockets swapped{*net::OpenTcpListener(kLoopback), *net::OpenUdpSocket(kLoopback)};
  const auto text = [](absl::string_view bytes) {
    return [bytes](int fd) { EXPECT_GT(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0); };
  };
  const std::string hello(
      "USH1\1\0\2\0\x0b\0\0\0"
      "127.0.0.1:1",
      23);
  const std::string newer(
      "USH1\2\0\2\0\x0b\0\0\0"
      "127.0.0.1:1",
      23);
  const std::string endless = "USH1 and then on and on" + std::string(2000, '.');
  const struct {
    const char* complaint;
    std::function<void(int)> say;
  } table[] = {
      {"not its message", [](int) {}},
      {"not its message", text("SSH-2.0-OpenSSH_9.2p1\r\n")},
      {"version 2, not 1", text(newer)},
      {"half a message", text(absl::string_view(hello).substr(0, 20))},
      {"0 descriptors, not 2", text(hello)},
      {"it says too much", text(endless)},
      {"is no UDP socket", [&](int fd) { EXPECT_TRUE(net::HandSockets(fd, kLoopback, swapped).ok()); }},
      {"is bound to", [&](int fd) { EXPECT_TRUE(net::HandSockets(fd, kLoopback.WithPort(1), right).ok()); }},
  };
  for (const auto& row : table) {
    const Endpoint service = std::string(row.complaint) == "is bound to" ? kLoopback.WithPort(1) : kLoopback;
    const absl::Status status = Taken(path_, service, row.say);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr(row.complaint)));
  }
}

// A node of the pair: a transport on a thread of its own that listens while it is the primary.
class Node {
 public:
  explicit Node(std::atomic<int>* total) : total_(total) {
    sink.answer = [this](const net::Received&) { ++*total_; };
    thread.Do([this] {
      transport_ = std::make_unique<net::SipTransport>(&thread.loop, &sink);
      thread.loop.SetEndOfTurn([this] { transport_->Flush(); });
    });
  }
  ~Node() {
    thread.Do([this] {
      thread.loop.SetEndOfTurn([] {});
      transport_.reset();
    });
  }

  void Serve(const HandedSockets& sockets, const Endpoint& at) {
    thread.Do([&] {
      EXPECT_TRUE(transport_->Listen(Transport::kUdp, at, net::CopyOf(sockets.udp)->Detach()).ok());
      EXPECT_TRUE(transport_->Listen(Transport::kTcp, at, net::CopyOf(sockets.tcp)->Detach()).ok());
    });
  }
  void StepDown() {
    thread.Do([&] { transport_->StopListening(); });
  }

  net::RecordingSink sink;
  LoopThread thread;

 private:
  std::atomic<int>* total_;
  std::unique_ptr<net::SipTransport> transport_;
};

bool Happens(const std::function<bool()>& what) {
  const net::MonotonicTime deadline = net::MonotonicNow() + net::kPatience;
  while (!what()) {
    if (net::MonotonicNow() > deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

TEST_F(SocketHolderTest, RolesMoveAndEveryDatagramIsReadOnce) {
  constexpr int kMoves = 20;
  constexpr int kWindow = 64;  // more are not under way, so that no buffer is ever full
  ASSERT_TRUE(Begin().ok());
  std::atomic<int> total{0};
  std::atomic<bool> enough{false};
  std::atomic<int> sent{0};
  Node a(&total);
  Node b(&total);
  const HandedSockets of_a = *net::TakeSockets(path_, service_);
  const HandedSockets of_b = *net::TakeSockets(path_, service_);
  std::thread sender([&] {
    Peer peer = Peer::Udp();
    for (; !enough; std::this_thread::sleep_for(kPoll)) {
      if (sent - total < kWindow) peer.SendTo(service_, absl::StrCat(sent++));
    }
  });
  for (int move = 0; move < kMoves; ++move) {
    Node& primary = move % 2 == 0 ? a : b;
    primary.Serve(move % 2 == 0 ? of_a : of_b, service_);
    const int before = total;
    EXPECT_TRUE(Happens([&] { return total - before >= 300; }));
    primary.StepDown();
    const int at_end = total;
    EXPECT_TRUE(Happens([&] { return sent - at_end >= kWindow; })) << "nobody reads now";
    EXPECT_EQ(total, at_end);
  }
  enough = true;
  sender.join();
  a.Serve(of_a, service_);
  EXPECT_TRUE(Happens([&] { return total == sent; }));
  a.thread.Do([] {});
  std::vector<int> times(static_cast<size_t>(sent.load()), 0);
  for (Node* node : {&a, &b}) {
    node->thread.Do([&] {
      EXPECT_GE(node->sink.messages.size(), 300u * kMoves / 2);
      for (const auto& message : node->sink.messages) {
        size_t number = 0;
        ASSERT_TRUE(absl::SimpleAtoi(message.bytes, &number));
        ++times.at(number);
      }
    });
  }
  EXPECT_EQ(times, std::vector<int>(times.size(), 1));
}

TEST_F(SocketHolderTest, ConnectionWaitsForTheNextReaderAndEndsWithTheLast) {
  ASSERT_TRUE(Begin().ok());
  std::atomic<int> total{0};
  Node a(&total);
  Node b(&total);
  const HandedSockets sockets = *net::TakeSockets(path_, service_);
  a.Serve(sockets, service_);
  Peer first = Peer::TcpTo(service_);
  first.Write(net::Request("to a"));
  EXPECT_TRUE(Happens([&] { return total == 1; }));
  a.StepDown();
  EXPECT_TRUE(first.AtEnd());
  Peer second = Peer::TcpTo(service_);
  second.Write(net::Request("to b"));
  b.Serve(sockets, service_);
  EXPECT_TRUE(Happens([&] { return total == 2; }));
  a.thread.Do([&] { EXPECT_EQ(a.sink.opened.size(), 1u); });
  b.thread.Do([&] {
    ASSERT_EQ(b.sink.opened.size(), 1u);
    EXPECT_EQ(b.sink.opened[0].second, second.at());
    EXPECT_THAT(b.sink.messages[0].bytes, HasSubstr("to b"));
  });
  b.StepDown();
  EXPECT_TRUE(second.AtEnd());
}

// The program itself.
struct Process {
  explicit Process(std::vector<std::string> args) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    out = OwnedFd(ends[0]);
    const OwnedFd write_end(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    args.insert(args.begin(), "tools/socket-holder");
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  std::string Line() {
    std::string line;
    char c;
    while (read(out.get(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  pid_t pid = 0;
  OwnedFd out;
};

TEST_F(SocketHolderTest, ProgramSaysWhenItIsReadyAndEndsWithSigterm) {
  Process process({"--sip", "127.0.0.1:0", "--socket", path_});
  const std::vector<std::string> words = absl::StrSplit(process.Line(), ' ');
  ASSERT_GE(words.size(), 3u);
  const absl::optional<Endpoint> at = Endpoint::ParseHostPort(words[2], 0);
  ASSERT_TRUE(at.has_value());
  EXPECT_TRUE(net::TakeSockets(path_, *at).ok());
  ASSERT_EQ(kill(process.pid, SIGTERM), 0);
  EXPECT_EQ(process.Wait(), kDone);
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(SocketHolderTest, CommandLineIsExplained) {
  std::ostringstream out, err;
  const ToolIo io{out, err, nullptr};
  EXPECT_EQ(HoldSockets({"--help"}, io), kDone);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("--sip ADDRESS:PORT"), HasSubstr("/run/understudy/sockets")));
  EXPECT_EQ(HoldSockets({"--socket", path_}, io), kWrongUsage);
  EXPECT_THAT(err.str(), HasSubstr("--sip is missing"));
  EXPECT_EQ(HoldSockets({"--sip", "sip.example", "--socket", path_}, io), kWrongUsage);
  EXPECT_THAT(err.str(), HasSubstr("--sip sip.example is not ADDRESS:PORT"));
  EXPECT_EQ(HoldSockets({"--sip", "192.0.2.1:5060", "--socket", path_}, io), kUnreadable);
  EXPECT_THAT(err.str(), HasSubstr("no interface of this host has the address 192.0.2.1"));
}

}  // namespace
}  // namespace understudy::tools
