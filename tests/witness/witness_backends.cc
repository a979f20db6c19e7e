#include "tests/witness/witness_backends.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "base/check.h"
#include "daemon/http/http_client.h"
#include "daemon/http/test_certificates.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/socket_address.h"
#include "daemon/witness/arbiter_witness.h"
#include "daemon/witness/etcd_witness.h"

namespace understudy::tests {
namespace {

constexpr Duration kStartPatience = Duration::Seconds(30);
constexpr Duration kPause = Duration::Milliseconds(20);
constexpr char kKey[] = "/understudy/test";
constexpr char kUser[] = "understudy";
constexpr char kPassword[] = "not a secret";
constexpr char kRootPassword[] = "nor is this";

const Endpoint kLoopback = Endpoint::V4(127, 0, 0, 1, 0);

// Nobody else has it now.
uint16_t FreePort() {
  const net::OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address;
  const socklen_t size = net::ToSockaddr(kLoopback, AF_INET, &address);
  US_CHECK_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return net::LocalEndpoint(fd.get()).port();
}

template <class T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) fprintf(stderr, "%s\n", value.status().ToString().c_str());
  US_CHECK(value.ok());
  return *std::move(value);
}

class ArbiterBackend final : public Backend {
 public:
  ArbiterBackend(net::IoLoop* loop, const std::string& directory, bool secure)
      : Backend(loop, directory), secure_(secure), pki_(directory) {
    endpoint_ = kLoopback;
  }

  void Start() override {
    remove(path("log").c_str());
    std::vector<std::string> command = {"tools/arbiter", "--file", path("register"), "--listen", endpoint_.ToText()};
    if (secure_) {
      for (const auto& [option, value] : {std::pair("--ca", pki_.server().ca),
                                          {"--certificate", pki_.server().certificate},
                                          {"--key", pki_.server().key}}) {
        command.emplace_back(option);
        command.push_back(value);
      }
    }
    Run(command);
    const std::string mark = secure_ ? "listening on https://" : "listening on http://";
    const net::MonotonicTime end = net::MonotonicNow() + kStartPatience;
    std::string text;
    while (!absl::StrContains(text, mark) || !absl::EndsWith(text, "\n")) {
      if (net::MonotonicNow() > end || !process_->running()) fprintf(stderr, "%s\n", log().c_str());
      US_CHECK(net::MonotonicNow() < end);
      loop_->RunTurn(kPause);
      text = log();
    }
    const size_t begin = text.find(mark) + mark.size();
    endpoint_ = *Endpoint::ParseHostPort(text.substr(begin, text.find('\n', begin) - begin), 0);
  }

  void StartBlank() override {
    Kill();
    std::filesystem::resize_file(path("register"), 0);
    Start();
  }

  std::unique_ptr<witness::Witness> Connect(Duration deadline, const Endpoint& through) override {
    witness::ArbiterWitnessOptions options;
    options.endpoints = {absl::StrCat(secure_ ? "https://" : "http://", through.ToText())};
    if (secure_) options.tls = pki_.client();
    options.deadline = deadline;
    return OrDie(NewArbiterWitness(loop_, options));
  }

  int answers_to_a_change() const override { return 1; }

 private:
  const bool secure_;
  const http::TestCertificates pki_;
};

class RealEtcd final : public EtcdBackend {
 public:
  RealEtcd(net::IoLoop* loop, const std::string& directory, bool secure)
      : EtcdBackend(loop, directory), secure_(secure), pki_(directory) {}

  // The ports are free when they are chosen; who takes one before etcd does costs another try.
  void Start() override {
    const bool first = endpoint_.empty();
    for (int tries = 0; tries < 10; ++tries) {
      if (first) endpoint_ = kLoopback.WithPort(FreePort());
      if (first) peer_port_ = FreePort();
      Run(Command());
      if (AwaitHealth()) return first ? SetUpUsers() : void();
    }
    fprintf(stderr, "%s\n", log().c_str());
    US_CHECK(!"etcd does not start");
  }

  void StartBlank() override {
    Kill();
    std::filesystem::remove_all(path("etcd"));
    endpoint_ = Endpoint();
    Start();
  }

  std::unique_ptr<witness::Witness> Connect(Duration deadline, const Endpoint& through) override {
    witness::EtcdWitnessOptions its_options = options(through);
    its_options.deadline = deadline;
    return OrDie(NewEtcdWitness(loop_, its_options));
  }

  witness::EtcdWitnessOptions options(const Endpoint& through) const override {
    witness::EtcdWitnessOptions its_options;
    its_options.endpoints = {url(through)};
    its_options.key = kKey;
    if (secure_) {
      its_options.tls = pki_.client();
      its_options.user = kUser;
      its_options.password = kPassword;
    }
    return its_options;
  }

  void Put(const std::string& value) override {
    const std::string body =
        absl::StrCat(R"({"key":")", absl::Base64Escape(kKey), R"(","value":")", absl::Base64Escape(value), "\"}");
    US_CHECK_EQ(OrDie(Send({"POST", "/v3/kv/put", body, "application/json"})).status, 200);
  }

  int answers_to_a_change() const override { return 2; }

 private:
  std::string url(const Endpoint& at) const { return absl::StrCat(secure_ ? "https://" : "http://", at.ToText()); }

  std::vector<std::string> Command() const {
    const std::string peer = absl::StrCat("http://127.0.0.1:", peer_port_);
    std::vector<std::string> command = {"etcd",
                                        "--name",
                                        "test",
                                        "--data-dir",
                                        path("etcd"),
                                        "--listen-client-urls",
                                        url(endpoint_),
                                        "--advertise-client-urls",
                                        url(endpoint_),
                                        "--listen-peer-urls",
                                        peer,
                                        "--initial-advertise-peer-urls",
                                        peer,
                                        "--initial-cluster",
                                        absl::StrCat("test=", peer),
                                        "--bcrypt-cost",
                                        "4"};
    if (secure_) {
      for (const std::string& word :
           {std::string("--client-cert-auth"), std::string("--trusted-ca-file"), pki_.server().ca,
            std::string("--cert-file"), pki_.server().certificate, std::string("--key-file"), pki_.server().key}) {
        command.push_back(word);
      }
    }
    return command;
  }

  // False: the process ended.
  bool AwaitHealth() {
    const net::MonotonicTime end = net::MonotonicNow() + kStartPatience;
    while (process_->running()) {
      const absl::StatusOr<http::HttpAnswer> answer = Send({"GET", "/health"});
      if (answer.ok() && answer->status == 200 && absl::StrContains(answer->body, "true")) return true;
      if (net::MonotonicNow() > end) fprintf(stderr, "%s\n", log().c_str());
      US_CHECK(net::MonotonicNow() < end);
      loop_->RunTurn(kPause);
    }
    return false;
  }

  // A user who may do no more than a witness must.
  void SetUpUsers() {
    if (!secure_) return;
    const std::string key = absl::Base64Escape(kKey);
    for (const auto& [target, body] : std::initializer_list<std::pair<const char*, std::string>>{
             {"user/add", absl::StrCat(R"({"name":"root","password":")", kRootPassword, "\"}")},
             {"role/add", R"({"name":"root"})"},
             {"user/grant", R"({"user":"root","role":"root"})"},
             {"user/add", absl::StrCat(R"({"name":")", kUser, R"(","password":")", kPassword, "\"}")},
             {"role/add", R"({"name":"witness"})"},
             {"role/grant", absl::StrCat(R"({"name":"witness","perm":{"permType":"READWRITE","key":")", key, "\"}}")},
             {"user/grant", absl::StrCat(R"({"user":")", kUser, R"(","role":"witness"})")},
             {"enable", "{}"}}) {
      const http::HttpAnswer answer =
          OrDie(Send({"POST", absl::StrCat("/v3/auth/", target), body, "application/json"}));
      if (answer.status != 200) fprintf(stderr, "%s: %s\n", target, answer.body.c_str());
      US_CHECK_EQ(answer.status, 200);
    }
  }

  absl::StatusOr<http::HttpAnswer> Send(http::HttpQuestion question) {
    http::HttpClientOptions options;
    options.endpoints = {url(endpoint_)};
    if (secure_) options.tls = pki_.client();
    const std::unique_ptr<http::HttpClient> client = OrDie(http::HttpClient::Create(loop_, options));
    absl::optional<absl::StatusOr<http::HttpAnswer>> got;
    client->Send(std::move(question), net::MonotonicNow() + Duration::Seconds(10),
                 [&](const absl::StatusOr<http::HttpAnswer>& answer) { got = answer; });
    while (!got) loop_->RunTurn(kPause);
    return *got;
  }

  const bool secure_;
  const http::TestCertificates pki_;
  uint16_t peer_port_ = 0;
};

}  // namespace

void Backend::Run(const std::vector<std::string>& command) {
  process_ = std::make_unique<ChildProcess>(command, path("log"));
}

void Backend::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

std::unique_ptr<Backend> NewArbiter(net::IoLoop* loop, const std::string& directory, bool secure) {
  return std::make_unique<ArbiterBackend>(loop, directory, secure);
}

std::unique_ptr<EtcdBackend> NewEtcd(net::IoLoop* loop, const std::string& directory, bool secure) {
  return std::make_unique<RealEtcd>(loop, directory, secure);
}

bool EtcdIsInstalled(const std::string& directory) {
  return ChildProcess({"etcd", "--version"}, directory + "/version").Wait() == 0;
}

}  // namespace understudy::tests
