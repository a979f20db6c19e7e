// What every witness must do, asked of real ones: the same tests against the arbiter and against etcd.

#include <signal.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "daemon/witness/witness.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replication/register.h"
#include "tests/witness/lossy_proxy.h"
#include "tests/witness/witness_backends.h"

namespace understudy::tests {
namespace {

using replication::CommitMode;
using replication::Incarnation;
using replication::Register;
using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;
using witness::Witness;

constexpr Duration kPatience = Duration::Seconds(30);
constexpr Duration kImpatience = Duration::Milliseconds(300);
constexpr uint64_t kCluster = 0xfedcba9876543210;
constexpr Incarnation kA = {0xaaaaaaaaaaaaaaaa, 4};
constexpr Incarnation kB = {0xb, 1};

struct Kind {
  const char* name;
  bool etcd;
  bool secure;
};

using Answer = absl::StatusOr<RegisterAnswer>;

class WitnessTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : name) c = c == '/' ? '-' : c;
    directory_ = absl::StrCat(testing::TempDir(), "/", name);
    std::filesystem::create_directories(directory_);
    if (GetParam().etcd && !EtcdIsInstalled(directory_)) {
      GTEST_SKIP() << "etcd is not installed: scripts/setup.sh test installs it (Debian: etcd-server)";
    }
    if (GetParam().etcd) {
      backend_ = NewEtcd(&loop_, directory_, GetParam().secure);
    } else {
      backend_ = NewArbiter(&loop_, directory_, GetParam().secure);
    }
    backend_->Start();
    witness_ = Connect(kPatience);
  }

  std::unique_ptr<Witness> Connect(Duration deadline) { return backend_->Connect(deadline, backend_->endpoint()); }

  Answer Await(const std::function<void(Witness::Done)>& begin) {
    absl::optional<Answer> got;
    begin([&](const Answer& answer) { got = answer; });
    EXPECT_FALSE(got.has_value()) << "answered from within the question";
    while (!got) loop_.RunTurn(Duration::Seconds(1));
    return *got;
  }
  Answer Ask(Witness* witness, const RegisterRequest& request) {
    return Await([&](Witness::Done done) { witness->Ask(request, std::move(done)); });
  }
  Answer Ask(const RegisterRequest& request) { return Ask(witness_.get(), request); }
  Answer Read(Witness* witness) {
    return Await([&](Witness::Done done) { witness->Read(std::move(done)); });
  }
  Answer Read() { return Read(witness_.get()); }

  RegisterVerdict Verdict(const RegisterRequest& request) {
    const Answer answer = Ask(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->verdict : static_cast<RegisterVerdict>(99);
  }

  // A has begun, and is alone.
  Register Begin() {
    const Answer answer = Ask(Request(RegisterOperation::kCreate, 0, kA));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return *answer->now;
  }

  static RegisterRequest Request(RegisterOperation operation, uint64_t version, const Incarnation& asker,
                                 const Incarnation& peer = {}) {
    RegisterRequest request;
    request.operation = operation;
    request.cluster_id = kCluster;
    request.version = version;
    request.asker = asker;
    request.peer = peer;
    request.mode = CommitMode::kReceived;
    return request;
  }

  net::IoLoop loop_;
  std::string directory_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Witness> witness_;
};

TEST_P(WitnessTest, BlankWitnessKnowsNothingAndTakesCreateOrForceOnly) {
  EXPECT_EQ(Read()->verdict, RegisterVerdict::kBlank);
  EXPECT_EQ(Read()->now, absl::nullopt);
  for (const RegisterOperation operation :
       {RegisterOperation::kShrink, RegisterOperation::kGrow, RegisterOperation::kAcquire, RegisterOperation::kHandover,
        RegisterOperation::kTouch}) {
    EXPECT_EQ(Verdict(Request(operation, 0, kA, kB)), RegisterVerdict::kBlank) << OperationName(operation);
  }
  EXPECT_EQ(Verdict(Request(RegisterOperation::kForce, 3, kA)), RegisterVerdict::kOtherVersion);
  EXPECT_EQ(Verdict(Request(RegisterOperation::kForce, 0, kA)), RegisterVerdict::kDone);
  EXPECT_TRUE(Read()->now->forced);
}

TEST_P(WitnessTest, EveryOperationIsDoneAndReadBack) {
  Register now = Begin();
  EXPECT_EQ(now.version, 1u);
  const struct {
    RegisterOperation operation;
    Incarnation asker;
    Incarnation peer;
    Incarnation primary;
    size_t in_sync;
    uint64_t epoch;
  } steps[] = {
      {RegisterOperation::kGrow, kA, kB, kA, 2, 1},    {RegisterOperation::kShrink, kA, {}, kA, 1, 1},
      {RegisterOperation::kGrow, kA, kB, kA, 2, 1},    {RegisterOperation::kHandover, kA, kB, kB, 2, 2},
      {RegisterOperation::kAcquire, kA, {}, kA, 1, 3}, {RegisterOperation::kTouch, kB, {}, kA, 1, 3},
      {RegisterOperation::kForce, kB, {}, kB, 1, 4},
  };
  for (const auto& step : steps) {
    const RegisterRequest request = Request(step.operation, now.version, step.asker, step.peer);
    const Answer answer = Ask(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->verdict, RegisterVerdict::kDone) << OperationName(step.operation) << ": " << answer->why;
    EXPECT_EQ(answer->now->version, now.version + 1);
    EXPECT_EQ(answer->now->primary, step.primary);
    EXPECT_EQ(answer->now->in_sync.size(), step.in_sync);
    EXPECT_EQ(answer->now->epoch, Epoch(step.epoch));
    now = *answer->now;
    EXPECT_EQ(Read()->now, now);
  }
}

TEST_P(WitnessTest, EveryRefusalChangesNothingAndShowsTheRegister) {
  const Register now = Begin();
  RegisterRequest other_cluster = Request(RegisterOperation::kTouch, 1, kA);
  other_cluster.cluster_id = 1;
  const struct {
    RegisterRequest request;
    RegisterVerdict verdict;
  } refusals[] = {
      {other_cluster, RegisterVerdict::kOtherCluster},
      {Request(RegisterOperation::kCreate, 0, kB), RegisterVerdict::kOtherVersion},
      {Request(RegisterOperation::kTouch, 2, kA), RegisterVerdict::kOtherVersion},
      {Request(RegisterOperation::kShrink, 1, kB), RegisterVerdict::kRefused},
      {Request(RegisterOperation::kGrow, 1, kB, kA), RegisterVerdict::kRefused},
      {Request(RegisterOperation::kHandover, 1, kB, kA), RegisterVerdict::kRefused},
      {Request(RegisterOperation::kAcquire, 1, kB), RegisterVerdict::kRefused},
  };
  for (const auto& refusal : refusals) {
    const Answer answer = Ask(refusal.request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->verdict, refusal.verdict) << OperationName(refusal.request.operation);
    EXPECT_EQ(answer->now, now);
    EXPECT_NE(answer->why, "");
    EXPECT_EQ(Read()->now, now);
  }
}

TEST_P(WitnessTest, OfTwoThatRaceForOneVersionExactlyOneWins) {
  Register now = Begin();
  now = *Ask(Request(RegisterOperation::kGrow, 1, kA, kB))->now;
  const std::unique_ptr<Witness> other = Connect(kPatience);
  for (int round = 0; round < 20; ++round) {
    absl::optional<Answer> touched[2];
    witness_->Ask(Request(RegisterOperation::kTouch, now.version, kA), [&](const Answer& got) { touched[0] = got; });
    other->Ask(Request(RegisterOperation::kTouch, now.version, kB), [&](const Answer& got) { touched[1] = got; });
    while (!touched[0] || !touched[1]) loop_.RunTurn(Duration::Seconds(1));
    int won = 0;
    for (const absl::optional<Answer>& each : touched) {
      ASSERT_TRUE((*each).ok()) << each->status();
      won += (*each)->verdict == RegisterVerdict::kDone;
      EXPECT_TRUE((*each)->verdict == RegisterVerdict::kDone || (*each)->verdict == RegisterVerdict::kOtherVersion);
      EXPECT_EQ((*each)->now->version, now.version + 1);
    }
    ASSERT_EQ(won, 1) << "round " << round;
    ++now.version;
  }
}

TEST_P(WitnessTest, LostAnswerIsUnknownAndTheSameRequestSaysThatItWasGranted) {
  Begin();
  LossyProxy proxy(&loop_, backend_->endpoint());
  const std::unique_ptr<Witness> remote = backend_->Connect(kImpatience * 10, proxy.local());
  while (!Read(remote.get()).ok()) {
  }
  const RegisterRequest grow = Request(RegisterOperation::kGrow, 1, kA, kB);
  proxy.LoseAnswer(backend_->answers_to_a_change(), LossyProxy::Loss::kSilence);
  const Answer unknown = Ask(remote.get(), grow);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kDeadlineExceeded) << unknown.status();
  EXPECT_EQ(proxy.lost(), 1);
  const Answer repeated = Ask(grow);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->verdict, RegisterVerdict::kOtherVersion);
  EXPECT_EQ(repeated->now->version, 2u);
  EXPECT_TRUE(WasGranted(*repeated->now, grow));
}

TEST_P(WitnessTest, ConnectionThatEndsInsteadOfTheAnswerChangesOnce) {
  Begin();
  LossyProxy proxy(&loop_, backend_->endpoint());
  const std::unique_ptr<Witness> remote = backend_->Connect(kPatience, proxy.local());
  ASSERT_TRUE(Read(remote.get()).ok());
  const RegisterRequest grow = Request(RegisterOperation::kGrow, 1, kA, kB);
  proxy.LoseAnswer(backend_->answers_to_a_change(), LossyProxy::Loss::kClose);
  const Answer answer = Ask(remote.get(), grow);
  EXPECT_EQ(proxy.lost(), 1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->verdict, RegisterVerdict::kOtherVersion);
  EXPECT_TRUE(WasGranted(*answer->now, grow));
  EXPECT_EQ(Read()->now->version, 2u);
}

TEST_P(WitnessTest, KilledAndStartedAgainItKnowsWhatItAnswered) {
  Begin();
  const Register now = *Ask(Request(RegisterOperation::kGrow, 1, kA, kB))->now;
  backend_->Kill();
  backend_->Start();
  EXPECT_EQ(Read()->now, now);
  EXPECT_EQ(Verdict(Request(RegisterOperation::kShrink, 2, kA)), RegisterVerdict::kDone);
}

TEST_P(WitnessTest, WhatForgotEverythingIsBlank) {
  Begin();
  backend_->StartBlank();
  witness_ = Connect(kPatience);
  EXPECT_EQ(Read()->verdict, RegisterVerdict::kBlank);
  EXPECT_EQ(Verdict(Request(RegisterOperation::kAcquire, 1, kA)), RegisterVerdict::kBlank);
  EXPECT_EQ(Verdict(Request(RegisterOperation::kCreate, 0, kA)), RegisterVerdict::kDone);
}

TEST_P(WitnessTest, WitnessThatIsDownIsAnErrorAndServesAgainWhenItIsBack) {
  Begin();
  backend_->Kill();
  EXPECT_FALSE(Read().ok());
  EXPECT_FALSE(Ask(Request(RegisterOperation::kTouch, 1, kA)).ok());
  backend_->Start();
  EXPECT_EQ(Verdict(Request(RegisterOperation::kTouch, 1, kA)), RegisterVerdict::kDone);
}

TEST_P(WitnessTest, WitnessThatStandsStillIsAnErrorAtTheDeadlineAndMayStillGrant) {
  Begin();
  const std::unique_ptr<Witness> impatient = Connect(kImpatience);
  backend_->Signal(SIGSTOP);
  const RegisterRequest grow = Request(RegisterOperation::kGrow, 1, kA, kB);
  EXPECT_FALSE(Ask(impatient.get(), grow).ok());
  EXPECT_FALSE(Read(impatient.get()).ok());
  backend_->Signal(SIGCONT);
  const Answer answer = Ask(grow);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->verdict == RegisterVerdict::kDone || WasGranted(*answer->now, grow));
  EXPECT_EQ(answer->now->version, 2u);
}

TEST_P(WitnessTest, NothingIsToldAfterDestruction) {
  witness_->Read([](const Answer&) { FAIL(); });
  witness_.reset();
  EXPECT_TRUE(Read(Connect(kPatience).get()).ok());
}

TEST_P(WitnessTest, WhoIsToldMayAskAgainOrDestroyTheWitness) {
  bool told = false;
  witness_->Read([&](const Answer&) {
    witness_->Read([&](const Answer&) {
      witness_.reset();
      told = true;
    });
  });
  while (!told) loop_.RunTurn(Duration::Seconds(1));
  EXPECT_EQ(witness_, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Real, WitnessTest,
                         testing::Values(Kind{"Arbiter", false, false}, Kind{"ArbiterTls", false, true},
                                         Kind{"Etcd", true, false}, Kind{"EtcdTlsUser", true, true}),
                         [](const testing::TestParamInfo<Kind>& param) { return param.param.name; });

}  // namespace
}  // namespace understudy::tests
