#include "daemon/witness/register_json.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::witness {
namespace {

using replication::CommitMode;
using replication::Incarnation;
using replication::Register;
using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;
using testing::HasSubstr;

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

Register Sample() {
  Register value;
  value.cluster_id = kMost;
  value.version = 12;
  value.epoch = Epoch(3);
  value.primary = {0x1a2b, 4};
  value.in_sync = {{0x1a2b, 4}, {kMost, 1}};
  value.mode = CommitMode::kReceived;
  value.forced = true;
  return value;
}

RegisterRequest Grow() {
  RegisterRequest request;
  request.operation = RegisterOperation::kGrow;
  request.cluster_id = 7;
  request.version = 11;
  request.asker = {0x1a2b, 4};
  request.peer = {0x77aa, 1};
  return request;
}

std::string ErrorOf(absl::string_view text) {
  return std::string(ParseRequest(text).status().message());
}

TEST(RegisterJsonTest, RegisterReadsBackAsWritten) {
  const Register value = Sample();
  EXPECT_EQ(*ParseRegister(RegisterJson(value)), value);
  EXPECT_EQ(RegisterJson(value),
            R"({"cluster":"18446744073709551615","version":"12","epoch":"3","primary":{"store":"6699","start":"4"},)"
            R"("in-sync":[{"store":"6699","start":"4"},{"store":"18446744073709551615","start":"1"}],)"
            R"("mode":"received","forced":true})");
}

TEST(RegisterJsonTest, EveryOperationReadsBackAsWritten) {
  for (int i = 0; i < replication::kRegisterOperations; ++i) {
    RegisterRequest request = Grow();
    request.operation = static_cast<RegisterOperation>(i);
    request.epoch = Epoch(kMost);
    if (i % 2 == 0) request.peer = {};
    EXPECT_EQ(*ParseRequest(RequestJson(request)), request) << i;
  }
}

TEST(RegisterJsonTest, EveryVerdictReadsBackAsWritten) {
  for (int i = 0; i < 5; ++i) {
    RegisterAnswer answer = {static_cast<RegisterVerdict>(i), Sample(), "for \"people\"\n"};
    EXPECT_EQ(*ParseAnswer(AnswerJson(answer)), answer) << i;
  }
  const RegisterAnswer blank = {RegisterVerdict::kBlank, absl::nullopt, "nothing"};
  EXPECT_EQ(*ParseAnswer(AnswerJson(blank)), blank);
}

TEST(RegisterJsonTest, EveryMissingMemberIsNamed) {
  const std::string whole = RequestJson(Grow());
  for (const char* name : {"operation", "cluster", "version", "asker", "peer", "epoch", "mode", "store", "start"}) {
    const std::string quoted = absl::StrCat("\"", name, "\":");
    const std::string without = absl::StrReplaceAll(whole, {{quoted, absl::StrCat("\"other-", name, "\":")}});
    EXPECT_THAT(ErrorOf(without), HasSubstr(absl::StrCat("other-", name, " is not known here")));
  }
  EXPECT_EQ(ErrorOf("{}"), "operation is missing");
  EXPECT_EQ(ErrorOf(R"({"operation":"touch","cluster":"1","version":"1","asker":{"store":"1"}})"),
            "asker.start is missing");
}

TEST(RegisterJsonTest, NumbersAreDecimalStringsInRange) {
  const std::string whole = RequestJson(Grow());
  for (const char* bad : {"\"-1\"", "\"\"", "\" 1\"", "\"01\"", "\"1.0\"", "\"0x1\"", "\"18446744073709551616\""}) {
    EXPECT_THAT(ErrorOf(absl::StrReplaceAll(whole, {{"\"11\"", bad}})), HasSubstr("version is ")) << bad;
  }
  EXPECT_THAT(ErrorOf(absl::StrReplaceAll(whole, {{"\"11\"", "11"}})), HasSubstr("version is not a string"));
  EXPECT_THAT(ErrorOf(absl::StrReplaceAll(whole, {{"\"6699\"", "\"0\""}})),
              HasSubstr("asker.store is \"0\" and not a string with a number from 1 to"));
}

TEST(RegisterJsonTest, UnknownNamesAreRefusedWithTheKnownOnes) {
  EXPECT_EQ(ErrorOf(absl::StrReplaceAll(RequestJson(Grow()), {{"\"grow\"", "\"groan\\u0001\""}})),
            "operation is \"groan\\x01\" and not one of create, shrink, grow, acquire, handover, touch, force");
  EXPECT_EQ(ErrorOf(absl::StrReplaceAll(RequestJson(Grow()), {{"durable", "sure"}})),
            "mode is \"sure\" and not one of durable, received");
}

TEST(RegisterJsonTest, InSyncSetIsOneOrTwoAndBeginsWithThePrimary) {
  Register value = Sample();
  value.in_sync.push_back({5, 5});
  EXPECT_EQ(ParseRegister(RegisterJson(value)).status().message(),
            "in-sync is not an array of one or two incarnations");
  value.in_sync.clear();
  EXPECT_FALSE(ParseRegister(RegisterJson(value)).ok());
  value.in_sync = {{5, 5}};
  EXPECT_EQ(ParseRegister(RegisterJson(value)).status().message(), "in-sync does not begin with the primary");
}

TEST(RegisterJsonTest, RubbishIsRefused) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(ErrorOf(std::string(100, '[')), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf(std::string(kMaxJsonBytes + 1, ' ')), HasSubstr("4097 bytes, at most 4096"));
  EXPECT_THAT(ErrorOf(RequestJson(Grow()) + "x"), HasSubstr("not JSON"));
  EXPECT_FALSE(ParseAnswer(R"({"verdict":"done","register":null,"why":"","text":""})").ok());
  EXPECT_FALSE(ParseAnswer(R"({"verdict":"done","register":7,"why":"","text":""})").ok());
}

}  // namespace
}  // namespace understudy::witness
