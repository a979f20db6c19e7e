#include "tools/arbiter.h"

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "daemon/http/http_client.h"
#include "daemon/witness/register_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/witness/register_file.h"

namespace understudy::tools {
namespace {

using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;
using testing::HasSubstr;

class ArbiterTest : public testing::Test {
 protected:
  ArbiterTest() {
    options_.file = testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    options_.listen = Endpoint::V4(127, 0, 0, 1, 0);
  }

  void Start() {
    absl::StatusOr<std::unique_ptr<ArbiterServer>> server =
        ArbiterServer::Start(&loop_, options_, &log_, [](const absl::Status&) { FAIL(); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    http::HttpClientOptions client;
    client.endpoints = {absl::StrCat("http://", server_->local().ToText())};
    client_ = *http::HttpClient::Create(&loop_, client);
  }

  http::HttpAnswer Send(http::HttpQuestion question) {
    absl::optional<http::HttpAnswer> got;
    client_->Send(std::move(question), net::MonotonicNow() + Duration::Seconds(30),
                  [&](const absl::StatusOr<http::HttpAnswer>& answer) {
                    EXPECT_TRUE(answer.ok()) << answer.status();
                    got = answer.ok() ? *answer : http::HttpAnswer();
                  });
    while (!got) loop_.RunTurn(Duration::Seconds(1));
    return *got;
  }
  http::HttpAnswer Get(const std::string& target) { return Send({"GET", target}); }
  http::HttpAnswer Post(const std::string& body) { return Send({"POST", "/register", body, "application/json"}); }

  RegisterVerdict Ask(RegisterOperation operation, uint64_t version) {
    RegisterRequest request;
    request.operation = operation;
    request.cluster_id = 7;
    request.version = version;
    request.asker = {0xa, 1};
    const absl::StatusOr<RegisterAnswer> answer = witness::ParseAnswer(Post(witness::RequestJson(request)).body);
    EXPECT_TRUE(answer.ok()) << answer.status();
    why_ = answer->why;
    return answer->verdict;
  }

  int Run(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    return Arbiter(args, ToolIo{out_, err_, [] { return false; }});
  }

  net::IoLoop loop_;
  ArbiterOptions options_;
  std::ostringstream log_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::unique_ptr<ArbiterServer> server_;
  std::unique_ptr<http::HttpClient> client_;
  std::string why_;
};

TEST_F(ArbiterTest, RegisterIsReadableByPeopleAndEachChangeIsALineInTheLog) {
  Start();
  EXPECT_THAT(Get("/register").body, HasSubstr(R"("text":"blank")"));
  EXPECT_EQ(Ask(RegisterOperation::kCreate, 0), RegisterVerdict::kDone);
  EXPECT_THAT(Get("/register").body, HasSubstr("epoch 1, primary a.1, in sync a.1, durable, version 1"));
  EXPECT_THAT(log_.str(), HasSubstr(" create by a.1 from 127.0.0.1:"));
  EXPECT_THAT(log_.str(), HasSubstr(": epoch 1, primary a.1, in sync a.1, durable, version 1\n"));
  EXPECT_EQ(Get("/healthz").body, "ok\n");
}

TEST_F(ArbiterTest, UnverifiableFileAnswersLikeABlankOneAndTakesForceAlone) {
  std::ofstream(options_.file) << std::string(RegisterFile::kFileBytes, 'x');
  Start();
  EXPECT_THAT(log_.str(), HasSubstr("unverifiable"));
  EXPECT_THAT(Get("/register").body, HasSubstr("unverifiable"));
  EXPECT_THAT(Get("/metrics").body, HasSubstr("understudy_arbiter_unverifiable 1\n"));
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 0), RegisterVerdict::kBlank);
  EXPECT_EQ(Ask(RegisterOperation::kCreate, 0), RegisterVerdict::kRefused);
  EXPECT_THAT(why_, HasSubstr("unverifiable"));
  EXPECT_EQ(Ask(RegisterOperation::kForce, 0), RegisterVerdict::kDone);
  EXPECT_EQ(Ask(RegisterOperation::kTouch, 1), RegisterVerdict::kDone);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("understudy_arbiter_unverifiable 0\n"));
}

TEST_F(ArbiterTest, WhatIsNotARequestIsRefusedWithTheReasonAndCounted) {
  Start();
  EXPECT_EQ(Post("{}").status, 400);
  EXPECT_EQ(Post("{}").body, "operation is missing\n");
  EXPECT_EQ(Post(std::string(5000, ' ')).status, 413);
  EXPECT_EQ(Send({"POST", "/register", "{}", "text/plain"}).status, 415);
  EXPECT_EQ(Send({"POST", "/healthz", "{}", "application/json"}).status, 405);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("understudy_arbiter_bad_requests_total 4\n"));
}

TEST_F(ArbiterTest, WhoAsksTooOftenIsRefusedAndCounted) {
  options_.requests_per_second = 3;
  Start();
  int refused = 0;
  while (refused == 0) refused += Get("/register").status == 429;
  http::HttpAnswer metrics = Get("/metrics");
  for (; metrics.status == 429; metrics = Get("/metrics")) ++refused;
  EXPECT_THAT(metrics.body, HasSubstr(absl::StrCat("over_rate_total ", refused, "\n")));
}

TEST_F(ArbiterTest, ArgumentsThatCannotBeUsedAreExplained) {
  EXPECT_EQ(Run({}), kWrongUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--file is missing"));
  EXPECT_EQ(Run({"--file", options_.file, "--listen", "nonsense"}), kWrongUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--listen nonsense is not ADDRESS:PORT"));
  EXPECT_EQ(Run({"--file", options_.file, "--ca", "ca.pem"}), kWrongUsage);
  EXPECT_THAT(err_.str(), HasSubstr("HTTPS needs --certificate and --key"));
  EXPECT_EQ(Run({"--file", options_.file, "extra"}), kWrongUsage);
  EXPECT_EQ(Run({"--file", "/nowhere/register"}), kUnreadable);
  EXPECT_EQ(Run({"--file", options_.file, "--certificate", "/nowhere.pem", "--key", "/nowhere.key"}), kUnreadable);
  EXPECT_THAT(err_.str(), HasSubstr("/nowhere.pem"));
  EXPECT_EQ(Run({"--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("Examples:"));
}

TEST_F(ArbiterTest, SecondOneOnTheSameFileIsRefused) {
  Start();
  EXPECT_EQ(Run({"--file", options_.file, "--listen", "127.0.0.1:0"}), kUnreadable);
  EXPECT_THAT(err_.str(), HasSubstr("another arbiter keeps"));
}

}  // namespace
}  // namespace understudy::tools
